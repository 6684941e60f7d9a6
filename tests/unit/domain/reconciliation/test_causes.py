"""What a person reads of every break: its code, its likely cause in words, both sides and what their numbers count."""

import pytest

from tests.unit.domain.facts import APPLE, SAP
from tests.unit.domain.reconciliation.sides import calculated, confirmed, entitled, held, report_of, stated, traded

NOTHING = {"gross_amount": "0.00", "net_amount": "0.00", "payment_amount": "0.00", "withholding_tax_rate": "0"}
SHARES = {**NOTHING, "entitled_quantity": "50", "isin_out": SAP, "debited_quantity": "100"}
UNSAID = {"posting_amount": None, "currency": None, "withholding_tax_rate": None}


def pair(ours=None, **theirs):
    return {"entitlements": [entitled(on=None, **(ours or {}))], "confirmations": [confirmed(**theirs)]}


UNDUE = "paid, and nothing is due: the event is not known, was cancelled, or does not entitle the holder"
PASSED = "the payment date 2026-03-27 has passed: paid late, or its confirmation did not come"
BREAKS = {
    "undue cash": ({"confirmations": [confirmed()]}, ("payment", "MISSING_OURS", None, "21.25", "USD", UNDUE)),
    "undue amount": (
        {"confirmations": [confirmed(currency=None)]}, ("payment", "MISSING_OURS", None, "21.25", "amount", UNDUE),
    ),
    "undue units": (
        {"confirmations": [confirmed(**UNSAID, posting_quantity="5")]}, ("payment", "MISSING_OURS", None, "5", "units", UNDUE),
    ),
    "undue": ({"confirmations": [confirmed(**UNSAID)]}, ("payment", "MISSING_OURS", None, None, None, UNDUE)),
    "not confirmed": (
        {"entitlements": [entitled(on=None)], "confirmations_expected": True},
        ("payment", "MISSING_CONFIRMATION", "21.25", None, "USD", PASSED),
    ),
    "units not confirmed": (
        {"entitlements": [entitled(on=None, **SHARES)], "confirmations_expected": True},
        ("payment", "MISSING_CONFIRMATION", "-50", None, "units", PASSED),
    ),
    "older version": (
        pair({"version": 2}, version=1),
        ("payment_version", "VERSION_MISMATCH", "2", "1", None, "the custodian paid by an older announcement"),
    ),
    "newer version": (
        pair(version=2),
        ("payment_version", "VERSION_MISMATCH", "1", "2", None, "the custodian paid by a newer announcement than we have"),
    ),
    "currency": (
        pair({"payment_currency": "EUR", "payment_amount": "20.00"}),
        ("payment_currency", "CURRENCY", "EUR", "USD", None,
         "paid in another currency: the exchange was not made, or made by the custodian"),
    ),
    "currency where we pay none": (
        pair(SHARES | {"currency": None, "payment_currency": None, "payment_amount": None}, **UNSAID | {"currency": "USD"}),
        ("payment_currency", "CURRENCY", None, "USD", None,
         "paid in another currency: the exchange was not made, or made by the custodian"),
    ),
    "gross": (
        pair(posting_amount="25.00"), ("payment_amount", "AMOUNT", "21.25", "25.00", "USD", "paid gross: no tax was withheld"),
    ),
    "amount": (
        pair(posting_amount="20.00"),
        ("payment_amount", "AMOUNT", "21.25", "20.00", "USD", "another quantity, rate or exchange rate, or a fee was taken"),
    ),
    "rate": (
        pair(withholding_tax_rate="14.5"),
        ("payment_rate", "RATE", "15", "14.5", "percent",
         "another rate was withheld: documents unknown to the custodian, or another treaty or statutory rate"),
    ),
    "security": (
        pair(isin=SAP),
        ("payment_security", "UNKNOWN_SECURITY", APPLE, SAP, None,
         "the confirmation names a security that the event does not concern"),
    ),
    "quantity": (
        pair(SHARES, **UNSAID, posting_quantity="49"),
        ("payment_quantity", "QUANTITY", "50", "49", "units",
         "another quantity was posted: another holding, ratio or fraction"),
    ),
    "early": (
        pair(posting_date="2026-03-26"),
        ("payment_date", "DATE", "2026-03-27", "2026-03-26", "days", "posted before the payment date"),
    ),
    "late": (
        pair(posting_date="2026-03-30"),
        ("payment_date", "DATE", "2026-03-27", "2026-03-30", "days", "posted after the payment date"),
    ),
    "statement does not add up": (
        {"positions": [stated()], "statements": [held(available="60")]},
        ("holdings_consistency", "INCONSISTENT_STATEMENT", None, None, None,
         "available and not available do not add up to the aggregate"),
    ),
    "statement without position": (
        {"statements": [held()]},
        ("holdings", "MISSING_OURS", None, "100", "units", "the holdings statement holds what no position told us"),
    ),
    "statement pending": (
        {"positions": [stated("90", pending_receipt_quantity="10")], "statements": [held()]},
        ("holdings", "TIMING", "90", "100", "units", "explained by pending, loaned or borrowed quantities"),
    ),
    "statement differs": (
        {"positions": [stated("90")], "statements": [held()]},
        ("holdings", "QUANTITY", "90", "100", "units", "the holdings statement and the position differ"),
    ),
    "statement leaves out": (
        {"positions": [stated(), stated("7", isin=SAP)], "statements": [held()]},
        ("holdings", "MISSING_THEIRS", "7", None, "units", "the custodian's statement of 2026-03-16 does not hold the security"),
    ),
    "lots pending": (
        {"positions": [stated("90", pending_receipt_quantity="10")], "lots": {APPLE: 100}},
        ("lots", "TIMING", "100", "90", "units", "explained by pending, loaned or borrowed quantities"),
    ),
    "lots of a trade": (
        {"positions": [stated("90")], "lots": {APPLE: 100}, "trades": [traded("10", "2026-03-17")]},
        ("lots", "TIMING", "100", "90", "units", "explained by what is not in the statement yet: trade T-1"),
    ),
    "lots nobody states": (
        {"lots": {APPLE: 100}},
        ("lots", "MISSING_THEIRS", "100", None, "units", "lots are open, no custodian states the security"),
    ),
    "position without lots": (
        {"positions": [stated()], "lots": {}},
        ("lots", "MISSING_OURS", "0", "100", "units", "a position without lots: its trades were not fed"),
    ),
    "lots differ": (
        {"positions": [stated("90")], "lots": {APPLE: 100}},
        ("lots", "QUANTITY", "100", "90", "units", "trades and statements differ"),
    ),
    "borrowed": (
        {"positions": [stated(borrowed_quantity="101")]},
        ("consistency", "INCONSISTENT_STATEMENT", None, None, None, "more is borrowed than the settled quantity holds"),
    ),
    "less than nothing": (
        {"positions": [stated(pending_delivery_quantity="101")]},
        ("consistency", "INCONSISTENT_STATEMENT", None, None, None,
         "settled, pending, loaned and borrowed quantities add up to less than zero"),
    ),
    "stale": (
        {"positions": [stated(), stated("1", "2026-03-01", safekeeping_place="OTHER")]},
        ("statement", "STALE_STATEMENT", None, None, None,
         "last stated 2026-03-01, CUSTODIAN-A's newest statement is of 2026-03-16"),
    ),
    "second source": (
        {"positions": [stated()], "second_sources": [stated("90", source="CUSTODIAN-B")]},
        ("source", "DUPLICATE", "100", "90", "units",
         "CUSTODIAN-A reports this place already: what CUSTODIAN-B says changes nothing"),
    ),
    "security not known": (
        {"positions": [stated()], "securities": frozenset({SAP})},
        ("security", "UNKNOWN_SECURITY", None, None, None,
         "no security record: a new issue, a changed ISIN, or another's holding"),
    ),
    "entitled without statement": (
        {"entitlements": [entitled()]},
        ("entitlement", "MISSING_THEIRS", "100", None, "units", "no statement up to the record date any more"),
    ),
    "statement changed": (
        {"positions": [stated("90")], "entitlements": [entitled()]},
        ("entitlement", "QUANTITY", "100", "90", "units", "a statement came or changed after the calculation"),
    ),
    "holder without entitlement": (
        {"positions": [stated()], "calculated_events": [calculated()]},
        ("entitlement", "MISSING_OURS", None, "100", "units",
         "a holder without entitlement: its account or rate is unknown, or it came late"),
    ),
    "one event twice": (
        {"positions": [stated()], "entitlements": [entitled(), entitled(event_id="CA-2")]},
        ("duplicate", "DUPLICATE", None, None, None, "CA-1 has the same type, dates and amounts"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BREAKS)
def test_a_break_says_in_words_what_differs_and_why(case):
    parts, expected = BREAKS[case]
    (each,) = report_of(**parts)["breaks"]
    names = ("kind", "code", "ours", "theirs", "unit", "likely_cause")
    assert tuple(each[name] for name in names) == expected


def test_an_amount_that_the_custodians_own_rate_explains_is_said_so_beside_the_rate():
    found = report_of(**pair(posting_amount="17.50", withholding_tax_rate="30"))["breaks"]
    assert {each["kind"]: each["likely_cause"] for each in found}["payment_amount"] == (
        "explained by the rate that the custodian withheld"
    )


@pytest.mark.parametrize("basis", ["TRAD", "CONT"])
@pytest.mark.parametrize(("settled", "codes"), [("90", []), ("100", ["TIMING"]), ("80", ["QUANTITY"])])
def test_a_statement_of_what_is_traded_is_compared_with_what_is_owned_once_all_pending_settles(basis, settled, codes):
    positions = [stated(settled, pending_receipt_quantity="10")]
    found = report_of(positions=positions, statements=[held(available=None, not_available=None, basis=basis)])["breaks"]
    assert [each["code"] for each in found if each["kind"] == "holdings"] == codes


@pytest.mark.parametrize(("quantity", "code"), [("10", "TIMING"), ("9", "QUANTITY"), ("-10", "QUANTITY")])
def test_a_settled_trade_explains_a_holdings_statement_only_as_the_whole_difference(quantity, code):
    trades = [traded(quantity, "2026-03-16")]
    found = report_of(positions=[stated("90", "2026-03-13")], statements=[held()], lots={APPLE: 100}, trades=trades)[
        "breaks"
    ]
    (of_statement,) = (each for each in found if each["kind"] == "holdings")
    explained = of_statement["likely_cause"] == "explained by what settled after the position: trade T-1"
    assert (of_statement["code"], explained) == (code, code == "TIMING")


@pytest.mark.parametrize("case", BREAKS)
def test_a_break_names_the_security_the_event_and_the_option_that_it_concerns(case):
    """A payment that is not due concerns the event and the option that its confirmation names: that event's security is not known."""
    (each,) = report_of(**BREAKS[case][0])["breaks"]
    named = {name: each[name] for name in ("isin", "corporate_action_event_id", "option_number") if name in each}
    security = {"isin": SAP if case == "statement leaves out" else APPLE}
    event = {"corporate_action_event_id": "CA-2" if each["kind"] == "duplicate" else "CA-1"}
    if each["kind"].startswith("payment"):
        assert named == event | {"option_number": "001"} | ({} if each["code"] == "MISSING_OURS" else security)
    else:
        assert named == security | (event if each["kind"] in ("entitlement", "duplicate") else {})
