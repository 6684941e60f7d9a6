"""The oracles on plain values: what is whole is passed, and each loss, double or difference is named by its record."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.feed.record_states import FINAL
from harness.redrive.letters import digest_of
from harness.verification.balances import Balance, unbalanced
from harness.verification.delays import Waiting, overdue
from harness.verification.outcomes import contradicted, undecided, unknown
from harness.verification.quarantines import Quarantine, uncarried
from harness.verification.results import Revision, misprojected, misstored, unannounced
from harness.verification.violation import FEED, Violation, publish_again, redrive

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
EARLY, LATE = NOW - timedelta(seconds=1), NOW + timedelta(seconds=1)
IDS = st.text("abc/#", min_size=1, max_size=4)
WORDS = st.sampled_from(sorted(FINAL))


def names(violations: Iterable[Violation]) -> list[str]:
    return [violation.record for violation in violations]


def item(**fields: Any) -> dict[str, Any]:
    return {"kind": "record", "state": "APPLIED", "received_at": EARLY.isoformat(), **fields}


@given(st.dictionaries(IDS, st.sampled_from([EARLY, NOW, LATE])), st.sets(IDS))
def test_a_record_of_the_stream_is_lost_if_it_is_due_and_nobody_knows_it(
    arrivals: dict[str, datetime], known: set[str]
) -> None:
    lost = {record_id for record_id, arrived in arrivals.items() if arrived <= NOW} - known
    assert set(names(unknown(arrivals, known, {}, NOW))) == lost


@pytest.mark.parametrize(
    ("items", "lost"),
    [
        ({"r": item()}, []),
        ({"r": item(state="RECEIVED")}, ["r"]),
        ({"r": item(state="RECEIVED", received_at=LATE.isoformat())}, []),
        ({"r": {"kind": "record"}}, ["r"]),
        ({"r": item(records="3"), "r/2": item()}, ["r/3"]),
        ({"r": {"kind": "request", "state": "CLAIMED"}}, []),
    ],
)
def test_a_record_is_undecided_until_it_has_a_final_state(items: dict[str, Any], lost: list[str]) -> None:
    assert names(undecided(items, {}, NOW)) == lost


@pytest.mark.parametrize(
    ("given_up", "said", "remedy"),
    [
        ({}, "its request is FAILED (no account)", FEED),
        ({"q": "L"}, "its request is FAILED (no account), and was given up: letter L", redrive("L")),
        ({"r": "L"}, "its request is FAILED (no account), and was given up: letter L", redrive("L")),
    ],
)
def test_an_undecided_record_says_which_letter_has_it(given_up: dict[str, str], said: str, remedy: str) -> None:
    request = {"kind": "request", "state": "FAILED", "detail": "no account"}
    [violation] = undecided({"r": item(state="RECEIVED", request_id="q"), "q": request}, given_up, NOW)
    assert (violation.found.endswith(said), violation.next) == (True, remedy)


@pytest.mark.parametrize(("given_up", "remedy"), [({}, FEED), ({"r": "L"}, redrive("L"))])
def test_a_record_in_a_failed_batch_is_lost_until_the_batch_is_sent_again(
    given_up: dict[str, str], remedy: str
) -> None:
    assert [violation.next for violation in unknown({"r": EARLY}, {}, given_up, NOW)] == [remedy]


@given(st.dictionaries(IDS, st.tuples(WORDS, st.sampled_from(["", "no_rate"]))), st.data())
def test_both_sides_know_one_outcome_of_each_record(stored: dict[str, tuple[str, str]], data: st.DataObject) -> None:
    told = {key: item(state=state, reason=reason) for key, (state, reason) in stored.items()}
    assert not list(contradicted(told, stored, ()))
    if stored:
        record_id = data.draw(st.sampled_from(sorted(stored)))
        for other in ({**told, record_id: item(state="RECEIVED")}, {k: v for k, v in told.items() if k != record_id}):
            assert names(contradicted(other, stored, ())) == [record_id]
            assert not list(contradicted(other, stored, {record_id}))


@pytest.mark.parametrize(
    ("state", "told", "wrong"),
    [
        ("APPLIED", {}, []),
        ("QUARANTINED", {}, []),
        ("HELD", {}, ["r"]),
        ("APPLIED", {"r": item(state="RECEIVED")}, ["r"]),
    ],
)
def test_an_outcome_of_long_ago_may_have_expired_and_may_not_be_another(
    state: str, told: dict[str, dict[str, Any]], wrong: list[str]
) -> None:
    assert names(contradicted(told, {"r": (state, "")}, (), old={"r"})) == wrong


def test_further_records_of_a_line_of_long_ago_may_have_expired() -> None:
    line = {"l": item(state="APPLIED", records="2", received_at=f"{NOW - timedelta(days=15):%FT%TZ}")}
    young = {"l": item(state="APPLIED", records="2", received_at=f"{NOW - timedelta(days=13):%FT%TZ}")}
    assert names(undecided(line, {}, NOW)) == []
    assert names(undecided(young, {}, NOW)) == ["l/2"]


@pytest.mark.parametrize(("state", "lost"), [("APPLIED", ["r"]), ("QUARANTINED", []), ("RECEIVED", [])])
def test_what_queue_state_says_was_done_is_in_postgresql(state: str, lost: list[str]) -> None:
    assert names(contradicted({"r": item(state=state)}, {}, ())) == lost


def revision(number: int = 1, *, is_current: bool = True, entitlement: str = "E/A/001", key: str = "") -> Revision:
    return Revision(entitlement, number, 1, is_current, key or f"calculations/{entitlement}-r{number}")


@pytest.mark.parametrize(
    ("revisions", "objects", "wrong"),
    [
        ([revision()], {"calculations/E/A/001-r1"}, []),
        ([revision(key="c.jsonl#2")], {"c.jsonl#2"}, []),
        ([revision(key="c.jsonl#2")], {"c.jsonl#1"}, ["E/A/001/1", "c.jsonl#1"]),
        ([revision()], set(), ["E/A/001/1"]),
        ([], {"calculations/lost"}, ["calculations/lost"]),
        ([revision(1, key="k"), revision(2, is_current=False, key="k")], {"k"}, ["E/A/001/1", "E/A/001/2"]),
        ([revision(1), revision(2)], {"calculations/E/A/001-r1", "calculations/E/A/001-r2"}, ["E/A/001"]),
    ],
)
def test_an_entitlement_is_stored_once_with_its_calculation(
    revisions: list[Revision], objects: set[str], wrong: list[str]
) -> None:
    assert names(misstored(revisions, objects, ())) == wrong


def test_after_a_restore_calculations_of_the_lost_database_may_stay_and_later_ones_are_named() -> None:
    objects = {"calculations/E/A/001-r7.json", "calculations/E/A/001-r1000001.json"}
    assert names(misstored([], objects, (), 1_000_000)) == ["calculations/E/A/001-r1000001.json"]


def test_what_is_still_to_be_published_lacks_neither_calculation_nor_announcement() -> None:
    assert not list(misstored([revision()], (), {"E/A/001"}))
    assert not list(unannounced([revision()], {}, {"E/A/001"}))


@given(st.sets(st.integers(1, 5)), st.sets(st.integers(1, 5)))
def test_revisions_and_announcements_are_the_same_set(made: set[int], announced: set[int]) -> None:
    revisions = [revision(number) for number in made]
    found = unannounced(revisions, {f"E/A/001/{number}": 1 for number in announced}, ())
    assert set(names(found)) == {f"E/A/001/{number}" for number in made ^ announced}


def test_an_announcement_is_of_the_revisions_own_version() -> None:
    assert names(unannounced([revision()], {"E/A/001/1": 2}, ())) == ["E/A/001/1"]


ITEMS = st.dictionaries(IDS, st.dictionaries(st.sampled_from("xyz"), st.none() | st.integers(0, 2)))


@given(ITEMS, ITEMS, st.sets(IDS))
def test_a_projection_is_right_where_no_key_differs(
    expected: dict[str, Any], found: dict[str, Any], pending: set[str]
) -> None:
    def whole(items: dict[str, Any], key: str) -> object:
        kept = {name: value for name, value in items[key].items() if value is not None} if key in items else None
        return kept

    different = {key for key in expected.keys() | found.keys() if whole(expected, key) != whole(found, key)}
    assert set(names(misprojected(expected, found, pending, str))) == different - pending


def test_a_violation_names_few_of_many_differing_fields() -> None:
    fields = {name: "1" for name in "abcde"}
    [violation] = misprojected({"k": fields}, {"k": {}}, (), lambda key: f"mend {key}")
    assert violation.found == "; ".join(f"{name} is None, PostgreSQL gives '1'" for name in "abc") + " and 2 more"
    assert violation.next == "mend k"


@pytest.mark.parametrize(
    ("position", "facts", "lots", "wrong"),
    [("10", "10", "10.0", []), ("10", "10", "9", ["A/I"]), ("10", "9", "9", []), ("10", "9", "10", [])],
)
def test_lots_add_up_to_a_position_with_which_the_facts_agree(
    position: str, facts: str, lots: str, wrong: list[str]
) -> None:
    assert names(unbalanced([Balance("A", "I", *map(Decimal, (position, facts, lots)))])) == wrong


GOOD = Quarantine("not_json", digest_of(b"{"))


@pytest.mark.parametrize(
    ("said", "letter", "wrong"),
    [
        ({}, GOOD, ""),
        ({}, Quarantine("not_json", original_s3_key="quarantine/r"), ""),
        ({"reason": ""}, GOOD, "without a reason"),
        ({}, None, "neither the dead-letter queue nor the audit trail"),
        ({}, Quarantine("", digest_of(b"{")), "has no reason"),
        ({}, Quarantine("not_json"), "lacks the original"),
        ({}, Quarantine("not_json", digest_of(b"[")), "not what was sent"),
        ({}, Quarantine("not_json", original_s3_key="quarantine/other"), "S3 lacks its original"),
    ],
)
def test_a_quarantined_record_carries_its_reason_and_its_bytes(
    said: dict[str, str], letter: Quarantine | None, wrong: str
) -> None:
    items = {"r": item(state="QUARANTINED", reason="not_json") | said}
    letters = {"r": letter} if letter else {}
    found = [each.found for each in uncarried(items, letters, {"quarantine/r"}, {"r": digest_of(b"{")}, EARLY)]
    assert [wrong in each for each in found] == ([True] if wrong else [])


def test_a_message_that_the_queue_no_longer_keeps_is_not_asked_for() -> None:
    assert not list(uncarried({"r": item(state="QUARANTINED", reason="x")}, {}, (), {}, LATE))


@given(st.lists(st.sampled_from([EARLY, NOW, LATE])))
def test_an_outbox_row_may_not_be_older_than_the_bound(instants: list[datetime]) -> None:
    rows = [Waiting(number, "project", str(number), instant) for number, instant in enumerate(instants)]
    assert names(overdue(rows, NOW)) == [str(n) for n, instant in enumerate(instants) if instant <= NOW]


def test_a_parked_outbox_row_is_told_with_its_reason_and_how_it_is_tried_again() -> None:
    (found,) = overdue([Waiting(7, "quarantine", "s:1", EARLY, "InvalidMessageContents: x")], NOW)
    assert "parked: InvalidMessageContents: x" in found.found
    assert "WHERE outbox_id = 7" in found.next


def test_a_command_survives_the_shell_whatever_the_key() -> None:
    command = publish_again("project", "a'b$c`d\"e\\")
    assert command == r"""psql -c "SELECT publish_again('project', 'a''b\$c\`d\"e\\')" """.strip()
