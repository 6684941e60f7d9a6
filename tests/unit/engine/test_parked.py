"""Outbox rows that can never be sent, on a real PostgreSQL with services that refuse or fail."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from sending import Quarantine, SendError
from servicing_engine.publishing.relay import Relay
from servicing_engine.store import outbox
from tests.unit.engine.feeding import rows

KEYS = [key for key in map(str, range(200)) if outbox.partition("quarantine", key) == 0][:3]
"""Of one partition, so that the second one stands in the way of the third."""
SETTINGS = SimpleNamespace(
    dead_letter_queue_url="q",
    reports_bucket="b",
    queue_state_table="t",
    entitlement_requests_queue_url="r",
    queue_state_days="30",
)


class Queue:
    """A queue that takes messages, but for that of the second key, at which it fails as it is told."""

    def __init__(self, failure):
        self.failure, self.sent = failure, []

    def send_message_batch(self, Entries, **_):
        bad = [entry for entry in Entries if self.failure and f'"record_id": "{KEYS[1]}"' in entry["MessageBody"]]
        if bad and isinstance(self.failure, Exception):
            raise self.failure
        self.sent += [entry["MessageBody"] for entry in Entries if entry not in bad]
        return {"Failed": [{"Id": entry["Id"], "Code": self.failure} for entry in bad]}


@pytest.fixture
def relay(connect):
    """A function that gives a relay and its queue, with three quarantines to publish."""
    connection = connect()
    with connection, connection.cursor() as cursor:
        quarantined = Quarantine("", "not_json", "", "…", "2026-03-16T09:00:00.000Z", b"{").to_json()
        outbox.enqueue(cursor, [("quarantine", key, quarantined) for key in KEYS])

    def make(failure):
        sqs, database = Queue(failure), SimpleNamespace(run=lambda work: work(connection))
        return Relay(database, SimpleNamespace(s3=None, publish=lambda *_: None), None, sqs, SETTINGS), sqs, connection

    return make


def sent(sqs):
    return {key for key in KEYS for body in sqs.sent if f'"record_id": "{key}"' in body}


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        ("InvalidMessageContents", "InvalidMessageContents"),
        (ClientError({"Error": {"Code": "KeyTooLongError"}}, "PutObject"), "KeyTooLongError"),
        (ParamValidationError(report="x"), "ParamValidationError"),
        (KeyError("a fault of ours"), "a fault of ours"),
    ],
)
def test_a_row_that_is_refused_is_parked_with_its_reason_and_those_behind_it_are_sent(relay, failure, reason):
    publisher, sqs, connection = relay(failure)
    while publisher.publish():
        pass
    assert sent(sqs) == {KEYS[0], KEYS[2]}
    unsent = rows(connection, "SELECT key, tries, parked FROM outbox WHERE published_at IS NULL")
    assert [(key, tries) for key, tries, _ in unsent] == [(KEYS[1], outbox.MOST_TRIES)]
    assert reason in unsent[0][2]


@pytest.mark.parametrize(
    ("failure", "raised"),
    [("InternalError", SendError), (ClientError({"Error": {"Code": "Throttling"}}, "SendMessageBatch"), ClientError)],
)
def test_a_failure_of_the_service_parks_nothing_and_is_raised(relay, failure, raised):
    publisher, _, connection = relay(failure)
    with pytest.raises(raised):
        publisher.publish()
    assert rows(connection, "SELECT sum(tries), count(parked) FROM outbox WHERE published_at IS NULL") == [(0, 0)]


def test_a_parked_row_is_sent_once_it_is_published_again_by_its_key(relay):
    publisher, sqs, connection = relay("InvalidMessageContents")
    while publisher.publish():
        pass
    assert rows(connection, "SELECT publish_again('quarantine', %s)", KEYS[1]) == [(1,)]
    connection.commit()
    sqs.failure = None
    publisher.publish()
    assert rows(connection, "SELECT count(*) FROM outbox WHERE published_at IS NULL OR parked IS NOT NULL") == [(0,)]
