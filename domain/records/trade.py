"""Trades: they open and relieve tax lots, and never change positions."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import ClassVar

from domain.numbers.exact import EXACT, plain
from domain.numbers.money import round_amount
from domain.records.fields import Fields

FUNCTIONS = ("NEWM", "REPL", "CANC")
MATCHING_STATUSES = ("MACH", "NMAT")


@dataclass(frozen=True, slots=True)
class Trade:
    """A buy or sell. A cancellation (`function` CANC) needs the trade's id and account only: its terms are then None or empty.

    `price` is per unit in `currency`; `settlement_amount` (19A SETT) is the whole amount and goes before quantity times price.
    `effective_settlement_date` (98A ESET) is when it did settle. `matching_status` is empty where nobody said: a trade is then taken as
    matched. `trade_transaction_conditions` (22F TTCO): CCPN and XCPN say that it was dealt cum or ex whatever its date, NOMC that its
    parties want no market claim; other codes are kept.
    `quantity_breakdown` names (lot_id, quantity) for the SPECIFIC method (13B LOTS), each lot once, adding up to the quantity.
    """

    record_type: ClassVar[str] = "trade"
    trade_id: str
    safekeeping_account: str
    function: str
    isin: str
    side: str
    trade_date: date | None
    settlement_date: date | None
    quantity: Decimal
    price: Decimal
    settlement_amount: Decimal | None
    currency: str
    quantity_breakdown: tuple[tuple[str, Decimal], ...]
    effective_settlement_date: date | None
    matching_status: str
    trade_transaction_conditions: tuple[str, ...]
    sequence: int

    @property
    def identity(self) -> str:
        """The trade's own number."""
        return self.trade_id

    @property
    def amount(self) -> Decimal:
        """Cost of a buy, proceeds of a sell, at the currency's minor unit (domain rules, "Lots")."""
        exact = (
            Fraction(self.settlement_amount)
            if self.settlement_amount is not None
            else Fraction(self.quantity) * Fraction(self.price)
        )
        return round_amount(exact, self.currency)


def parse_trade(fields: Fields) -> Trade:
    """Reads a trade record. Raises RecordError."""
    function = fields.text("function", required=False, among=FUNCTIONS, default="NEWM")
    terms = function != "CANC"
    settlement_amount = fields.decimal("settlement_amount", required=False)
    quantity = fields.decimal("quantity", required=terms) or Decimal(0)
    if terms and quantity == 0:
        raise fields.fail("quantity", "zero_quantity", "quantity must be above zero")
    breakdown = _breakdown(fields)
    named = reduce(EXACT.add, (part for _, part in breakdown), Decimal(0))
    if breakdown and (named != quantity or len({lot_id for lot_id, _ in breakdown}) < len(breakdown)):
        detail = f"the lots named once each must add up to the quantity, not to {plain(named)}"
        raise fields.fail("quantity_breakdown", "breakdown_mismatch", detail)
    conditions = fields.codes("trade_transaction_conditions")
    if {"CCPN", "XCPN"} <= set(conditions):
        detail = "a trade is dealt cum (CCPN) or ex (XCPN), not both"
        raise fields.fail("trade_transaction_conditions", "contradictory_conditions", detail)
    return Trade(
        trade_id=fields.identifier("trade_id"),
        safekeeping_account=fields.identifier("safekeeping_account"),
        function=function,
        isin=fields.isin("isin", required=terms),
        side=fields.text("side", required=terms, among=("BUY", "SELL")),
        trade_date=fields.date("trade_date", required=terms),
        settlement_date=fields.date("settlement_date", required=False),
        quantity=quantity,
        price=fields.decimal("price", required=terms and settlement_amount is None) or Decimal(0),
        settlement_amount=settlement_amount,
        currency=fields.currency("currency", required=terms),
        quantity_breakdown=breakdown,
        effective_settlement_date=fields.date("effective_settlement_date", required=False),
        matching_status=fields.text("matching_status", required=False, among=MATCHING_STATUSES),
        trade_transaction_conditions=conditions,
        sequence=fields.integer("sequence", default=0),
    )


def _breakdown(fields: Fields) -> tuple[tuple[str, Decimal], ...]:
    if not fields.has("quantity_breakdown"):
        return ()
    return tuple(
        (line.text("lot_id"), line.needed_decimal("quantity")) for line in fields.objects("quantity_breakdown")
    )
