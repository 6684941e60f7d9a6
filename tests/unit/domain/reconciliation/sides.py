"""Facts of one account as reconciliation takes them: small, agreeing with one another, and changed by keyword."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.reconciliation import AccountFacts, CalculatedEvent, CurrentEntitlement, PendingTrade, reconcile
from domain.records import parse_record
from tests.unit.domain.facts import APPLE, position

DAY = date(2026, 3, 30)
PAID = "2026-03-27"
DIVIDEND = {
    "corporate_action_event_id": "CA-1", "option_number": "001", "version": 1, "revision": 1, "isin": APPLE, "event_type": "DVCA",
    "eligible_quantity": "100", "debited_quantity": "0", "entitled_quantity": "0", "gross_amount": "25.00", "net_amount": "21.25",
    "withholding_tax_rate": "15", "cash_in_lieu_amount": "0.00", "subscription_amount": "0.00", "securities_movements": [], "currency": "USD", "payment_currency": "USD", "payment_amount": "21.25",
    "record_date": "2026-03-16", "payment_date": PAID, "payment_status": "EXPECTED", "rules_version": "r",
}  # fmt: skip


def stated(quantity="100", as_of="2026-03-16", **changes):
    return parse_record(position(quantity, as_of, **changes))[0]


def entitled(quantity="100", on="2026-03-16", event_id="CA-1", **changes):
    row = {"eligible_quantity": quantity, "record_date": on, "corporate_action_event_id": event_id}
    whole = DIVIDEND | row | changes
    moves = Decimal(whole["net_amount"]) + Decimal(whole["cash_in_lieu_amount"]) - Decimal(whole["subscription_amount"])
    whole.setdefault("entitled_amount", str(moves))
    if whole["payment_currency"] == whole["currency"] and "payment_amount" not in changes:
        whole["payment_amount"] = whole["entitled_amount"]
    return CurrentEntitlement.from_json(whole)


def confirmed(**changes):
    names = {"corporate_action_event_id": "CA-1", "safekeeping_account": "ACC-1", "option_number": "001"}
    said = {"posting_amount": "21.25", "posting_date": PAID, "currency": "USD", "withholding_tax_rate": "15"}
    return parse_record({"record_type": "confirmation", **names, **said, **changes})[0]


def held(aggregate="100", as_of="2026-03-16", **changes):
    """A line of a holdings statement."""
    where = {"safekeeping_account": "ACC-1", "isin": APPLE, "safekeeping_place": "DTCYUS33", "as_of_date": as_of}
    said = {"aggregate": aggregate, "available": aggregate, "not_available": "0", "source": "CUSTODIAN-A"}
    return parse_record({"record_type": "statement", **where, **said, **changes})[0]


def traded(quantity, settles, trade_id="T-1", on="2026-03-13", isin=APPLE):
    return PendingTrade(trade_id, isin, date.fromisoformat(on), date.fromisoformat(settles), Decimal(quantity))


def calculated(event_id="CA-1", on="2026-03-16", isin=APPLE):
    return CalculatedEvent(event_id, isin, date.fromisoformat(on))


def facts(*, lots=None, **parts):
    """`lots` as {isin: quantity}; the other parts as AccountFacts names them, any sequence."""
    of_lots = None if lots is None else {isin: Fraction(quantity) for isin, quantity in lots.items()}
    own = {
        name: tuple(value) if isinstance(value, (list, tuple)) else value
        for name, value in ({"confirmations_expected": False} | parts).items()
    }
    return AccountFacts("ACC-1", open_lots=of_lots, **own)


def report_of(day=DAY, calendars=None, **parts):
    return reconcile(facts(**parts), day, calendars)


def breaks(day=DAY, **parts):
    """(kind, code, difference) of each break, after a look at the totals."""
    report = report_of(day, **parts)
    totals = report["control_totals"]
    assert totals["compared"] == totals["matched"] + totals["breaks"] == totals["matched"] + len(report["breaks"])
    return [(each["kind"], each["code"], each["difference"]) for each in report["breaks"]]


def causes(**parts):
    return [each["likely_cause"] for each in report_of(**parts)["breaks"]]
