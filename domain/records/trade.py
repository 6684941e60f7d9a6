"""Trades: they open and relieve tax lots, and never change positions."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Annotated, Any, ClassVar

from domain.numbers.exact import EXACT, plain
from domain.numbers.money import round_amount
from domain.records.declared import Currency, Day, Identifier, Isin, Number, SignedNumber, Whole, among, optional
from domain.records.fields import Fields

_FUNCTION = among("NEWM", "REPL", "CANC")
_QUANTITY_TYPE = among("UNIT", "FAMT")


def _breakdown(fields: Fields, name: str) -> tuple[tuple[str, Decimal], ...]:
    if not fields.has(name):
        return ()
    return tuple((line.text("lot_id"), line.needed_decimal("quantity")) for line in fields.objects(name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A buy or sell. A cancellation (`function` CANC) needs the trade's id and account only: its terms are then None or empty.

    `quantity` is a number of units (`quantity_type` UNIT or empty) or a face amount (FAMT). `price` is per unit in `currency` (`price_type`
    ACTU or empty) or in percent of the face amount (PRCT, 90A), always without accrued interest. `settlement_amount` (19A SETT) is the
    whole amount, with accrued interest, and goes before quantity times price. `accrued_interest` (19A ACRU, in `currency`) is paid by the
    buyer; below zero, as for a bond traded ex coupon, by the seller.
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
    quantity_type: Annotated[str, _QUANTITY_TYPE] = ""
    price: Number = Decimal(0)
    price_type: Annotated[str, among("ACTU", "PRCT")] = ""
    settlement_amount: Number | None = None
    accrued_interest: SignedNumber = Decimal(0)
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
        """Cost of a buy, proceeds of a sell: without accrued interest, at the currency's minor unit (domain rules, "Lots", "Prices").

        Accrued interest comes back to the buyer and is the seller's interest: IRS Publication 550, "Bonds Sold Between Interest Dates".
        """
        if self.settlement_amount is None:
            return round_amount(self._price_paid, self.currency)
        return round_amount(Fraction(self.settlement_amount) - Fraction(self.accrued_interest), self.currency)

    @property
    def settled_amount(self) -> Decimal:
        """Return what is paid on settlement: with accrued interest, at the currency's minor unit."""
        if self.settlement_amount is None:
            return round_amount(self._price_paid + Fraction(self.accrued_interest), self.currency)
        return round_amount(self.settlement_amount, self.currency)

    @property
    def _price_paid(self) -> Fraction:
        return Fraction(self.quantity) * Fraction(self.price) / (100 if self.price_type == "PRCT" else 1)

    @staticmethod
    def needs(fields: Fields) -> tuple[str, ...]:
        """Return what a trade needs unless it is cancelled: of a face amount also what its price is of. Raises RecordError."""
        if _FUNCTION(fields, "function", "NEWM") == "CANC":
            return ()
        terms = "isin", "side", "trade_date", "quantity", "currency"
        if fields.decimal("settlement_amount", required=False) is not None:
            return terms
        of_face = _QUANTITY_TYPE(fields, "quantity_type", "") == "FAMT"
        return *terms, "price", *(("price_type",) if of_face else ())

    @staticmethod
    def check(fields: Fields, trade: dict[str, Any]) -> None:
        """Raise RecordError for no quantity or amount, lots that do not add up to the quantity, or conditions that exclude each other."""
        quantity, breakdown = trade["quantity"], trade["quantity_breakdown"]
        if trade["function"] != "CANC" and quantity == 0:
            raise fields.fail("quantity", "zero_quantity", "quantity must be above zero")
        if trade["function"] != "CANC":
            _check_amount(fields, trade)
        named = reduce(EXACT.add, (part for _, part in breakdown), Decimal(0))
        if breakdown and (named != quantity or len({lot_id for lot_id, _ in breakdown}) < len(breakdown)):
            detail = f"the lots named once each must add up to the quantity, not to {plain(named)}"
            raise fields.fail("quantity_breakdown", "breakdown_mismatch", detail)
        if {"CCPN", "XCPN"} <= set(trade["trade_transaction_conditions"]):
            detail = "a trade is dealt cum (CCPN) or ex (XCPN), not both"
            raise fields.fail("trade_transaction_conditions", "contradictory_conditions", detail)


def _check_amount(fields: Fields, trade: dict[str, Any]) -> None:
    """Raise RecordError if no amount follows from the price, or if accrued interest alone is more than the whole amount."""
    settled = trade["settlement_amount"]
    if settled is None and trade["price_type"] == "PRCT" and trade["quantity_type"] != "FAMT":
        detail = "a price in percent (PRCT) is of a face amount, and the quantity is of units: give FAMT or settlement_amount"
        raise fields.fail("quantity_type", "percent_of_units", detail)
    if settled is not None and trade["accrued_interest"] > settled:
        detail = f"{plain(trade['accrued_interest'])} is more than the settlement_amount {plain(settled)}, of which it is a part"
        raise fields.fail("accrued_interest", "interest_above_amount", detail)
