"""What partial and unusual messages are read as: what no record has room for is kept in `unread`, and holds the event if it may change a
figure. `kept_fields.json`: a change of an example, and what the changed message keeps beside what the example keeps."""

import json
import re
from pathlib import Path

import pytest

from domain.messages import read_message
from tests.unit.domain.messages.examples import example, refusal

CASES = json.loads((Path(__file__).parent / "kept_fields.json").read_text(encoding="utf-8"))


def unread(records):
    return [entry for record in records for entry in record.get("unread", ())]


def named(case):
    """An id of plain characters: the tool that runs mutants loses others."""
    return f"{case['example']}-{re.sub('[^A-Za-z0-9/.]+', '-', case['changes'][0][1].strip())[:24]}"


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_field_without_a_place_in_a_record_is_kept_by_its_name(case):
    before = unread(read_message(example(case["example"])))
    after = unread(read_message(example(case["example"], *case["changes"])))
    assert [entry for entry in after if entry not in before] == case["unread"]


@pytest.mark.parametrize(
    ("name", "change", "kept"),
    [
        ("dividend.fin", (":92F::GRSS//USD0,25", ":92J::GRSS//TXBL/USD0,25/INDI"), "CAOPTN/CASHMOVE/92J GRSS"),
        (
            "dividend.fin",
            (":92F::GRSS//USD0,25", ":92J::GRSS//TXBL/USD0,2\n:92J::GRSS//INTR/USD0,05"),
            "CAOPTN/CASHMOVE/92J GRSS",
        ),
        ("dividend.fin", (":92F::GRSS//USD0,25", ":92K::GRSS//NILP"), "CAOPTN/CASHMOVE/92K GRSS"),
        ("option-dividend.fin", (":98B::ANOU//UKWN", ":98B::ANOU//UKWN\n:92F::GRSS//EUR2,35"), "CADETL/92F GRSS"),
    ],
    ids=["indicative", "of several kinds of income", "a code that is no rate", "of one of several options"],
)
def test_a_rate_that_may_not_be_the_one_that_is_paid_holds_the_event(name, change, kept):
    held = [entry["field"] for entry in unread(read_message(example(name, change))) if entry.get("holds")]
    assert held == [kept]


def test_a_rate_at_the_event_is_the_only_options():
    (event,) = read_message(
        example(
            "dividend.fin",
            (":98A::ANOU//20260302", ":98A::ANOU//20260302\n:92F::GRSS//USD0,25"),
            (":98A::PAYD//20260327\n:92F::GRSS//USD0,25\n", ":98A::PAYD//20260327\n"),
        )
    )
    assert event == read_message(example("dividend.fin"))[0]


def test_the_amount_that_an_exchange_results_in_is_kept_once():
    result = ("<XchgRate>0.8512</XchgRate>", '<XchgRate>0.8512</XchgRate><RsltgAmt Ccy="GBP">2</RsltgAmt>')
    kept = [
        entry for entry in unread(read_message(example("option-dividend.xml", result))) if "FXDtls" in entry["field"]
    ]
    assert kept == [{"field": "CorpActnNtfctn/CorpActnOptnDtls/CshMvmntDtls/FXDtls/RsltgAmt", "value": "GBP 2"}]


def test_of_two_rates_and_days_of_one_payment_the_first_counts_and_the_other_is_kept():
    leg = ":16R:CASHMOVE\n:22H::CRDB//DEBT\n:19B::PSTA//USD12,5\n:98A::POST//20260328\n:92A::TAXR//20,\n:16S:CASHMOVE\n"
    data = example("confirmation.fin", (":16S:CASHMOVE\n", f":16S:CASHMOVE\n{leg}"))
    (paid,) = read_message(data)
    assert (paid["posting_amount"], paid["posting_date"], paid["withholding_tax_rate"]) == ("200", "2026-03-27", "15")
    kept = {entry["field"] for entry in paid["unread"]}
    assert {"CACONF/CASHMOVE[2]/98A POST", "CACONF/CASHMOVE[2]/92A TAXR"} <= kept


def test_a_confirmation_of_no_movement_confirms_nothing():
    text = example("confirmation.fin").decode()
    nothing = text[: text.index(":16R:CASHMOVE")] + text[text.index(":16S:CACONF") :]
    assert refusal(nothing.encode()) == ("missing_sequence", "CACONF/CASHMOVE")
    planned = (
        f"{text[: text.index(':16R:CASHMOVE')]}:16R:SECMOVE\n:22H::CRDB//CRED\n:35B:ISIN US0378331005\n:16S:SECMOVE\n"
    )
    assert refusal((planned + text[text.index(":16S:CACONF") :]).encode()) == ("missing_sequence", "CACONF/CASHMOVE")


def test_a_statement_that_is_taken_back_states_nothing():
    assert refusal(example("holdings.fin", (":23G:NEWM", ":23G:CANC"))) == ("unsupported_function", "GENL/23G")


@pytest.mark.parametrize(
    ("change", "basis", "place"),
    [
        (("STBA//SETT", "STBA//TRAD"), "TRAD", "DTCYUS33"),
        (("STBA//SETT", "STBA//CONT"), "CONT", "DTCYUS33"),
        ((":22F::STBA//SETT\n", ""), None, "DTCYUS33"),
        ((":94F::SAFE//NCSD/DTCYUS33\n", ""), None, None),
    ],
    ids=["traded", "contractual", "on no stated basis", "at no stated place"],
)
def test_a_balance_that_does_not_count_for_events_is_a_statement_alone(change, basis, place):
    records = read_message(example("holdings.fin", change))
    assert [(each["record_type"], each["aggregate"], each.get("basis"), each.get("safekeeping_place")) for each in records] == [
        ("statement", "1100", basis, place), ("statement", "12.5", basis, place),
    ]  # fmt: skip
