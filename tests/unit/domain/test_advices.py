"""What servicers say of events and instructions: an instruction that is not carried out counts for nothing, and all is shown."""

import pytest

from domain.calculation import calculate_document
from domain.records import RecordError, parse_record
from tests.unit.domain.facts import account, document, position
from tests.unit.domain.test_four_eyes import CHOICE, content

INSTRUCTED = content(0, "002", "10", by="")


def advice(status="", of="E", sequence=0, **more):
    named = {"record_type": "advice", "corporate_action_event_id": "CA-1", "status": status, "sequence": sequence}
    return named | {"election_id": of} | more


def outcome(*records):
    """(units by option, what is rejected)."""
    result = calculate_document(document(account(), position("10"), CHOICE, *records))
    taken = {row["option_number"]: row["eligible_quantity"] for row in result["entitlements"]}
    return taken, [(row["record"], row["record_id"], row["reason"]) for row in result["rejected"]]


NOT_CARRIED_OUT = [("election", "E", "not_carried_out")]
WHOLE, NONE, PART = ({"002": "10"}, []), ({"001": "10"}, NOT_CARRIED_OUT), ({"002": "6", "001": "4"}, NOT_CARRIED_OUT)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        *((advice(status), NONE) for status in ("REJT", "CAND", "CANO", "DEND", "DFLA")),
        *((advice(status), WHOLE) for status in ("PACK", "PEND", "STIN", "CANP", "COMP", "ZZZZ")),
        (advice("REJT", quantity="4"), PART),
        (advice("PACK", quantity="6"), PART),
        (advice("PEND", quantity="6"), WHOLE),
        (advice("REJT", quantity="10"), NONE),
        (advice("REJT", quantity="11"), NONE),
        (advice("PACK", quantity="11"), WHOLE),
        (advice("REJT", of="OTHER"), (WHOLE[0], [("advice", "CA-1/election/OTHER", "unknown_election")])),
        (advice("REJT", of=""), WHOLE),
    ],
)
def test_as_much_of_an_instruction_counts_as_the_servicer_carries_out(told, expected):
    assert outcome(INSTRUCTED, told) == expected


def test_a_later_status_of_the_instruction_stands_in_any_order():
    told = [advice("REJT", sequence=1), advice("PACK", sequence=2)]
    assert outcome(INSTRUCTED, *told) == outcome(INSTRUCTED, *told[::-1]) == WHOLE


def test_a_rejected_instruction_is_replaced_by_one_under_another_number():
    anew = content(0, "003", "11", by="") | {"election_id": "F"}
    assert outcome(INSTRUCTED, advice("REJT"), anew) == ({"003": "10"}, NOT_CARRIED_OUT)
    assert outcome(INSTRUCTED, advice("REJT"), content(1, "003", "11", by="")) == NONE


def test_the_rejection_says_what_the_servicer_said():
    told = advice("REJT", reasons=["LATE"], narrative="received after the deadline", quantity="4")
    result = calculate_document(document(account(), position("10"), CHOICE, INSTRUCTED, told))
    (rejected,) = result["rejected"]
    assert (rejected["field"], rejected["detail"]) == (
        "quantity",
        "the servicer carries out 6 of 10: REJT LATE: received after the deadline; instruct the rest anew, under another number",
    )


def test_an_advice_is_shown_with_its_event_and_changes_no_figure():
    narrative = advice(of="", reference="N-1", linked_reference="M-1", narrative="the meeting is postponed")
    told = [narrative, advice("PEND", of="", reasons=["ADEA"], safekeeping_account="ACC-1"), advice("PACK")]
    result = calculate_document(document(account(), position("10"), CHOICE, INSTRUCTED, *told))
    (event,) = result["corporate_actions"]
    assert event["advices"] == [
        {"reference": "N-1", "linked_reference": "M-1", "narrative": "the meeting is postponed"},
        {"safekeeping_account": "ACC-1", "status": "PEND", "reasons": ["ADEA"]},
        {"election_id": "E", "status": "PACK"},
    ]
    without = calculate_document(document(account(), position("10"), CHOICE, INSTRUCTED))
    assert "advices" not in without["corporate_actions"][0]
    assert result | {"corporate_actions": []} == without | {"corporate_actions": []}


def test_an_advice_of_an_event_that_nobody_announced_is_held():
    result = calculate_document(document(advice(of="", narrative="words")))
    assert [(row["record"], row["reason"]) for row in result["rejected"]] == [("advice", "unknown_event")]


@pytest.mark.parametrize(("said", "field"), [({"of": ""}, "narrative"), ({"narrative": "words"}, "status")])
def test_an_advice_says_a_status_or_a_narrative_and_of_an_instruction_a_status(said, field):
    with pytest.raises(RecordError) as refused:
        parse_record(advice(**said))
    assert refused.value.field == field
