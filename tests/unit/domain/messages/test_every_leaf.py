"""Nothing that a message says is dropped: each field or element is used by a record, or kept in `unread` by its place."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages.envelope import messages_in
from domain.messages.read import drafts_in
from domain.records import RecordError
from tests.unit.domain.messages.examples import ALL, example
from tests.unit.domain.messages.public_samples import SAMPLES
from tests.unit.domain.messages.test_origins import RICH

READABLE = [name for name in SAMPLES if SAMPLES[name]["must"] == "read"]


def account_for(data):
    """(places of all leaves, places used, places kept) of a file that can be read, with how often each comes; None of one that cannot."""
    try:
        drafts = drafts_in(data)
    except RecordError:
        return None
    trees = [tree for message in messages_in(data) for tree in (message.header, message.root) if tree]
    said = Counter(leaf.path for tree in trees for leaf in tree.leaves())
    kept = Counter(entry["field"] for draft in drafts for entry in draft.raw.get("unread", ()))
    return said, Counter(place for draft in drafts for place in draft.used), kept


@pytest.mark.parametrize("name", RICH)
def test_each_leaf_of_an_example_is_used_or_kept_once(name):
    file, changes = RICH[name]
    said, used, kept = account_for(example(file, *changes))
    assert said == used + kept


@pytest.mark.parametrize("name", READABLE)
def test_each_leaf_of_a_public_sample_is_used_or_kept_once(name):
    accounts = account_for(SAMPLES.data(name))
    assert accounts is None or accounts[0] == accounts[1] + accounts[2]


LINES = [
    *(":92A::ZZZZ//1,5", ":98A::ZZZZ//20260101", ":22F::ZZZZ//ABCD", ":70E::ADTX//WORDS", ":36B::ZZZZ//UNIT/5,"),
    *(
        ":92K::GRSS//UKWN",
        ":92J::GRSS//TXBL/USD0,5/INDI",
        ":90B::OFFR//DISC/USD1,",
        ":35B:/US/037833100",
        ":97C::SAFE//GENR",
    ),
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([name for name in ALL if name.endswith(".fin")]),
    st.lists(st.tuples(st.sampled_from(LINES), st.integers(3, 60)), max_size=4),
)
def test_whatever_stands_beside_is_used_or_kept_once(name, added):
    lines = example(name).decode().split("\n")
    for line, at in added:
        lines.insert(min(at, len(lines) - 2), line)
    accounts = account_for("\n".join(lines).encode())
    assert accounts is None or accounts[0] == accounts[1] + accounts[2]
