import json

from hypothesis import given
from hypothesis import strategies as st

from functions.ingest_normalizer.lines import Line, read
from functions.ingest_normalizer.requests import MOST_BYTES, MOST_FACTS, cut
from tests.unit.domain.facts import account


def fact(index, padding=0):
    raw = account(f"ACC-{index}", memo="m" * padding)
    (only,) = read(Line(f"shard:{index}", "2026-03-16T00:00:00Z", json.dumps(raw).encode()))
    return only


@given(st.lists(st.integers(0, 120_000), max_size=60))
def test_requests_hold_every_fact_once_in_order_within_their_bounds(paddings):
    facts = [fact(index, padding) for index, padding in enumerate(paddings)]
    requests = list(cut(facts))
    assert [each for request in requests for each in request.facts] == facts
    assert all(len(request.facts) <= MOST_FACTS for request in requests)
    assert all(len(request.body) <= MOST_BYTES + 200 for request in requests if len(request.facts) > 1)


def test_the_same_cut_has_the_same_request_id():
    assert [request.request_id for request in cut([fact(1), fact(2)])] == [
        request.request_id for request in cut([fact(1), fact(2)])
    ]
