"""Trades: they open and relieve tax lots, and never change positions."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Annotated, Any, ClassVar

from domain.numbers.exact import EXACT, plain
from domain.numbers.money import round_amount
from domain.records.declared import Currency, Day, Identifier, Isin, Number, Whole, among, optional
from domain.records.fields import Fields

_FUNCTION = among("NEWM", "REPL", "CANC")


def _breakdown(fields: Fields, name: str) -> tuple[tuple[str, Decimal], ...]:
    if not fields.has(name):
        return ()
    return tuple((line.text("lot_id"), line.needed_decimal("quantity")) for line in fields.objects(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A buy or sell. A cancellation (`function` CANC) needs the trade's id and account only: its terms are then None or empty.

    `price` is per unit in `currency`; `settlement_amount` (19A SETT) is the whole amount and goes before quantity times price.
    `effective_settlement_date` (98A ESET) is when it did settle. `matching_status` is empty where nobody said: a trade is then taken as
    matched. `trade_transaction_conditions` (22F TTCO): CCPN and XCPN say that it was dealt cum or ex whatever its date, NOMC that its
    parties want no market claim; other codes are kept.
    `quantity_breakdown` names (lot_id, quantity) for the SPECIFIC method (13B LOTS), each lot once, adding up to the quantity.
    """

    record_type: ClassVar[str] = "trade"
    trade_id: Identifier
    safekeeping_account: Identifier
    function: Annotated[str, _FUNCTION] = "NEWM"
    isin: Isin = ""
    side: Annotated[str, among("BUY", "SELL")] = ""
    trade_date: Day | None = None
    settlement_date: Day | None = None
    quantity: Number = Decimal(0)
    price: Number = Decimal(0)
    settlement_amount: Number | None = None
    currency: Currency = ""
    quantity_breakdown: Annotated[tuple[tuple[str, Decimal], ...], optional(_breakdown)] = ()
    effective_settlement_date: Day | None = None
    matching_status: Annotated[str, among("MACH", "NMAT")] = ""
    trade_transaction_conditions: Annotated[tuple[str, ...], optional(Fields.codes)] = ()
    sequence: Whole = 0

    @property
    def identity(self) -> str:
        """Return the trade's own number."""
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

    @staticmethod
    def needs(fields: Fields) -> tuple[str, ...]:
        """Return what a trade needs unless it is cancelled. Raises RecordError."""
        if _FUNCTION(fields, "function", "NEWM") == "CANC":
            return ()
        priced = fields.decimal("settlement_amount", required=False) is not None
        return "isin", "side", "trade_date", "quantity", "currency", *(() if priced else ("price",))

    @staticmethod
    def check(fields: Fields, trade: dict[str, Any]) -> None:
        """Raise RecordError for no quantity, lots that do not add up to it, or conditions that exclude each other."""
        quantity, breakdown = trade["quantity"], trade["quantity_breakdown"]
        if trade["function"] != "CANC" and quantity == 0:
            raise fields.fail("quantity", "zero_quantity", "quantity must be above zero")
        named = reduce(EXACT.add, (part for _, part in breakdown), Decimal(0))
        if breakdown and (named != quantity or len({lot_id for lot_id, _ in breakdown}) < len(breakdown)):
            detail = f"the lots named once each must add up to the quantity, not to {plain(named)}"
            raise fields.fail("quantity_breakdown", "breakdown_mismatch", detail)
        if {"CCPN", "XCPN"} <= set(trade["trade_transaction_conditions"]):
            detail = "a trade is dealt cum (CCPN) or ex (XCPN), not both"
            raise fields.fail("trade_transaction_conditions", "contradictory_conditions", detail)
