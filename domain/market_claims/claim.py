"""Market claims and reverse claims: proceeds that went to the wrong side of a trade, put right between buyer and seller.

Dealt cum, settled after the record date: the holder of record was the seller, the buyer is due. Dealt ex, settled by the record date:
the buyer was of record, the seller is due. Due bills (an ex-date after the payment date) are the first case.

Sources: domain.market_claims.key_dates.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.corporate_actions.reading import pays_on_face_amount
from domain.entitlements import PreparedEvent
from domain.market_claims.key_dates import KeyDates, is_opted_out
from domain.market_claims.proceeds import Proceeds, proceeds_of
from domain.numbers.exact import EXACT, plain, ratio_json
from domain.records import Trade

MARKET_CLAIM, REVERSE_CLAIM = "MARKET_CLAIM", "REVERSE_CLAIM"


@dataclass(frozen=True, slots=True)
class MarketClaim:
    """`sign` is 1 where the account is credited, -1 where it is debited."""

    prepared: PreparedEvent
    option_number: str
    trade: Trade
    claim_type: str
    sign: int
    proceeds: Proceeds
    dates: KeyDates

    @property
    def market_claim_amount(self) -> Decimal:
        """Cash and cash in lieu, credit positive."""
        amount = EXACT.add(self.proceeds.cash, self.proceeds.cash_in_lieu_amount)
        return amount if self.sign > 0 else EXACT.minus(amount)

    @property
    def quantity(self) -> Fraction:
        """Return the units of the new securities; where cash alone is paid, the trade's own quantity. Credit positive."""
        return self.sign * (self.proceeds.securities if self.proceeds.isin_out else Fraction(self.trade.quantity))

    @property
    def _is_face_amount(self) -> bool:
        """Return True if the quantity is a face amount in money (36B FAMT), not units: cash is claimed on debt."""
        option = self.prepared.options[self.option_number].option
        return not self.proceeds.isin_out and pays_on_face_amount(option)

    def to_json(self) -> dict[str, Any]:
        """Decimals as exact strings, absent texts as null."""
        event, proceeds = self.prepared.event, self.proceeds
        return {
            "trade_id": self.trade.trade_id,
            "corporate_action_event_id": event.corporate_action_event_id,
            "version": event.version,
            "option_number": self.option_number,
            "claim_type": self.claim_type,
            "safekeeping_account": self.trade.safekeeping_account,
            "isin": event.isin,
            "isin_out": proceeds.isin_out or None,
            "quantity": plain(self.quantity),
            "quantity_ratio": ratio_json(self.quantity),
            "quantity_type": "FAMT" if self._is_face_amount else "UNIT",
            "securities_movements": proceeds.movements(self.sign),
            "market_claim_amount": str(self.market_claim_amount),
            "currency": proceeds.currency or None,
            "payment_date": event.payment_date.isoformat() if event.payment_date else None,
        }


def detect_claim(prepared: PreparedEvent, option_number: str, dates: KeyDates, trade: Trade) -> MarketClaim | None:
    """Return the claim on a distribution for a matched trade of its security, None where none is due. Raises Held."""
    if is_opted_out(trade):
        return None
    claim_type = _claim_type(dates, trade)
    proceeds = proceeds_of(prepared, option_number, trade.quantity) if claim_type else None
    if proceeds is None or proceeds.is_nothing:
        return None
    sign = 1 if (trade.side == "BUY") == (claim_type == MARKET_CLAIM) else -1
    return MarketClaim(prepared, option_number, trade, claim_type, sign, proceeds, dates)


def _claim_type(dates: KeyDates, trade: Trade) -> str:
    """Empty where who was of record is who is due. Raises Held."""
    if dates.settles_in_time(trade):
        return REVERSE_CLAIM if dates.dealt_ex_for_this(trade) else ""
    return MARKET_CLAIM if dates.pends_cum(trade) else ""
