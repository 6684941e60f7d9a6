"""What a message says and no record has room for: it holds the event or the election if it may change a figure, and changes nothing else."""

import pytest

from domain.calculation import calculate_document
from domain.records import content_digest, parse_record
from tests.unit.domain.facts import APPLE, account, document, event, position, rate, trade

HOLDING = {"field": "CAOPTN/CASHMOVE/92A INTP", "value": "0,75", "holds": True}
BESIDE = {"field": "USECU/ACCTINFO/97A SAFE", "value": "ACC-1"}


def result(*records):
    return calculate_document(document(*records, rows=(rate("US", "30"),)))


def open_lots(answer):
    return [lot["quantity"] for lot in answer["tax_lots"] if lot["quantity"] != "0"]


def told(answer):
    return [(row["record_id"], row["reason"], row["field"], row["detail"]) for row in answer["rejected"]]


def test_an_event_that_says_what_nothing_reads_is_held_and_names_it():
    answer = result(account(), position("100"), event(unread=[BESIDE, HOLDING]))
    detail = "the message says what is not read and may change a figure: CAOPTN/CASHMOVE/92A INTP (0,75)"
    assert (answer["entitlements"], told(answer)) == ([], [("CA-1", "unread_terms", "unread", detail)])


def test_what_changes_no_figure_holds_nothing():
    answer = result(account(), position("100"), event(unread=[BESIDE]))
    assert ([row["gross_amount"] for row in answer["entitlements"]], answer["rejected"]) == (["25.00"], [])


def test_the_next_version_without_it_releases_the_event():
    answer = result(account(), position("100"), event(unread=[HOLDING]), event(version=2, function="REPL"))
    assert [row["version"] for row in answer["entitlements"]] == [2]


@pytest.mark.parametrize(("status", "amounts"), [("PREU", []), ("PREC", ["25.00"]), ("COMP", ["25.00"])])
def test_an_announcement_is_held_until_it_is_confirmed(status, amounts):
    answer = result(account(), position("100"), event(processing_status=status))
    reasons = [(row["record_id"], row["reason"], row["field"]) for row in answer["rejected"]]
    assert [row["gross_amount"] for row in answer["entitlements"]] == amounts
    assert reasons == ([] if amounts else [("CA-1", "preliminary", "processing_status")])


def test_lots_of_an_event_that_is_held_for_it_stay_as_they_are():
    split = {"isin_out": APPLE, "new_to_old": {"numerator": "2", "denominator": "1"}}
    records = account(), position("100"), trade("T-1", "BUY", "100", "2026-03-02")
    assert open_lots(result(*records, event("SPLF", split))) == ["200"]
    assert open_lots(result(*records, event("SPLF", split, unread=[HOLDING]))) == ["100"]


@pytest.mark.parametrize(("unread", "number"), [([], ["002"]), ([BESIDE], ["002"]), ([HOLDING], ["001"])])
def test_an_election_that_says_what_nothing_reads_is_not_carried_out(unread, number):
    options = [
        {
            "option_number": each,
            "option_type": "CASH",
            "is_default_option": each == "001",
            "gross_rate": "1",
            "currency": "USD",
        }
        for each in ("001", "002")
    ]
    election = {
        "record_type": "election",
        "election_id": "E-1",
        "corporate_action_event_id": "CA-1",
        "option_number": "002",
    }
    election |= {"safekeeping_account": "ACC-1", "quantity": "100", "unread": unread}
    answer = result(account(), position("100"), event("DVOP", options=options, mandatory_voluntary="CHOS"), election)
    assert [row["option_number"] for row in answer["entitlements"]] == number
    assert [row["reason"] for row in answer["rejected"]] == (["unread_terms"] if unread == [HOLDING] else [])


def test_two_reports_that_differ_in_what_holds_nothing_have_one_content():
    def digest(*unread):
        return content_digest(parse_record(event(unread=list(unread)))[1])

    other = BESIDE | {"value": "ACC-2"}
    assert digest(BESIDE) == digest(other) == content_digest(parse_record(event())[1])
    assert digest(BESIDE, HOLDING) == digest(HOLDING) != digest()
