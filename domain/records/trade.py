"""Trades: they open and relieve tax lots, and never change positions."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, ClassVar

from domain.numbers.exact import plain
from domain.numbers.money import round_amount
from domain.records.declared import (
    Currency,
    Day,
    Identifier,
    Isin,
    Meaning,
    Needs,
    Number,
    SequenceNumber,
    SignedNumber,
    among,
    optional,
)
from domain.records.fields import Fields
from domain.records.named_lots import LotQuantity, check_named_lots
from domain.records.shapes import CODES
from domain.records.unread import UnreadFields

_CANCELLED = {"function": ("CANC",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A buy or sell; a cancelled one (`function` CANC) has no terms."""

    record_type: ClassVar[str] = "trade"
    needs: ClassVar[tuple[Needs, ...]] = (
        Needs(("isin", "side", "trade_date", "quantity", "currency"), unless=_CANCELLED),
        Needs(("price",), unless=_CANCELLED | {"settlement_amount": ()}),
        Needs(("price_type",), when={"quantity_type": ("FAMT",)}, unless=_CANCELLED | {"settlement_amount": ()}),
    )
    trade_id: Annotated[Identifier, Meaning("number of the trade, and of the lot that a buy opens")]
    safekeeping_account: Annotated[Identifier, Meaning("account that trades", source="97A SAFE")]
    function: Annotated[str, among("NEWM", "REPL", "CANC"), Meaning("new, replaced or cancelled", source="23G")] = (
        "NEWM"
    )
    isin: Annotated[Isin, Meaning("security traded", source="35B")] = ""
    side: Annotated[str, among("BUY", "SELL"), Meaning("of the account", source="22H BUSE")] = ""
    trade_date: Annotated[Day, Meaning("day of the deal: of acquisition and sale", source="98A TRAD")] | None = None
    settlement_date: Annotated[Day, Meaning("day on which it should settle", source="98A SETT")] | None = None
    quantity: Annotated[Number, Meaning("traded, above zero", "units, or face amount (FAMT)", "36B SETT")] = Decimal(0)
    quantity_type: Annotated[
        str, among("UNIT", "FAMT"), Meaning("what quantity counts: units, or face amount; absent: units", source="36B")
    ] = ""
    price: Annotated[
        Number,
        Meaning(
            "without accrued interest", "currency per unit (ACTU), or percent of the face amount (PRCT)", "90a DEAL"
        ),
    ] = Decimal(0)
    price_type: Annotated[
        str, among("ACTU", "PRCT"), Meaning("what price is of; absent: per unit", source="90a DEAL")
    ] = ""
    settlement_amount: (
        Annotated[
            Number,
            Meaning("whole amount, with accrued interest; goes before quantity times price", "currency", "19A SETT"),
        ]
        | None
    ) = None
    accrued_interest: Annotated[
        SignedNumber,
        Meaning("paid by the buyer; below zero by the seller: no part of the basis", "currency", "19A ACRU"),
    ] = Decimal(0)
    currency: Annotated[Currency, Meaning("of price and amounts")] = ""
    quantity_breakdown: Annotated[
        tuple[LotQuantity, ...],
        Meaning("lots sold under SPECIFIC, each once: they add up to quantity", source="13B LOTS"),
    ] = ()
    effective_settlement_date: Annotated[Day, Meaning("day on which it did settle", source="98A ESET")] | None = None
    matching_status: Annotated[
        str, among("MACH", "NMAT"), Meaning("matched or not; absent: taken as matched", source="25D MTCH")
    ] = ""
    trade_transaction_conditions: Annotated[
        tuple[str, ...],
        optional(Fields.codes, CODES),
        Meaning(
            "dealt cum (CCPN) or ex (XCPN) whatever its date, no market claim (NOMC); others are kept",
            source="22F TTCO",
        ),
    ] = ()
    sequence: SequenceNumber = 0
    unread: UnreadFields = ()

    @property
    def identity(self) -> str:
        """Return the trade's own number."""
        return self.trade_id

    @property
    def amount(self) -> Decimal:
        """Cost of a buy, proceeds of a sell: without accrued interest, at the currency's minor unit (domain rules, "Lots", "Prices").

        Accrued interest comes back to the buyer and is the seller's interest: IRS Publication 550, "Bonds Sold Between Interest Dates".
        """
        return round_amount(self.unrounded_amount, self.currency)

    @property
    def unrounded_amount(self) -> Fraction:
        """Return `amount` before it is rounded."""
        if self.settlement_amount is None:
            return self._price_paid
        return Fraction(self.settlement_amount) - Fraction(self.accrued_interest)

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
    def check(fields: Fields, trade: dict[str, Any]) -> None:
        """Raise RecordError for no quantity or amount, lots that do not add up to the quantity, or conditions that exclude each other."""
        quantity = trade["quantity"]
        if trade["function"] != "CANC" and quantity == 0:
            raise fields.fail("quantity", "zero_quantity", "quantity must be above zero")
        if trade["function"] != "CANC":
            _check_amount(fields, trade)
        check_named_lots(fields, "quantity_breakdown", trade["quantity_breakdown"], quantity)
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
