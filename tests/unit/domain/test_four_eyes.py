"""Four eyes: a release is of one content of an election, and what was released stands until a later content is."""

import itertools

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import account, document, event, position

CASH = {"option_type": "CASH", "gross_rate": "1", "currency": "USD", "withholding_tax_rate": "0"}
CHOICE = event(
    mandatory_voluntary="CHOS",
    response_deadline="2026-03-10T17:00:00Z",
    options=[{"option_number": f"00{number}", "is_default_option": number == 1} | CASH for number in (1, 2, 3)],
)
NOT_RELEASED, LATE = "not_released", "after_deadline"


def content(sequence, option, at="", by="ann", **changes):
    """An election of the whole holding, of 10 March at the hour `at`."""
    record = {
        "record_type": "election", "election_id": "E", "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1",
        "option_number": option, "quantity": "10", "sequence": sequence, "entered_by": by or None,
    }  # fmt: skip
    return record | _hour(at) | changes


def release(at="", of=None, by="bob", sequence=0):
    named = {"election_id": "E", "released_by": by, "sequence": sequence, "election_sequence": of}
    return {"record_type": "election_release", **named} | _hour(at)


def _hour(at):
    return {"received_at": f"2026-03-10T{at}:00:00Z"} if at else {}


def outcome(*records):
    result = calculate_document(document(account(), position("10"), CHOICE, *records))
    (row,) = result["entitlements"]
    return row["option_number"], [(each["record_id"], each["reason"]) for each in result["rejected"]]


FIRST, CHANGED, AGAIN = content(0, "002", "10"), content(1, "003", "12"), content(2, "002", "14")


@pytest.mark.parametrize(
    ("records", "option", "refused"),
    [
        ([FIRST, release("11")], "002", None),
        ([FIRST, CHANGED, release("11")], "002", NOT_RELEASED),
        ([FIRST, CHANGED, release("11"), release("13")], "003", None),
        ([FIRST, CHANGED, release("13")], "003", None),
        ([FIRST, CHANGED, release("12")], "003", None),
        ([FIRST, CHANGED, release("09")], "001", NOT_RELEASED),
        ([FIRST, CHANGED, release("13", of=0)], "002", NOT_RELEASED),
        ([FIRST, CHANGED, release("13", of=1)], "003", None),
        ([FIRST, CHANGED, release("13", of=1, by="ann")], "001", NOT_RELEASED),
        ([FIRST, CHANGED, release("11"), release("13", of=1, by="ann")], "002", NOT_RELEASED),
        ([FIRST, CHANGED, release("11"), release("18", of=1)], "002", LATE),
        ([FIRST, CHANGED, release("11"), release("13", of=1), release("18", of=1, sequence=1)], "002", LATE),
        ([FIRST, CHANGED, AGAIN, release("11")], "002", NOT_RELEASED),
        ([FIRST, CHANGED, AGAIN, release("13")], "003", NOT_RELEASED),
        ([FIRST, CHANGED, AGAIN, release("15", of=1)], "003", NOT_RELEASED),
        ([FIRST, content(1, "003", "18"), release("11")], "002", LATE),
        ([content(0, "002", "10", by=""), content(1, "003", "18", by="")], "002", LATE),
        ([FIRST, content(1, "003", "12", by=""), release("11")], "002", NOT_RELEASED),
        ([FIRST, content(1, "003", "12", by=""), release("11"), release("13", by="ann")], "003", None),
        ([content(0, "002"), content(1, "003"), release()], "002", NOT_RELEASED),
        ([content(0, "002"), content(1, "003"), release("13")], "002", NOT_RELEASED),
        ([content(0, "002"), content(1, "003"), release(), release(of=1)], "003", None),
    ],
)
def test_the_latest_content_that_was_released_in_time_stands_and_a_later_one_is_held_in_any_order(
    records, option, refused
):
    expected = option, [("E", refused)] if refused else []
    for order in itertools.permutations(records):
        assert outcome(*order) == expected


def test_what_is_held_names_its_sequence_and_the_release_that_it_needs():
    result = calculate_document(document(account(), position("10"), CHOICE, FIRST, CHANGED, release("11")))
    detail = "sequence 1: another identity than ann must release it with election_sequence 1"
    assert [(each["field"], each["detail"]) for each in result["rejected"]] == [("entered_by", detail)]


def test_a_content_that_moves_the_election_to_another_account_leaves_the_released_one_where_it_was():
    moved = content(1, "003", "12", safekeeping_account="ACC-2")
    two = account("ACC-2"), position("10", safekeeping_account="ACC-2")
    for releases, expected in (
        ([release("11")], {"ACC-1": "002", "ACC-2": "001"}),
        ([release("11"), release("13")], {"ACC-1": "001", "ACC-2": "003"}),
    ):
        result = calculate_document(document(account(), position("10"), *two, CHOICE, FIRST, moved, *releases))
        assert {row["safekeeping_account"]: row["option_number"] for row in result["entitlements"]} == expected


def test_a_content_for_another_event_leaves_the_released_one_where_it_was():
    moved = content(1, "003", "12", corporate_action_event_id="CA-2")
    other = CHOICE | {"corporate_action_event_id": "CA-2", "response_deadline": "2026-03-10T11:30:00Z"}
    result = calculate_document(document(account(), position("10"), CHOICE, other, FIRST, moved, release("11")))
    found = {row["corporate_action_event_id"]: row["option_number"] for row in result["entitlements"]}
    assert found == {"CA-1": "002", "CA-2": "001"}
    assert [(each["record_id"], each["reason"]) for each in result["rejected"]] == [("E", LATE)]


@pytest.mark.parametrize(("as_of", "option"), [("2026-03-10", "002"), ("2026-03-09", "001")])
def test_a_release_that_came_after_the_day_of_the_calculation_is_not_known(as_of, option):
    early = FIRST | {"received_at": "2026-03-02T10:00:00Z"}
    ended = CHOICE | {"record_date": "2026-03-05", "ex_date": "2026-03-05"}
    told = document(account(), position("10", as_of_date="2026-03-01"), ended, early, release("11"))
    (row,) = calculate_document(told | {"as_of": as_of})["entitlements"]
    assert row["option_number"] == option
