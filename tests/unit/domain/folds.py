"""Folding lots from feed records, for tests of methods and regimes: short trades in, what became of them out."""

from datetime import date, timedelta
from fractions import Fraction

from domain.corporate_actions import LotTreatment, Outturn
from domain.lots import AccountPart, LotEffect, fold_accounts, lot_effects, read_lot
from domain.records import parse_record
from tests.unit.domain.facts import APPLE, TOYOTA, event, trade

FIRST = date(2025, 1, 6)


def on(day):
    """The date of a day's number, 0 the first."""
    return (FIRST + timedelta(days=day)).isoformat()


def buy(trade_id, quantity, day, price="10", **changes):
    return trade(trade_id, "BUY", str(quantity), on(day), str(price), **changes)


def sell(trade_id, quantity, day, price="10", **changes):
    return trade(trade_id, "SELL", str(quantity), on(day), str(price), **changes)


def split(numerator, denominator, day, event_id="CA", event_type="SPLF", **more):
    """A split that leaves fractions in the lots, unless `more` says otherwise."""
    option = {"new_to_old": {"numerator": str(numerator), "denominator": str(denominator)}}
    option |= {"fraction_disposition": "DIST"} | more
    return event(event_type, option, ex_date=on(day), corporate_action_event_id=event_id)


def exercise_of_rights(day):
    """Each right (an ISIN of its own, TOYOTA here) becomes a share for a subscription of 5."""
    out = Outturn(isin_out=APPLE, ratio=Fraction(1), price=Fraction(5), lots=LotTreatment.EXERCISE)
    at = FIRST + timedelta(days=day)
    return LotEffect("EX", at, TOYOTA, "001", "USD", LotTreatment.EXERCISE, out, Fraction(1))


def effects_of(raw):
    return lot_effects(parse_record(raw)[0])


def fold(*records, method="FIFO", regime="", lots=(), effects=(), shorts=False):
    """The LotFold of one account's feed records, with effects beside."""
    parsed = [parse_record(raw)[0] for raw in records]
    trades = [each for each in parsed if each.record_type == "trade"]
    effects = [
        *effects,
        *(effect for each in parsed if each.record_type == "corporate_action" for effect in lot_effects(each)),
    ]
    part = AccountPart("ACC-1", method, regime, trades, effects, [read_lot(raw) for raw in lots], shorts)
    return fold_accounts([part])["ACC-1"]


def opening(lot_id, quantity, basis, day, **changes):
    own = {"lot_id": lot_id, "quantity": str(quantity), "cost_basis": basis, "acquisition_date": on(day)}
    return own | {"safekeeping_account": "ACC-1", "isin": APPLE, "currency": "USD"} | changes


def open_lots(result):
    """lot_id -> (quantity, basis), as printed."""
    rows = [lot.to_json() for lot in result.lots if lot.closed_at is None]
    return {row["lot_id"]: (row["quantity"], row["cost_basis"]) for row in rows}


def realised(result, *names):
    """These fields of every realised row."""
    return [tuple(row.to_json()[name] for name in names) for row in result.realised]
