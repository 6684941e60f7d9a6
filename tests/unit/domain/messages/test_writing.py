"""Messages that we write: valid against the published structure, and read back as what they were written from."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from domain.messages import KINDS, Envelope, UnwritableMessageError, read_message, write_message
from domain.messages.envelope import messages_in
from domain.messages.writing.structure import check_structure
from tests.unit.domain.facts import APPLE, SAP, account, event, position
from tests.unit.domain.messages.examples import facts
from tests.unit.domain.messages.published import faults

CONFIRMATIONS = ("MT566", "seev.036")
ENVELOPE = Envelope("ASOPGB2L", "CLIEGB22ABC", "OUT-0001", datetime(2026, 3, 27, 9, tzinfo=UTC), None, "OUT-0000")
RATES = {
    "schema_version": 1,
    "version": "1",
    "as_of": "2026-01-01",
    "rates": [
        {
            "rate_id": "US",
            "source_country": "US",
            "residence": "*",
            "beneficial_owner": "*",
            "income_type": "dividend_listed_equity",
            "valid_from": "2000-01-01",
            "valid_to": None,
            "statutory_rate": "30",
            "treaty_rate": "15",
            "tax_relief_method": "RELIEF_AT_SOURCE",
            "source": "test",
            "as_of": "2026-01-01",
        }
    ],
}


def entitlement_of(quantity, announced, holder=None):
    """The only entitlement that the calculation gives, and the event's record."""
    document = {
        "accounts": [holder or account()],
        "positions": [position(quantity)],
        "corporate_actions": [announced],
        "rules": {"withholding_rates": RATES},
    }
    result = calculate_document(document)
    (entitlement,) = result["entitlements"]
    return entitlement, announced


def cash_dividend(rate="0.25", **option):
    return event(option={"gross_rate": rate, "currency": "USD", **option})


def stock_dividend():
    terms = {
        "additional_for_existing": {"numerator": "1", "denominator": "7"},
        "isin_out": APPLE,
        "fraction_disposition": "CINL",
        "cash_in_lieu_price": "41.5",
        "currency": "USD",
    }
    return event("DVSE", terms)


def merger():
    terms = {"new_to_old": {"numerator": "3", "denominator": "2"}, "isin_out": SAP, "fraction_disposition": "RDDN"}
    return event("MRGR", terms)


def converted():
    rate = {"unit_currency": "USD", "quoted_currency": "GBP", "rate": "0.79"}
    return entitlement_of("1000", cash_dividend(exchange_rate=rate), account(payment_currency="GBP"))


