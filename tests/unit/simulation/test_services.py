"""The simulated services behave as AWS documents: conditions, transactions, visibility, redrive."""

from datetime import timedelta
from random import Random

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.services.calls import Calls
from tests.simulation.services.dynamodb import DynamoDB
from tests.simulation.services.expressions import Condition, updated
from tests.simulation.services.sqs import SQS, Queue

NAMES = {"#state": "state", "#number": "number"}
VALUES = {":received": {"S": "RECEIVED"}, ":four": {"N": "4"}, ":thirty": {"N": "30"}}


@pytest.mark.parametrize(
    ("expression", "item", "holds"),
    [
        ("attribute_not_exists(id)", {}, True),
        ("attribute_not_exists(id)", {"id": {"S": "1"}}, False),
        ("#state = :received", {"state": {"S": "RECEIVED"}}, True),
        ("#state = :received", {}, False),
        ("#number < :thirty", {"number": {"N": "4"}}, True),
        ("#number < :four", {"number": {"N": "30"}}, False),
        ("attribute_not_exists(id) OR (#state = :received AND attribute_not_exists(number))",
         {"id": {"S": "1"}, "state": {"S": "RECEIVED"}}, True),
        ("attribute_not_exists(id) OR (#state = :received AND attribute_not_exists(number))",
         {"id": {"S": "1"}, "state": {"S": "RECEIVED"}, "number": {"N": "1"}}, False),
    ],
)  # fmt: skip
def test_conditions_hold_as_dynamodb_documents(expression, item, holds):
    assert Condition(expression, NAMES, VALUES).holds(item) is holds


@pytest.mark.parametrize("expression", ["size(a) < :four", "#number <> :four", "#number = :four #state"])
def test_an_expression_that_is_not_simulated_raises(expression):
    with pytest.raises((ValueError, KeyError)):
        Condition(expression, NAMES, VALUES).holds({"number": {"N": "4"}})


def test_an_update_sets_and_removes():
    item = {"id": {"S": "1"}, "state": {"S": "OLD"}, "number": {"N": "1"}}
    changed = updated(item, "SET #state = :received REMOVE #number", NAMES, VALUES)
    assert changed == {"id": {"S": "1"}, "state": {"S": "RECEIVED"}}


@pytest.fixture
def calls():
    """Calls without faults, made by the test itself: it hands over to nobody."""
    scheduler = Scheduler(Random(1), lambda _: False, lambda _: None)
    scheduler.pause = lambda _: None
    scheduler.idle = lambda _: None
    return Calls(scheduler, {})


def test_a_transaction_of_which_one_condition_fails_changes_nothing(calls):
    dynamodb = DynamoDB(calls)
    standing = {"id": {"S": "2"}, "state": {"S": "NEW"}}
    dynamodb.transact_write_items([{"Put": {"TableName": "queue-state", "Item": standing}}])

    def update(item_id):
        return {
            "TableName": "queue-state",
            "Key": {"id": {"S": item_id}},
            "UpdateExpression": "SET #state = :received",
            "ConditionExpression": "attribute_not_exists(#state)",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":received": {"S": "RECEIVED"}},
        }

    put = {
        "TableName": "queue-state",
        "Item": {"id": {"S": "2"}, "state": {"S": "PUT"}},
        "ConditionExpression": "attribute_not_exists(id)",
    }
    for refused in ({"Update": update("2")}, {"Put": put}):
        with pytest.raises(ClientError) as error:
            dynamodb.transact_write_items([{"Update": update("1")}, refused])
        assert [reason["Code"] for reason in error.value.response["CancellationReasons"]] == [
            "None",
            "ConditionalCheckFailed",
        ]
    assert set(dynamodb.tables["queue-state"].items) == {("2",)}
    dynamodb.transact_write_items([{"Update": update("1")}])
    assert set(dynamodb.tables["queue-state"].items) == {("1",), ("2",)}


def _with_an_actor(scheduler):
    scheduler.start("caller", Process("a", scheduler), lambda: None)
    scheduler._current = scheduler.actors[0]
    return scheduler.current


def test_a_message_is_hidden_comes_again_and_is_given_up_after_its_receives(calls):
    _with_an_actor(calls.scheduler)
    dead = Queue()
    sqs = SQS(calls, {"requests": Queue(60, 2, dead), "dead": dead})
    sqs.send_message_batch("requests", [{"Id": "0", "MessageBody": "hello"}])
    for _ in range(2):
        assert [message["Body"] for message in sqs.receive_message("requests")["Messages"]] == ["hello"]
        assert sqs.receive_message("requests") == {}
        calls.scheduler.now += timedelta(seconds=60)
    assert sqs.receive_message("requests") == {}
    assert [message.body for message in dead.messages.values()] == ["hello"]


def test_from_half_of_a_message_s_receives_on_its_receiver_is_spared_faults_and_crashes(calls):
    actor = _with_an_actor(calls.scheduler)
    sqs = SQS(calls, {"requests": Queue(0, 5, Queue())})
    sqs.send_message_batch("requests", [{"Id": "0", "MessageBody": "hello"}])
    spared = []
    for _ in range(5):
        sqs.receive_message("requests")
        spared.append((actor.is_spared, actor.process.may_crash))
    assert spared == [(False, True)] * 2 + [(True, False)] * 3


def test_a_call_is_refused_lost_or_done_twice_as_often_as_its_rates_say(calls):
    scheduler = calls.scheduler
    scheduler.pause = lambda _: None
    _with_an_actor(scheduler)
    calls.rates = {"throttled": 0.2, "unanswered": 0.2, "repeated": 0.2}
    done, failed = [], 0
    for _ in range(1_000):
        try:
            calls.make("sqs", "SendMessage", lambda: done.append(1))
        except (ClientError, ReadTimeoutError):
            failed += 1
    scheduler.end()
    assert (250 < failed < 480, 850 < len(done) < 1_070) == (True, True)
