"""An account's lots while they are folded: opened by buys, relieved by sells, changed by events."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.exact import EXACT, plain
from domain.lots.lot import Lot, Realised, holding_term
from domain.lots.relief import ReliefNotSupported, relieve
from domain.money import round_amount
from domain.records import Trade


@dataclass(frozen=True, slots=True)
class RefusedTrade:
    """A trade that changes nothing, with the reason; retried whenever the lots change."""

    trade: Trade
    reason: str
    field: str
    detail: str
    short_by: Fraction


@dataclass(frozen=True, slots=True)
class UnadjustedEvent:
    """An event that leaves these lots as they were, since its announcement does not say what becomes of their fraction."""

    event_id: str
    field: str
    detail: str


@dataclass(slots=True)
class Book:
    """`lots` by lot_id, closed ones too; what was `realised`, `refused` and left `unadjusted`, in the order of the fold."""

    method: str
    lots: dict[str, Lot]
    realised: list[Realised] = field(default_factory=list)
    refused: list[RefusedTrade] = field(default_factory=list)
    unadjusted: list[UnadjustedEvent] = field(default_factory=list)

    def open_lots(self, isin: str) -> list[Lot]:
        """Lots of the security with a quantity left, in the order in which they came."""
        return [lot for lot in self.lots.values() if lot.isin == isin and lot.quantity > 0 and lot.closed_at is None]

    def lots_before(self, isin: str, on: date, not_opened_by: str = "") -> list[Lot]:
        """Open lots of the security acquired before a day; without those that `not_opened_by`, an event, made itself."""
        lots = (lot for lot in self.open_lots(isin) if lot.acquisition_date < on)
        return [lot for lot in lots if not not_opened_by or lot.opened_by != not_opened_by]

    def buy(self, trade: Trade) -> None:
        """Opens a lot, or refuses the trade where a lot of its id is there."""
        assert trade.trade_date is not None
        if trade.trade_id in self.lots:
            self.refuse(trade, "duplicate_lot_id", "trade_id", f"a lot {trade.trade_id} is there already")
            return
        self.lots[trade.trade_id] = Lot(
            lot_id=trade.trade_id,
            parent_lot_id="",
            safekeeping_account=trade.safekeeping_account,
            isin=trade.isin,
            acquisition_date=trade.trade_date,
            holding_period_start=trade.trade_date,
            quantity=Fraction(trade.quantity),
            cost_basis=trade.amount,
            currency=trade.currency,
            opened_by=trade.trade_id,
        )

    def sell(self, trade: Trade) -> None:
        """Relieves lots by the account's method, or refuses the trade whole."""
        assert trade.trade_date is not None
        wanted = Fraction(trade.quantity)
        held = [lot for lot in self.open_lots(trade.isin) if lot.acquisition_date <= trade.trade_date]
        try:
            taken = relieve(held, wanted, self.method, trade.quantity_breakdown)
        except ReliefNotSupported as error:
            self.refuse(trade, "relief_method_not_supported", "relief_method", str(error))
            return
        short_by = wanted - sum((part for _, part in taken), Fraction(0))
        if short_by > 0:
            detail = f"the open lots of {trade.isin} are short by {plain(short_by)}"
            self.refuse(trade, "insufficient_lots", "quantity", detail, short_by)
            return
        other = next((lot for lot, _ in taken if lot.currency != trade.currency), None)
        if other:
            detail = f"lot {other.lot_id} is in {other.currency}, and no exchange rate says what it realises"
            self.refuse(trade, "currency_mismatch", "currency", detail)
            return
        self.realise(taken, trade.amount, trade.trade_date, trade.trade_id)

    def refuse(self, trade: Trade, reason: str, at_fault: str, detail: str, short_by: Fraction = Fraction(0)) -> None:
        """Notes a trade that changes nothing; `at_fault` is the record's field, `short_by` the units missing."""
        self.refused.append(RefusedTrade(trade, reason, at_fault, detail, short_by))

    def relieve(self, lots: Sequence[Lot], quantity: Fraction) -> list[tuple[Lot, Fraction]]:
        """Which of these lots an event takes a quantity from: by the account's method, FIFO where that orders no lots."""
        return relieve(lots, quantity, self.method if self.method in ("FIFO", "LIFO", "HIFO") else "FIFO")

    def realise(self, taken: Sequence[tuple[Lot, Fraction]], amount: Decimal, on: date, closed_by: str) -> None:
        """Closes these parts for an amount in the lots' currency: a sale, or an event's cash.

        Proceeds follow quantity; the last part takes the rounding, so that they add up to the amount.
        """
        total = sum((part for _, part in taken), Fraction(0))
        left = amount
        for index, (lot, part) in enumerate(taken):
            last = index == len(taken) - 1
            proceeds = left if last else round_amount(Fraction(amount) * part / total, lot.currency)
            left = EXACT.subtract(left, proceeds)
            basis = lot.basis_of(part)
            rest = lot.quantity - part
            self.lots[lot.lot_id] = replace(
                lot, quantity=rest, cost_basis=EXACT.subtract(lot.cost_basis, basis), closed_at=None if rest else on
            )
            self.realised.append(_row(lot, part, proceeds, basis, on, closed_by))

    def receive(self, lot: Lot, proceeds: Decimal, basis: Decimal, on: date, closed_by: str) -> None:
        """Cash for a lot whose quantity stays, as a realised row of quantity 0; `basis` is what it used up of the lot's."""
        self.realised.append(_row(lot, Fraction(0), proceeds, basis, on, closed_by))


def _row(lot: Lot, quantity: Fraction, proceeds: Decimal, basis: Decimal, on: date, closed_by: str) -> Realised:
    return Realised(
        lot_id=lot.lot_id,
        quantity=quantity,
        proceeds=proceeds,
        cost_basis=basis,
        holding_term=holding_term(lot.holding_period_start, on),
        closed_by=closed_by,
        isin=lot.isin,
        safekeeping_account=lot.safekeeping_account,
        currency=lot.currency,
        date=on,
    )