CASES = {
    "cash": lambda: entitlement_of("1000", cash_dividend()),
    "cash in another currency": converted,
    "securities with cash in lieu": lambda: entitlement_of("100", stock_dividend()),
    "securities for securities": lambda: entitlement_of("100", merger()),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_written_message_is_valid_against_the_published_structure(kind, case):
    text = write_message(kind, *CASES[case](), ENVELOPE)
    if kind.startswith("MT"):
        check_structure(*messages_in(text.encode()))
    else:
        assert faults(text) == []


@pytest.mark.parametrize("kind", CONFIRMATIONS)
@pytest.mark.parametrize(
    ("case", "amount", "currency"),
    [
        ("cash", "212.5", "USD"),
        ("cash in another currency", "167.88", "GBP"),
        ("securities with cash in lieu", "11.86", "USD"),
    ],
)
def test_a_confirmation_reads_as_what_was_paid(kind, case, amount, currency):
    entitlement, announced = CASES[case]()
    (read,) = read_message(write_message(kind, entitlement, announced, ENVELOPE).encode())
    assert (read["posting_amount"], read["currency"]) == (amount, currency)
    assert Decimal(read["posting_amount"]) == Decimal(entitlement["payment_amount"])
    assert read["posting_date"] == entitlement["payment_date"]
    assert (read["corporate_action_event_id"], read["safekeeping_account"]) == ("CA-1", "ACC-1")


@pytest.mark.parametrize("kind", CONFIRMATIONS)
def test_a_confirmation_of_securities_alone_has_its_day_and_no_amount(kind):
    posted = Envelope("ASOPGB2L", "CLIEGB22", "OUT-2", ENVELOPE.prepared_at, date(2026, 4, 1))
    (read,) = read_message(write_message(kind, *CASES["securities for securities"](), posted).encode())
    assert (read["posting_date"], "posting_amount" in read) == ("2026-04-01", False)


@pytest.mark.parametrize("kind", CONFIRMATIONS)
@pytest.mark.parametrize(
    ("case", "isin", "quantity"),
    [("securities with cash in lieu", APPLE, "14"), ("securities for securities", SAP, "150"), ("cash", None, None)],
)
def test_a_confirmation_reads_as_the_securities_that_were_credited(kind, case, isin, quantity):
    (read,) = read_message(write_message(kind, *CASES[case](), ENVELOPE).encode())
    assert (read.get("isin"), read.get("posting_quantity")) == (isin, quantity)
    debited = [{"isin": APPLE, "posting_quantity": "-100"}] if case == "securities for securities" else None
    assert (read.get("securities_movements"), read["payment_reference"]) == (debited, ENVELOPE.reference)


@pytest.mark.parametrize("kind", CONFIRMATIONS)
def test_of_securities_that_are_debited_only_a_confirmation_reads_as_a_negative_quantity(kind):
    redeemed = event("REDM", {"cash_price_received": "101", "currency": "USD", "option_type": "CASH"})
    (read,) = read_message(write_message(kind, *entitlement_of("100", redeemed), ENVELOPE).encode())
    assert (read["isin"], read["posting_quantity"], read["posting_amount"]) == (APPLE, "-100", "10100")


@pytest.mark.parametrize(
    ("kind", "balance"),
    [
        ("MT564-REPE", ":93B::ELIG//UNIT/N1000,"),
        ("MT566", ":93B::CONB//UNIT/N1000,"),
        ("seev.035", "<ShrtLngPos>SHOR</ShrtLngPos>"),
        ("seev.036", "<ShrtLngPos>SHOR</ShrtLngPos>"),
    ],
)
def test_a_short_has_a_balance_below_zero_and_pays(kind, balance):
    owed = entitlement_of("-1000", cash_dividend(), account(short_positions=True))
    text = write_message(kind, *owed, ENVELOPE)
    assert balance in text
    if kind in CONFIRMATIONS:
        assert read_message(text.encode())[0]["posting_amount"] == "-250"
    assert kind.startswith("MT") or faults(text) == []


@settings(max_examples=150, deadline=None)
@given(
    st.decimals(min_value="0.001", max_value=10**9, places=3),
    st.decimals(min_value="0.0001", max_value=1000, places=4),
    st.sampled_from(CONFIRMATIONS),
)
def test_what_is_written_of_a_dividend_is_read_as_its_net_amount_and_date(quantity, rate, kind):
    entitlement, announced = entitlement_of(str(quantity), cash_dividend(str(rate)))
    (read,) = read_message(write_message(kind, entitlement, announced, ENVELOPE).encode())
    assert Decimal(read["posting_amount"]) == Decimal(entitlement["net_amount"])
    assert read["posting_date"] == entitlement["payment_date"]


def moved(read):
    """(what of each security, how much cash) a confirmation record says was moved, credits positive."""
    securities = [each for each in (read, *read.get("securities_movements", ())) if "posting_quantity" in each]
    quantities = {each["isin"]: Decimal(each["posting_quantity"]) for each in securities}
    return quantities, Decimal(read.get("posting_amount", 0)), read.get("currency")


@pytest.mark.parametrize(("confirmation", "reversal"), [("MT566", "MT566-REVR"), ("seev.036", "seev.037")])
@pytest.mark.parametrize("case", CASES)
def test_a_reversal_reads_as_what_was_confirmed_the_other_way_and_names_it(confirmation, reversal, case):
    first, second = (facts(write_message(kind, *CASES[case](), ENVELOPE).encode()) for kind in (confirmation, reversal))
    quantities, amount, currency = moved(first[0])
    assert moved(second[0]) == ({isin: -quantity for isin, quantity in quantities.items()}, -amount, currency)
    assert (second[0]["reversed_reference"], second[0]["payment_reference"]) == ("OUT-0000", "OUT-0001")
    assert {name: first[0][name] for name in first[0] if name.endswith(("_id", "_account", "_number", "_date"))} == {
        name: second[0][name] for name in second[0] if name.endswith(("_id", "_account", "_number", "_date"))
    }


def test_both_standards_confirm_the_same():
    entitlement, announced = CASES["securities with cash in lieu"]()
    first, second = (facts(write_message(kind, entitlement, announced, ENVELOPE).encode()) for kind in CONFIRMATIONS)
    assert first == second


def test_a_confirmation_in_fin_says_what_the_entitlement_says():
    lines = write_message("MT566", *CASES["cash in another currency"](), ENVELOPE).split("\r\n")
    assert lines[0] == "{1:F01ASOPGB2LAXXX0000000000}{2:I566CLIEGB22XABCN}{4:"
    movement = lines[lines.index(":16R:CASHMOVE") : lines.index(":16S:CASHMOVE")]
    assert movement == [
        ":16R:CASHMOVE",
        ":22H::CRDB//CRED",
        ":19B::PSTA//GBP167,88",
        ":19B::GRSS//USD250,",
        ":19B::NETT//USD212,5",
        ":19B::TAXR//USD37,5",
        ":19B::RESU//GBP167,88",
        ":98A::POST//20260327",
        ":92B::EXCH//USD/GBP/0,79",
        ":92A::TAXR//15,",
    ]


def test_a_reversal_moves_everything_back_and_links_what_it_takes_back():
    text = write_message("MT566-REVR", *CASES["securities for securities"](), ENVELOPE)
    assert ":23G:REVR" in text
    assert ":20C::PREV//OUT-0000" in text
    forward = write_message("MT566", *CASES["securities for securities"](), ENVELOPE)
    directions = [line for line in text.split("\r\n") if ":CRDB" in line]
    assert directions == [":22H::CRDB//CRED", ":22H::CRDB//DEBT"]
    assert [line for line in forward.split("\r\n") if ":CRDB" in line] == directions[::-1]
    (read,) = read_message(text.encode())
    assert (read["reversed_reference"], read["isin"], read["posting_quantity"]) == ("OUT-0000", APPLE, "100")
    in_xml = write_message("seev.037", *CASES["cash"](), ENVELOPE)
    assert "<CdtDbtInd>DBIT</CdtDbtInd>" in in_xml
    assert "<Id>OUT-0000</Id>" in in_xml


def test_an_advice_of_securities_debits_the_old_and_credits_the_new():
    lines = write_message("MT564-REPE", *CASES["securities for securities"](), ENVELOPE).split("\r\n")
    assert [line for line in lines if line.startswith((":36B", ":22H", ":35B"))] == [
        f":35B:ISIN {APPLE}",
        ":22H::CRDB//DEBT",
        f":35B:ISIN {APPLE}",
        ":36B::ENTL//UNIT/100,",
        ":22H::CRDB//CRED",
        f":35B:ISIN {SAP}",
        ":36B::ENTL//UNIT/150,",
    ]


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        ("MT566", {"eligible_quantity": "1234567890123456"}, "eligible_quantity"),
        ("seev.036", {"eligible_quantity": "1234567890123456789"}, "eligible_quantity"),
        ("MT566", {"corporate_action_event_id": "CA-2026-0000000001"}, "GENL/20C CORP"),
        ("MT566", {"payment_date": None}, "payment_date"),
        ("seev.036", {"payment_date": None}, "payment_date"),
        ("MT566", {"option_number": "009"}, "option_number"),
        ("MT566", {"currency": None}, "payment_amount"),
        *(
            (kind, {name: f"{10**31}.08"}, name)
            for kind in ("MT566", "seev.036")
            for name in ("eligible_quantity", "payment_amount")
        ),
    ],
)
def test_what_a_message_has_no_room_for_is_refused_by_its_field(kind, changes, field):
    entitlement, announced = CASES["cash"]()
    with pytest.raises(UnwritableMessageError) as refused:
        write_message(kind, entitlement | changes, announced, ENVELOPE)
    assert refused.value.field == field


