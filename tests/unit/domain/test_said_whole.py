"""What is said where nothing is calculated, or beside a figure, whole: notices, parts of reversals, drawings and senders that are not named."""

import re
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256

import pytest

from domain.calculation import calculate_document
from domain.corporate_actions import EVENT_TYPES
from domain.corporate_actions.drawing import drawn_by_option
from domain.held import Held
from domain.messages import Envelope, read_message, write_message
from domain.numbers.fractions import dispose
from domain.reconciliation.inputs import run_id
from domain.reconciliation.report import report_bytes
from domain.records import parse_record
from domain.records.instants import parse_instant
from domain.records.parse import content_digest
from tests.unit.domain.facts import APPLE, SAP, TOYOTA, account, document, event, position, rate
from tests.unit.domain.messages.examples import example
from tests.unit.domain.messages.test_writing import CASES as entitled
from tests.unit.domain.messages.test_writing import ENVELOPE
from tests.unit.domain.reconciliation.sides import report_of, stated
from tests.unit.domain.test_explained_rows import ended, lines


def test_a_fallback_rate_is_noticed_with_its_row_and_what_to_do():
    records = account(residence="FR"), position("100"), event()
    (notice,) = calculate_document(document(*records, rows=(rate("ANY", "30", residence="*"),)))["notices"]
    assert notice == {
        "corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001", "reason": "rate_fallback",
        "field": "rules.withholding_rates", "rate_id": "ANY",
        "detail": "no rate of US names the account's residence, so that the one for any residence was used, "
        "rate ANY, statutory 30 % (RELIEF_AT_SOURCE, documents valid at payment; test); "
        "a treaty may reduce the tax or give some of it back: add a row for the residence",
    }  # fmt: skip


def test_a_reversal_names_each_figure_of_a_further_security_by_its_place():
    fifth, half = ({"numerator": "1", "denominator": denominator} for denominator in ("5", "2"))
    option = {"isin_out": SAP, "additional_for_existing": half}
    option |= {"securities_movements": [{"isin": TOYOTA, "credit_debit_indicator": "CRED", "ratio": fifth}]}
    records = account(), position("100"), event("DVSE", option), ended("CANC")
    (reversal,) = calculate_document(document(*records), explained=True)["reversals"]
    assert [line.partition(" [")[0] for line in lines(reversal)] == [
        "eligible_quantity: -1 x 100 -> -100",
        "entitled_quantity: -1 x 50 -> -50",
        "securities_movements.0.entitled_quantity: -1 x 20 -> -20",
    ]


def test_a_drawing_that_names_none_of_two_options_says_so():
    option = {"option_type": "CASH", "currency": "USD"}
    options = [option | {"option_number": number, "is_default_option": number == "001"} for number in ("001", "002")]
    drawing = {"record_type": "drawing", "safekeeping_account": "ACC-1", "quantity": "10"}
    drawing |= {"corporate_action_event_id": "CA-1", "drawing_id": "D-1"}
    announced, drawn = (parse_record(raw)[0] for raw in (event("DRAW", options=options), drawing))
    with pytest.raises(Held) as held:
        drawn_by_option(announced, EVENT_TYPES["DRAW"], [drawn])
    assert (held.value.reason, held.value.detail) == (
        "unknown_option", "drawing CA-1/ACC-1/ names option none of 001, 002",
    )  # fmt: skip


def test_a_statement_without_a_header_and_servicer_names_no_source():
    text = example("holdings.xml").decode()
    bare = text[: text.index("<AppHdr")] + text[text.index("</AppHdr>") + len("</AppHdr>") :]
    servicer = bare[bare.index("<AcctSvcr>") : bare.index("</AcctSvcr>") + len("</AcctSvcr>")]
    assert [record.get("source") for record in read_message(bare.encode())] == ["CUSTUS33"] * 3
    assert [record.get("source") for record in read_message(bare.replace(servicer, "").encode())] == [None] * 3


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (lambda: calculate_document([]), "the document must be one JSON object"),
        (lambda: dispose(Fraction(1, 3), "SOLD"), "'SOLD' is no DISF code"),
        (
            lambda: parse_instant("0001-01-01T00:00:00+01:00"),
            "'0001-01-01T00:00:00+01:00' is outside the years 1 to 9999",
        ),
        (
            lambda: write_message(
                "MT566-REVR", {}, {}, Envelope("ASOPGB2L", "CLIEGB22", "OUT-1", datetime(2026, 3, 27, tzinfo=UTC))
            ),
            "previous: a reversal names the confirmation that it takes back",
        ),
        (
            lambda: write_message(
                "MT566", entitled["cash"]()[0] | {"payment_amount": "1234567890123.45"}, entitled["cash"]()[1], ENVELOPE
            ),
            "payment_amount: 1234567890123,45 is longer than the 15 characters of a number in FIN",
        ),
    ],
)
def test_what_cannot_be_done_is_said(asked, told):
    with pytest.raises(ValueError, match="^" + re.escape(told) + "$"):
        asked()


def test_a_payment_day_beside_the_calendar_stays_as_announced():
    calendar = {
        "country": "US",
        "valid_from": "2027-01-01",
        "valid_to": "2027-12-31",
        "weekend": [5, 6],
        "holidays": [],
    }
    made = document(account(), position("1"), event())
    made["rules"]["market_calendars"] = {
        "schema_version": 1,
        "calendars": {"XNYS": calendar | {"settlement_cycles": [], "country_default": True}},
    }
    (row,) = calculate_document(made, explained=True)["corporate_actions"]
    assert (
        lines(row)[-1] == "payment_date: 2026-03-27 -> 2026-03-27 [as announced: XNYS ends before or begins after it]"
    )


def test_digests_and_ids_are_what_they_were_when_they_were_stored():
    text = '{"a":{"c":true,"d":null},"b":["é",1]}'
    digest = sha256(text.encode()).hexdigest()
    kept = {"b": ["é", 1], "a": {"d": None, "c": True}}
    assert (content_digest(kept), run_id(kept)) == (digest, digest[:32])
    (found,) = report_of(positions=[stated("99")], lots={APPLE: 100})["breaks"]
    named = "\n".join((found["safekeeping_account"], found["code"], found["key"]))
    assert found["break_id"] == sha256(named.encode()).hexdigest()[:16]


def test_a_report_is_written_in_one_form():
    assert report_bytes({"b": ["é"], "a": 1}).decode() == '{\n "a": 1,\n "b": [\n  "é"\n ]\n}\n'
