"""Every line of a message that we write, in two extremes: an entitlement with everything that can be told, no two fields alike, and one with little.

The expected texts stand under `written/`, checked by eye against the published structures and the entitlements here.
"""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain.messages import KINDS, Envelope, UnwritableMessageError, write_message
from tests.unit.domain.facts import APPLE, SAP, TOYOTA

WRITTEN = Path(__file__).parent / "written"
POSTED = Envelope(
    sender="ASOPGB2LXYZ",
    receiver="CLIEGB22",
    reference="OUT-0002",
    prepared_at=datetime(2026, 3, 31, 23, 30, 15, tzinfo=UTC),
    posting_date=date(2026, 4, 1),
    previous="OUT-0001",
)
EVERYTHING = {
    "corporate_action_event_id": "CA-7",
    "event_type": "DVOP",
    "safekeeping_account": "ACC-9",
    "isin": APPLE,
    "isin_out": SAP,
    "option_number": "003",
    "eligible_quantity": "1234.5",
    "debited_quantity": "1000",
    "entitled_quantity": "321",
    "securities_movements": [
        {"isin": TOYOTA, "credit_debit_indicator": "CRED", "entitled_quantity": "17"},
        {"isin": "US5949181045", "credit_debit_indicator": "DEBT", "entitled_quantity": "4.25"},
    ],
    "record_date": "2026-03-18",
    "payment_date": "2026-03-30",
    "currency": "USD",
    "gross_amount": "100.00",
    "withholding_tax_rate": "15",
    "withholding_tax_amount": "15.00",
    "second_level_tax_amount": "5.00",
    "net_amount": "80.00",
    "cash_in_lieu_amount": "7.50",
    "entitled_amount": "87.50",
    "payment_currency": "GBP",
    "payment_amount": "69.13",
    "exchange_rate": {"unit_currency": "USD", "quoted_currency": "GBP", "rate": "0.79"},
}
CHOICE = {
    "mandatory_voluntary": "CHOS",
    "ex_date": "2026-03-17",
    "options": [
        {"option_number": "001", "option_type": "CASH", "is_default_option": True},
        {"option_number": "003", "option_type": "CASE", "is_default_option": False},
    ],
}
LITTLE = {
    "corporate_action_event_id": "CA-8",
    "event_type": "SPLR",
    "safekeeping_account": "ACC-9",
    "isin": APPLE,
    "isin_out": APPLE,
    "option_number": "001",
    "eligible_quantity": "100",
    "debited_quantity": "100",
    "entitled_quantity": "10",
    "entitled_amount": "0.00",
    "currency": "USD",
}
DEFAULT = {"options": [{"option_number": "001", "option_type": "SECU", "is_default_option": True}]}
CASES = {"everything": (EVERYTHING, CHOICE), "little": (LITTLE, DEFAULT)}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_line_of_a_written_message_is_as_expected(kind, case):
    expected = (WRITTEN / f"{kind}_{case}.txt").read_text(encoding="utf-8")
    assert write_message(kind, *CASES[case], POSTED).replace("\r\n", "\n").strip() == expected.strip()


LONG = "X" * 36


@pytest.mark.parametrize(
    ("entitlement", "envelope", "field", "detail"),
    [
        ({"option_number": "009"}, {}, "option_number", "the event has no option 009"),
        ({"currency": None, "debited_quantity": "0", "entitled_quantity": "0", "securities_movements": []}, {}, "payment_amount",
         "the entitlement moves neither cash nor securities"),
        ({"corporate_action_event_id": LONG}, {}, "corporate_action_event_id", f"{LONG} is longer than 35 characters"),
        ({"safekeeping_account": LONG * 2}, {}, "safekeeping_account", f"{(LONG * 2)[:60]} is longer than 35 characters"),
        ({}, {"reference": LONG}, "reference", f"{LONG} is longer than 35 characters"),
        ({"payment_date": None}, {"posting_date": None}, "payment_date",
         "a posting has a day, and neither it nor the payment date is known"),
        ({"eligible_quantity": "1" * 19}, {}, "eligible_quantity",
         f"{'1' * 19} has more than 18 digits, or more than 17 after the point"),
        ({"entitled_quantity": "0." + "1" * 18}, {}, "entitled_quantity",
         f"0.{'1' * 18} has more than 18 digits, or more than 17 after the point"),
        ({"payment_amount": "0.000001"}, {}, "payment_amount", "0.000001 has more than 18 digits, or more than 5 after the point"),
        ({"payment_amount": "12345678901234.12345"}, {}, "payment_amount",
         "12345678901234.12345 has more than 18 digits, or more than 5 after the point"),
        ({"exchange_rate": EVERYTHING["exchange_rate"] | {"rate": "0.00000000001"}}, {}, "exchange_rate",
         "0.00000000001 has more than 18 digits, or more than 10 after the point"),
        ({"withholding_tax_rate": "0.00000000001"}, {}, "withholding_tax_rate",
         "0.00000000001 has more than 18 digits, or more than 10 after the point"),
    ],
)  # fmt: skip
def test_what_a_document_has_no_room_for_is_refused_in_words(entitlement, envelope, field, detail):
    with pytest.raises(UnwritableMessageError) as refused:
        write_message("seev.036", EVERYTHING | entitlement, CHOICE, replace(POSTED, **envelope))
    assert (refused.value.field, refused.value.detail) == (field, detail)
    assert str(refused.value) == f"{field}: {detail}"


def test_a_reversal_has_no_room_for_a_longer_reference_of_what_it_takes_back():
    with pytest.raises(UnwritableMessageError, match=f"previous: {LONG} is longer than 35 characters"):
        write_message("seev.037", EVERYTHING, CHOICE, replace(POSTED, previous=LONG))


@pytest.mark.parametrize("name", ["corporate_action_event_id", "safekeeping_account"])
def test_an_identifier_of_35_characters_is_written(name):
    assert LONG[1:] in write_message("seev.036", EVERYTHING | {name: LONG[1:]}, CHOICE, POSTED)


@pytest.mark.parametrize("number", ["1", "0001", "0A1"])
def test_an_option_is_three_digits(number):
    options = CHOICE | {"options": [CHOICE["options"][0] | {"option_number": number}]}
    with pytest.raises(UnwritableMessageError) as refused:
        write_message("seev.036", EVERYTHING | {"option_number": number}, options, POSTED)
    assert (refused.value.field, refused.value.detail) == ("option_number", f"{number} is not three digits")
