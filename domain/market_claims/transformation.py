"""Transformations: a pending trade in a security that an event replaces is to settle in what replaces it.

Cum trades that are unsettled at the end of the record date (else of the effective date) are cancelled and replaced by trades in the new
security for the same settlement amount; fractions are dealt with trade by trade. A trade dealt ex is in the new terms already. An opt-out
from market claims (NOMC) is none from this. Source: T2S Corporate Actions Standards, "Transformations"; CAJWG standards likewise.
"""

from dataclasses import dataclass
from typing import Any

from domain.entitlements import PreparedEvent
from domain.market_claims.key_dates import KeyDates
from domain.market_claims.proceeds import Proceeds, proceeds_of
from domain.numbers.exact import plain, ratio_json
from domain.records import Trade


@dataclass(frozen=True, slots=True)
class Transformation:
    """A trade and what its quantity becomes by the option."""

    prepared: PreparedEvent
    option_number: str
    trade: Trade
    proceeds: Proceeds
    dates: KeyDates

    def to_json(self) -> dict[str, Any]:
        """Return the JSON row: quantities are the new trade's, without sign; cash beside it is in the option's currency."""
        event, trade, proceeds = self.prepared.event, self.trade, self.proceeds
        return {
            "trade_id": trade.trade_id,
            "corporate_action_event_id": event.corporate_action_event_id,
            "version": event.version,
            "option_number": self.option_number,
            "safekeeping_account": trade.safekeeping_account,
            "side": trade.side,
            "isin": event.isin,
            "isin_out": proceeds.isin_out or None,
            "old_quantity": plain(trade.quantity),
            "quantity": plain(proceeds.securities),
            "quantity_ratio": ratio_json(proceeds.securities),
            "fraction_quantity": plain(proceeds.disposed.fraction),
            "securities_movements": proceeds.movements(),
            "settlement_amount": str(trade.settled_amount),
            "settlement_currency": trade.currency,
            "cash_amount": str(proceeds.cash),
            "cash_in_lieu_amount": str(proceeds.cash_in_lieu_amount),
            "currency": proceeds.currency or None,
        }


def transform(prepared: PreparedEvent, option_number: str, dates: KeyDates, trade: Trade) -> Transformation | None:
    """Return what a matched trade of the replaced security becomes, None where it settles as it is. Raises Held."""
    if not dates.pends_cum(trade):
        return None
    return Transformation(prepared, option_number, trade, proceeds_of(prepared, option_number, trade.quantity), dates)
