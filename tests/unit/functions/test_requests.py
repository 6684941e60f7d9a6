import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from functions.ingest_normalizer.lines import Line, read
from functions.ingest_normalizer.requests import MOST_BYTES, MOST_FACTS, cut, send
from tests.unit.domain.facts import account


def fact(index, padding=0):
    raw = account(f"ACC-{index}", x_memo="m" * padding)
    (only,) = read(Line(f"shard:{index}", "2026-03-16T00:00:00Z", json.dumps(raw).encode()))
    return only


@given(st.lists(st.integers(0, 120_000), max_size=60))
def test_requests_hold_every_fact_once_in_order_within_their_bounds(paddings):
    facts = [fact(index, padding) for index, padding in enumerate(paddings)]
    requests = list(cut(facts))
    assert [each for request in requests for each in request.facts] == facts
    assert all(len(request.facts) <= MOST_FACTS for request in requests)
    assert all(len(request.body) <= MOST_BYTES + 200 for request in requests if len(request.facts) > 1)
    assert [[each["record_id"] for each in json.loads(request.body)["facts"]] for request in requests] == [
        [each.record_id for each in request.facts] for request in requests
    ]


def test_the_same_cut_has_the_same_request_id():
    assert [request.request_id for request in cut([fact(1), fact(2)])] == [
        request.request_id for request in cut([fact(1), fact(2)])
    ]


class Queue:
    """A queue that refuses messages with `code` where they hold the text `refused`; it keeps what it took."""

    def __init__(self, refused: str, code: str = "InvalidMessageContents", whole: bool = False) -> None:
        self.refused, self.code, self.whole = refused, code, whole
        self.taken: list[str] = []

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        failed = [entry for entry in Entries if self.refused in entry["MessageBody"]]
        if failed and self.whole:
            raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "SendMessageBatch")
        self.taken += [entry["MessageBody"] for entry in Entries if entry not in failed]
        return {"Failed": [{"Id": entry["Id"], "Code": self.code, "SenderFault": True} for entry in failed]}


@pytest.mark.parametrize("whole", [False, True], ids=["by entry", "the whole call"])
def test_of_a_request_that_the_queue_refuses_the_fact_at_fault_alone_is_quarantined(whole):
    queue, facts = Queue("ACC-2", whole=whole), [fact(index) for index in range(4)]
    (found,) = send(queue, "url", list(cut(facts)))
    assert (found.record_id, found.reason, found.original) == ("shard:2", "unprocessable", facts[2].line.data)
    sent = [each["record_id"] for body in queue.taken for each in json.loads(body)["facts"]]
    assert sent == ["shard:0", "shard:1", "shard:3"]