@pytest.mark.parametrize("kind", ["MT566-REVR", "seev.037"])
def test_a_reversal_without_its_confirmation_is_refused(kind):
    bare = Envelope("ASOPGB2L", "CLIEGB22", "OUT-1", ENVELOPE.prepared_at)
    with pytest.raises(UnwritableMessageError) as refused:
        write_message(kind, *CASES["cash"](), bare)
    assert refused.value.field == "previous"


def test_without_an_exchange_rate_the_events_currency_is_paid():
    entitlement, announced = entitlement_of("1000", cash_dividend(), account(payment_currency="GBP"))
    assert entitlement["payment_amount"] is None
    (read,) = read_message(write_message("MT566", entitlement, announced, ENVELOPE).encode())
    assert (read["posting_amount"], read["currency"]) == ("212.5", "USD")


@pytest.mark.parametrize("kind", CONFIRMATIONS)
def test_charges_are_written_beside_the_cash_that_they_lessen_and_read_back(kind):
    entitlement, announced = CASES["cash"]()
    (read,) = read_message(write_message(kind, entitlement | {"charge_amount": "4.50"}, announced, ENVELOPE).encode())
    assert (read["posting_amount"], read["charge_amount"]) == ("212.5", "4.5")


@pytest.mark.parametrize("kind", CONFIRMATIONS)
def test_of_income_that_a_fund_keeps_the_tax_is_debited_and_nothing_is_confirmed_without_one(kind):
    taxed = {"gross_rate": "0.25", "currency": "USD", "withholding_tax_rate": "30"}
    (read,) = read_message(write_message(kind, *entitlement_of("1000", event("ACCU", taxed)), ENVELOPE).encode())
    assert read["posting_amount"] == "-75"
    untaxed = entitlement_of("1000", event("ACCU", {"gross_rate": "0.25", "currency": "USD"}))
    with pytest.raises(UnwritableMessageError, match="moves neither cash nor securities"):
        write_message(kind, *untaxed, ENVELOPE)


@pytest.mark.parametrize("kind", CONFIRMATIONS)
def test_further_securities_move_each_in_its_direction(kind):
    entitlement, announced = CASES["securities for securities"]()
    further = [
        {"isin": "US5949181045", "credit_debit_indicator": "CRED", "entitled_quantity": "7"},
        {"isin": "JP3633400001", "credit_debit_indicator": "DEBT", "entitled_quantity": "4"},
    ]
    text = write_message(kind, entitlement | {"securities_movements": further}, announced, ENVELOPE)
    directions = [word for word in ("CRED", "DEBT", "CRDT", "DBIT") for _ in range(text.count(word))]
    assert directions == (["CRED"] * 2 + ["DEBT"] * 2 if kind == "MT566" else ["CRDT"] * 2 + ["DBIT"] * 2)
