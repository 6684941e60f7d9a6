"""Event source mappings of a queue, behaviour by behaviour, told by the function itself."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.invocations import Witness, batches, ids_of
from tests.conformance.makers import Cleanup, a_mapping, a_queue, new_name, queue_arn
from tests.conformance.receiving import await_counts, receive
from tests.conformance.refusing import refused

pytestmark = scenario(
    service="lambda", lane="data plane", feature="SQS event source mapping", aws="lambda-guide:services-sqs-configure"
)
VISIBILITY = "180"
"""Six times as long as the function may run, as AWS advises: while counts are awaited nothing comes again."""


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup, Attributes={"VisibilityTimeout": VISIBILITY})


@pytest.fixture
def arn(aws: AwsClients, url: str) -> str:
    return queue_arn(aws, url)


def _send(aws: AwsClients, url: str, *orders: dict[str, str]) -> None:
    entries = [{"Id": str(place), "MessageBody": json.dumps(order)} for place, order in enumerate(orders)]
    aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


@scenario("lambda.sqs.record", aws="lambda-guide:with-sqs")
def test_the_function_gets_the_documented_record(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str
) -> None:
    attributes = {"kind": {"DataType": "String", "StringValue": "a"}}
    sent = aws.client("sqs").send_message(QueueUrl=url, MessageBody='{"id": "Ü"}', MessageAttributes=attributes)
    a_mapping(aws, teller.name, cleanup, arn)
    told, *_ = teller.until(arn, bool)
    [record] = told["records"]
    expected = {
        "messageId": sent["MessageId"],
        "body": '{"id": "Ü"}',
        "md5OfBody": sent["MD5OfMessageBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": aws.region,
    }
    assert {field: record.get(field) for field in expected} == expected
    assert record["receiptHandle"]
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert {"SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= record["attributes"].keys()
    kind = record["messageAttributes"]["kind"]
    assert (kind["dataType"], kind["stringValue"]) == ("String", "a")


@scenario("lambda.sqs.deleted", aws="lambda-guide:with-sqs")
def test_what_succeeds_is_deleted(aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str) -> None:
    _send(aws, url, {"id": "a"}, {"id": "b"}, {"id": "c"})
    a_mapping(aws, teller.name, cleanup, arn)
    assert sorted(teller.ids(arn, 3)) == ["a", "b", "c"]
    await_counts(aws, url, waiting=0, in_flight=0)


@scenario("lambda.sqs.batch-size")
def test_a_batch_holds_at_most_its_size(aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str) -> None:
    _send(aws, url, *({"id": str(number)} for number in range(7)))
    a_mapping(aws, teller.name, cleanup, arn, BatchSize=3)
    told = teller.until(arn, lambda found: {*ids_of(found)} == {str(number) for number in range(7)})
    assert max(map(len, batches(told))) <= 3


@scenario("lambda.sqs.failed", lane="resilience", aws="lambda-guide:services-sqs-errorhandling")
def test_a_failed_batch_stays_hidden_for_its_visibility_and_comes_again_counted(
    aws: AwsClients, cleanup: Cleanup, sqs: Any, teller: Witness, url: str, arn: str
) -> None:
    _send(aws, url, {"id": "poison", "do": "fail"})
    a_mapping(aws, teller.name, cleanup, arn)
    first, *_ = teller.until(arn, bool)
    await_counts(aws, url, waiting=0, in_flight=1)
    [record] = first["records"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0)
    told = teller.until(arn, lambda found: len(found) >= 2)
    counts = [one["records"][0]["attributes"]["ApproximateReceiveCount"] for one in told]
    assert (ids_of(told), counts) == (["poison"] * 2, ["1", "2"])


@scenario("lambda.sqs.batch-item-failures", lane="resilience", aws="lambda-guide:services-sqs-errorhandling")
def test_only_the_items_that_failed_stay_in_the_queue(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str
) -> None:
    _send(aws, url, {"id": "a"}, {"id": "bad", "do": "item"}, {"id": "b"})
    a_mapping(aws, teller.name, cleanup, arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    assert sorted(teller.ids(arn, 3)) == ["a", "b", "bad"]
    await_counts(aws, url, waiting=0, in_flight=1)


@scenario("lambda.sqs.unreported", lane="resilience", aws="lambda-guide:services-sqs-errorhandling")
def test_item_failures_mean_nothing_to_a_mapping_that_does_not_ask_for_them(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str
) -> None:
    _send(aws, url, {"id": "bad", "do": "item"})
    a_mapping(aws, teller.name, cleanup, arn)
    teller.until(arn, bool)
    await_counts(aws, url, waiting=0, in_flight=0)


@scenario("lambda.sqs.redrive", lane="resilience", aws="lambda-guide:services-sqs-errorhandling")
def test_what_fails_too_often_goes_to_the_dead_letter_queue(aws: AwsClients, cleanup: Cleanup, teller: Witness) -> None:
    dead = a_queue(aws, new_name(), cleanup)
    redrive = json.dumps({"deadLetterTargetArn": queue_arn(aws, dead), "maxReceiveCount": "1"})
    url = a_queue(aws, new_name(), cleanup, Attributes={"VisibilityTimeout": VISIBILITY, "RedrivePolicy": redrive})
    arn, sqs = queue_arn(aws, url), aws.client("sqs")
    _send(aws, url, {"id": "poison", "do": "fail"}, {"id": "good"})
    a_mapping(aws, teller.name, cleanup, arn, BatchSize=1)
    told = teller.until(arn, lambda found: len(ids_of(found)) >= 2)
    handles = {one["ids"][0]: one["records"][0]["receiptHandle"] for one in told}
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handles["poison"], VisibilityTimeout=0)
    [message] = receive(aws, dead, seconds=60)
    assert json.loads(message["Body"])["id"] == "poison"
    assert sorted(ids_of(teller.so_far(arn))) == ["good", "poison"]


@scenario("lambda.sqs.filter", feature="event filters", aws="lambda-guide:with-sqs-filtering")
def test_messages_that_do_not_match_the_filter_are_deleted_unseen(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str
) -> None:
    _send(aws, url, {"id": "a", "kind": "no"}, {"id": "b"}, {"id": "c", "kind": "yes"})
    criteria = {"Filters": [{"Pattern": json.dumps({"body": {"kind": ["yes"]}})}]}
    a_mapping(aws, teller.name, cleanup, arn, FilterCriteria=criteria)
    assert teller.ids(arn, 1) == ["c"]
    await_counts(aws, url, waiting=0, in_flight=0)


@scenario("lambda.sqs.disabled", aws="lambda-guide:invocation-eventsourcemapping")
def test_a_mapping_made_disabled_leaves_messages_where_they_are_until_enabled(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str
) -> None:
    _send(aws, url, {"id": "a"})
    uid = a_mapping(aws, teller.name, cleanup, arn, Enabled=False)
    other = a_queue(aws, new_name(), cleanup, Attributes={"VisibilityTimeout": VISIBILITY})
    a_mapping(aws, teller.name, cleanup, queue_arn(aws, other))
    _send(aws, other, {"id": "b"})
    teller.ids(queue_arn(aws, other), 1)
    await_counts(aws, url, waiting=1, in_flight=0)
    aws.client("lambda").update_event_source_mapping(UUID=uid, Enabled=True)
    assert teller.ids(arn, 1) == ["a"]


@scenario("lambda.sqs.fifo", aws="lambda-guide:services-sqs-scaling")
def test_messages_of_a_group_come_in_order_each_once(aws: AwsClients, cleanup: Cleanup, teller: Witness) -> None:
    url = a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true", "VisibilityTimeout": VISIBILITY})
    arn, ids = queue_arn(aws, url), [str(number) for number in range(12)]
    for one in ids:
        body = json.dumps({"id": one})
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=one)
    a_mapping(aws, teller.name, cleanup, arn, BatchSize=5)
    assert teller.ids(arn, len(ids)) == ids


@scenario("lambda.sqs.alias", feature="aliases", aws="lambda-guide:configuration-aliases")
def test_a_mapping_on_an_alias_invokes_the_version_behind_it(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str
) -> None:
    _, version = _alias(aws, teller, cleanup)
    _send(aws, url, {"id": "a"})
    a_mapping(aws, f"{teller.name}:mapped", cleanup, arn)
    told, *_ = teller.until(arn, bool)
    assert told["version"] == version


@scenario("lambda.sqs.alias-arn", feature="aliases", aws="lambda-guide:python-context")
def test_a_function_invoked_by_its_alias_is_told_so(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, url: str, arn: str
) -> None:
    alias, _ = _alias(aws, teller, cleanup)
    _send(aws, url, {"id": "a"})
    a_mapping(aws, f"{teller.name}:mapped", cleanup, arn)
    told, *_ = teller.until(arn, bool)
    assert told["arn"] == alias


def _alias(aws: AwsClients, teller: Witness, cleanup: Cleanup) -> tuple[str, str]:
    """The ARN of the alias `mapped` of the function, and the version behind it."""
    client = aws.client("lambda")
    version = client.publish_version(FunctionName=teller.name)["Version"]
    arn = client.create_alias(FunctionName=teller.name, Name="mapped", FunctionVersion=version)["AliasArn"]
    cleanup(client.delete_alias, FunctionName=teller.name, Name="mapped")
    return arn, version


@scenario("lambda.sqs.refused-settings", lane="control plane", feature="error codes")
@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"BatchSize": 11, "MaximumBatchingWindowInSeconds": 0}, id="eleven-without-window"),
        pytest.param({"FilterCriteria": {"Filters": [{"Pattern": "no json"}]}}, id="no-pattern"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    aws: AwsClients, teller: Witness, arn: str, options: dict[str, Any]
) -> None:
    with refused("InvalidParameterValueException", "ValidationException", status=400):
        uid = aws.client("lambda").create_event_source_mapping(
            FunctionName=teller.name, EventSourceArn=arn, Enabled=False, **options
        )["UUID"]
        aws.client("lambda").delete_event_source_mapping(UUID=uid)


@scenario("lambda.mapping.twice", lane="control plane", feature="error codes", aws="lambda:CreateEventSourceMapping")
def test_a_second_mapping_of_one_queue_to_one_function_is_refused(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, arn: str
) -> None:
    a_mapping(aws, teller.name, cleanup, arn, Enabled=False)
    with refused("ResourceConflictException", status=409):
        uid = aws.client("lambda").create_event_source_mapping(
            FunctionName=teller.name, EventSourceArn=arn, Enabled=False
        )["UUID"]
        aws.client("lambda").delete_event_source_mapping(UUID=uid)
