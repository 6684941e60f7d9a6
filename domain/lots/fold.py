"""The fold itself: events first on their date, then buys, then sells (domain rules, "Lots")."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.exact import EXACT, plain
from domain.fractions import dispose
from domain.lots.effect import LotEffect
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


@dataclass(frozen=True, slots=True)
class LotFold:
    """All lots by acquisition date and id, realised rows in the order of the fold, refused trades and unadjusted events."""

    lots: tuple[Lot, ...]
    realised: tuple[Realised, ...]
    refused: tuple[RefusedTrade, ...]
    unadjusted: tuple[UnadjustedEvent, ...]


def fold_lots(
    relief_method: str, trades: Iterable[Trade], effects: Iterable[LotEffect], opening: Iterable[Lot] = ()
) -> LotFold:
    """Folds one account. Arrival order does not matter: facts are ordered by date, kind and id.

    `trades` are the current ones (highest sequence, cancelled ones left out), `effects` of events that stand.
    """
    book = _Book(relief_method, {lot.lot_id: lot for lot in opening})
    steps: list[tuple[tuple[date, int, str], Any]] = [((each.on, 0, each.event_id), each) for each in effects]
    for trade in trades:
        assert trade.trade_date is not None
        steps.append(((trade.trade_date, 1 if trade.side == "BUY" else 2, trade.trade_id), trade))
    for (_, kind, _), step in sorted(steps, key=lambda pair: pair[0]):
        (book.apply, book.buy, book.sell)[kind](step)
    ordered = sorted(book.lots.values(), key=lambda lot: (lot.isin, lot.acquisition_date, lot.lot_id))
    return LotFold(tuple(ordered), tuple(book.realised), tuple(book.refused), tuple(book.unadjusted))


@dataclass(slots=True)
class _Book:
    method: str
    lots: dict[str, Lot]
    realised: list[Realised] = field(default_factory=list)
    refused: list[RefusedTrade] = field(default_factory=list)
    unadjusted: list[UnadjustedEvent] = field(default_factory=list)

    def open_lots(self, isin: str) -> list[Lot]:
        return [lot for lot in self.lots.values() if lot.isin == isin and lot.quantity > 0 and lot.closed_at is None]

    def buy(self, trade: Trade) -> None:
        assert trade.trade_date is not None
        if trade.trade_id in self.lots:
            self._refuse(trade, "duplicate_lot_id", "trade_id", f"a lot {trade.trade_id} is there already")
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
        assert trade.trade_date is not None
        wanted = Fraction(trade.quantity)
        held = [lot for lot in self.open_lots(trade.isin) if lot.acquisition_date <= trade.trade_date]
        try:
            taken = relieve(held, wanted, self.method, trade.quantity_breakdown)
        except ReliefNotSupported as error:
            self._refuse(trade, "relief_method_not_supported", "relief_method", str(error))
            return
        short_by = wanted - sum((part for _, part in taken), Fraction(0))
        if short_by > 0:
            detail = f"the open lots of {trade.isin} are short by {plain(short_by)}"
            self._refuse(trade, "insufficient_lots", "quantity", detail, short_by)
            return
        other = next((lot for lot, _ in taken if lot.currency != trade.currency), None)
        if other:
            detail = f"lot {other.lot_id} is in {other.currency}, and no exchange rate says what it realises"
            self._refuse(trade, "currency_mismatch", "currency", detail)
            return
        self._realise(taken, trade.amount, trade.trade_date, trade.trade_id)

    def _refuse(self, trade: Trade, reason: str, at_fault: str, detail: str, short_by: Fraction = Fraction(0)) -> None:
        self.refused.append(RefusedTrade(trade, reason, at_fault, detail, short_by))

    def apply(self, effect: LotEffect) -> None:
        """Turns each lot into a child with the new quantity, then disposes of the account's fraction once."""
        parents = [lot for lot in self.open_lots(effect.isin) if lot.acquisition_date < effect.on]
        if not parents:
            return
        exact = sum((lot.quantity for lot in parents), Fraction(0)) * effect.share * effect.ratio
        disposed = dispose(exact, effect.option.fraction_disposition)
        if (disposed.sold or disposed.bought) and (missing := _missing_price(effect, parents)):
            self.unadjusted.append(missing)
            return
        kept = 1 - effect.share if effect.replaces else Fraction(1)
        if effect.isin_out == effect.isin or not kept:
            factor = (kept if effect.isin_out == effect.isin else 0) + effect.share * effect.ratio
            children = [self._become(lot, effect, lot.quantity * factor, lot.cost_basis) for lot in parents]
        else:
            children = [self._spread(lot, effect, kept) for lot in parents]
        self._dispose(effect, children, disposed.credited - exact, disposed.sold, disposed.bought)

    def _become(self, parent: Lot, effect: LotEffect, quantity: Fraction, basis: Decimal) -> Lot:
        self.lots[parent.lot_id] = replace(
            parent, quantity=Fraction(0), cost_basis=round_amount(0, parent.currency), closed_at=effect.on
        )
        return self._child(parent, effect, quantity, basis)

    def _spread(self, parent: Lot, effect: LotEffect, kept: Fraction) -> Lot:
        """New securities of another ISIN beside what is kept of the old: part of the basis moves, the parent stays open."""
        moved = round_amount(Fraction(parent.cost_basis) * effect.share * effect.basis_moved, parent.currency)
        left = EXACT.subtract(parent.cost_basis, moved)
        self.lots[parent.lot_id] = replace(parent, quantity=parent.quantity * kept, cost_basis=left)
        return self._child(parent, effect, parent.quantity * effect.share * effect.ratio, moved)

    def _child(self, parent: Lot, effect: LotEffect, quantity: Fraction, basis: Decimal) -> Lot:
        child = replace(
            parent,
            lot_id=f"{parent.lot_id}/{effect.event_id}",
            parent_lot_id=parent.lot_id,
            isin=effect.isin_out,
            quantity=quantity,
            cost_basis=basis,
            opened_by=effect.event_id,
        )
        self.lots[child.lot_id] = child
        return child

    def _dispose(
        self, effect: LotEffect, children: Sequence[Lot], difference: Fraction, sold: Fraction, bought: Fraction
    ) -> None:
        """A sold fraction is relieved as a sale; a dropped one leaves its basis behind; one rounded up joins the youngest lot."""
        price = Fraction(effect.option.cash_in_lieu_price or 0)
        if sold:
            taken = relieve(children, sold, self._fraction_method())
            self._realise(taken, round_amount(sold * price, children[0].currency), effect.on, effect.event_id)
        elif difference < 0:
            self._drop(effect, relieve(children, -difference, self._fraction_method()))
        elif difference > 0:
            youngest = max(children, key=lambda lot: (lot.acquisition_date, lot.lot_id))
            cost = round_amount(bought * price, youngest.currency)
            self.lots[youngest.lot_id] = replace(
                youngest, quantity=youngest.quantity + difference, cost_basis=EXACT.add(youngest.cost_basis, cost)
            )

    def _drop(self, effect: LotEffect, taken: Sequence[tuple[Lot, Fraction]]) -> None:
        """Takes a fraction away without proceeds. The basis of a lot that vanishes goes to the youngest lot left, else it is a loss."""
        for child, part in taken:
            lot = self.lots[child.lot_id]
            left = self.open_lots(effect.isin_out)
            heirs = [each for each in left if each.opened_by == effect.event_id and each.lot_id != lot.lot_id]
            if part < lot.quantity:
                self.lots[lot.lot_id] = replace(lot, quantity=lot.quantity - part)
            elif heirs:
                heir = max(heirs, key=lambda each: (each.acquisition_date, each.lot_id))
                self.lots[heir.lot_id] = replace(heir, cost_basis=EXACT.add(heir.cost_basis, lot.cost_basis))
                nothing = round_amount(0, lot.currency)
                self.lots[lot.lot_id] = replace(lot, quantity=Fraction(0), cost_basis=nothing, closed_at=effect.on)
            else:
                self._realise([(lot, part)], round_amount(0, lot.currency), effect.on, effect.event_id)

    def _fraction_method(self) -> str:
        return self.method if self.method in ("FIFO", "LIFO", "HIFO") else "FIFO"

    def _realise(self, taken: Sequence[tuple[Lot, Fraction]], amount: Decimal, on: date, closed_by: str) -> None:
        """Proceeds follow quantity; the last part takes the rounding, so that they add up to the amount."""
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
            self.realised.append(
                Realised(
                    lot_id=lot.lot_id,
                    quantity=part,
                    proceeds=proceeds,
                    cost_basis=basis,
                    holding_term=holding_term(lot.holding_period_start, on),
                    closed_by=closed_by,
                    isin=lot.isin,
                    safekeeping_account=lot.safekeeping_account,
                    currency=lot.currency,
                    date=on,
                )
            )


def _missing_price(effect: LotEffect, lots: Sequence[Lot]) -> UnadjustedEvent | None:
    """Why a fraction of these lots cannot be sold or bought, None where it can: nothing is sold for an invented price."""
    option = effect.option
    if option.cash_in_lieu_price is None:
        detail = f"a fraction is disposed of by {option.fraction_disposition}: its price is needed"
        return UnadjustedEvent(effect.event_id, "options.cash_in_lieu_price", detail)
    other = next((lot for lot in lots if lot.currency != option.currency), None)
    if other is None:
        return None
    detail = f"lot {other.lot_id} is in {other.currency}, its fraction is paid in {option.currency}"
    return UnadjustedEvent(effect.event_id, "options.currency", detail)
