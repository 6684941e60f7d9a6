"""Reorganisations: each lot becomes, or gains, securities, for cash beside or not (domain rules, "Lots" and "Securities").

Basis and holding period go with the securities, unless the exchange is taxable: then the old ones are sold for what comes. A taxable
distribution leaves the old ones as they are; the market price of what comes is its basis (US IRC §301(b), (d), §305(b)). Cash beside (boot)
is a gain as far as the lot has one; a loss is not recognised (§356(a), (c)); basis falls by the cash and rises by that gain (§358). Under
UK_SHARE_MATCHING it is a part disposal, and so is cash for a fraction (`share_matching`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import partial, reduce

from domain.corporate_actions import SAME_SECURITY, Debit, LotTreatment
from domain.lots.disposal import Disposal, Use, Used
from domain.lots.effect import LotEffect, Successor
from domain.lots.journal import Came
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot
from domain.numbers.exact import EXACT, Number
from domain.numbers.fractions import Disposed, dispose
from domain.numbers.money import in_parts, round_amount
from domain.numbers.series import exact_sum, paired, sum_of


@dataclass(frozen=True, slots=True)
class _New:
    """One new security over all lots: `per_unit` of them for one unit of an old lot, `ratio` for one that is accepted; the account's sum
    is `disposed` of once, a fraction at `in_lieu_price` for one whole unit."""

    isin: str
    ratio: Fraction
    per_unit: Fraction
    exact: Fraction
    disposed: Disposed
    basis: Fraction
    in_lieu_price: Number | None


def reorganise(ledger: Ledger, effect: LotEffect) -> None:
    """Turn each lot acquired before into children with the new quantities, then dispose of the account's fractions once. The regime is
    told of a split in between, even of one for which nothing is held."""
    parents, successor = ledger.lots_before(effect.isin, effect.on, effect.event_id), _successor(effect)
    if not parents:
        if successor:
            ledger.rescaled(effect.event_id, successor)
        return
    held, units = ledger.share(effect.event_id, parents, effect.share)
    of_units = effect.outturn.accept(units)
    accepted, debited = of_units.accepted, of_units.debited
    news = [
        _New(
            credit.isin,
            credit.ratio,
            credit.ratio * accepted / held,
            credit.ratio * accepted,
            dispose(credit.ratio * accepted, effect.outturn.disposition),
            basis,
            credit.in_lieu_price,
        )
        for credit, basis in paired(effect.outturn.credits, ledger.allocation(effect))
    ]
    cash = effect.outturn.cash * accepted + effect.outturn.unfilled_cash * (units - accepted)
    boot = cash if effect.outturn.debit is not Debit.NOTHING else Fraction(0)
    if not _can_pay(ledger, effect, news, parents, boot):
        return
    children: list[list[Lot]] = [[] for _ in news]
    parents = list(ledger.holding(parents) if boot else parents)
    boots = in_parts(boot, [lot.quantity for lot in parents], parents[0].currency)
    beside = _Beside(ledger, effect, news, boot, accepted, held)
    for lot, of_boot in paired(parents, boots):
        for made, child in paired(children, _turn(beside, lot, debited / held, of_boot)):
            made.append(child)
    if successor:
        ledger.rescaled(effect.event_id, successor)
    for new, made in paired(news, children):
        _dispose(ledger, effect, new, made)


def _successor(effect: LotEffect) -> Successor | None:
    """Return what every unit of the security becomes by a split, change of ISIN or bonus issue that takes them all and pays nothing else;
    None of other events."""
    out = effect.outturn
    whole = effect.share == out.accepted == 1 and out.debit is not Debit.ACCEPTED and not out.cash
    if effect.treatment is not LotTreatment.REORGANISE or effect.taxable or not whole:
        return None
    if len(effect.credited) != 1:
        return None
    ((into, ratio),) = effect.credited
    if into != effect.isin and (effect.event_type not in SAME_SECURITY or out.debit is Debit.NOTHING):
        return None
    return Successor(effect.isin, effect.on, ratio + (1 if out.debit is Debit.NOTHING else 0), into)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What all lots of one event share: the new securities, the cash beside them, and the units `accepted` of those `held`, of all lots."""

    ledger: Ledger
    effect: LotEffect
    news: Sequence[_New]
    boot: Fraction
    accepted: Fraction
    held: Fraction


def _turn(beside: _Beside, lot: Lot, gone: Fraction, boot: Decimal) -> Sequence[Lot]:
    """Turn one lot and return its children. `gone` is the part of the lot that is debited, `boot` its cash."""
    ledger, effect, news = beside.ledger, beside.effect, beside.news
    if ledger.taxes(effect):
        return _taxable(beside, lot, gone, boot)
    exchange = _exchange(beside, lot, gone, boot)
    if exchange.used.realises:
        ledger.receive(lot, exchange.used, effect.on, effect.event_id)
    ledger.lots[lot.lot_id] = exchange.parent
    return [
        _child(beside, lot, new.isin, quantity, basis, partial(_came, beside, lot, new, exchange, gone))
        for new, (quantity, basis) in paired(news, exchange.children)
    ]


def _came(beside: _Beside, lot: Lot, new: _New, exchange: "_Exchange", gone: Fraction) -> Came:
    """Return how one child of a lot comes about, for its explanation."""
    came = Came(lot, new.ratio, beside.accepted, beside.held)
    if exchange.grows and new.isin == lot.isin:
        others = (basis for other, (_, basis) in paired(beside.news, exchange.children) if other is not new)
        return replace(came, kept=lot.quantity * (1 - gone), others=exact_sum(others))
    shares = sum_of(each.basis for each in beside.news)
    part = gone or beside.effect.share * shares
    came = replace(came, moved=exchange.moved, part=part, used=exchange.used.amount)
    return replace(came, share=new.basis, shares=shares)


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What a tax-free event makes of one lot: the `parent` as it is left, units and basis of the `children`, the basis that `moved`, and
    what the cash beside them `used` of it. `grows`: one child has all units of the parent's own security."""

    parent: Lot
    children: Sequence[tuple[Fraction, Decimal]]
    moved: Fraction
    used: Used
    grows: bool = False


def _exchange(beside: _Beside, lot: Lot, gone: Fraction, boot: Decimal) -> _Exchange:
    """Return the exchange. Basis of what neither goes nor moves stays with the parent; if its own security is among the new ones, one child
    has all its units and the basis that goes to no other."""
    effect, news = beside.effect, beside.news
    grows = not boot and any(new.isin == lot.isin for new in news)
    affected = Fraction(lot.cost_basis) * effect.share
    if gone or not grows:
        moved = affected * sum(new.basis for new in news)
        affected = Fraction(lot.basis_of(lot.quantity * gone) if gone else round_amount(moved, lot.currency))
    used = _used(beside, lot, affected, boot)
    bases = in_parts(affected - Fraction(used.amount), [new.basis for new in news], lot.currency)
    children = [(lot.quantity * new.per_unit, basis) for new, basis in paired(news, bases)]
    if not grows:
        basis = round_amount(affected, lot.currency)
        return _Exchange(lot.without(lot.quantity * gone, basis, effect.on), children, affected, used)
    others = [basis for new, (_, basis) in paired(news, children) if new.isin != lot.isin]
    own = reduce(EXACT.subtract, others, lot.cost_basis)
    kept = lot.quantity * (1 - gone)
    grown = [
        (quantity + kept, own) if new.isin == lot.isin else (quantity, basis)
        for new, (quantity, basis) in paired(news, children)
    ]
    return _Exchange(lot.without(lot.quantity, lot.cost_basis, effect.on), grown, affected, used, grows=True)


def _used(beside: _Beside, lot: Lot, basis: Fraction, boot: Decimal) -> Used:
    """Return the basis that boot uses up, by the regime of the ledger."""
    if not boot:
        return Used(Use.BOOT, boot, basis, boot)
    prices = beside.effect.prices
    worth = sum_of(lot.quantity * new.per_unit * Fraction(prices[new.isin]) for new in beside.news)
    return beside.ledger.used_by(boot, beside.boot, basis, worth, lot.currency)


def _taxable(beside: _Beside, lot: Lot, gone: Fraction, boot: Decimal) -> list[Lot]:
    """What goes is sold for cash and market value, which is the new lots' basis; their holding period begins. The regime is told of the
    sale, if there is one, and of the acquisition."""
    ledger, effect, news = beside.ledger, beside.effect, beside.news
    values = [
        round_amount(lot.quantity * new.per_unit * Fraction(effect.prices[new.isin]), lot.currency) for new in news
    ]
    if gone:
        amount = reduce(EXACT.add, values, boot)
        ledger.realise([(lot, lot.quantity * gone)], amount, effect.on, effect.event_id, of_every_lot=True)
    bought = replace(lot, acquisition_date=effect.on, holding_period_start=effect.on, closed_at=None)
    children = [
        _child(
            beside,
            bought,
            new.isin,
            lot.quantity * new.per_unit,
            value,
            partial(Came, lot, new.ratio, beside.accepted, beside.held, price=effect.prices[new.isin]),
        )
        for new, value in paired(news, values)
    ]
    for child in children:
        ledger.exchanged(child)
    return children


def _child(
    beside: _Beside, parent: Lot, isin: str, quantity: Fraction, basis: Decimal, came: Callable[[], Came]
) -> Lot:
    ledger, effect = beside.ledger, beside.effect
    lot_id = f"{parent.lot_id}/{effect.event_id}"
    child = replace(
        parent,
        lot_id=lot_id if lot_id not in ledger.lots else ledger.free_id(f"{lot_id}/{isin}"),
        parent_lot_id=parent.lot_id,
        isin=isin,
        quantity=quantity,
        cost_basis=basis,
        opened_by=effect.event_id,
        closed_at=None,
    )
    if effect.taxable or effect.outturn.debit is not Debit.NOTHING:
        ledger.with_own_basis.add(child.lot_id)
    if ledger.is_explained:
        ledger.explain(child.lot_id, came())
    ledger.lots[child.lot_id] = child
    return child


def _dispose(ledger: Ledger, effect: LotEffect, new: _New, children: Sequence[Lot]) -> None:
    """A sold fraction is disposed of by the regime; a dropped one leaves its basis behind; one rounded up joins the youngest lot."""
    price, difference = Fraction(new.in_lieu_price or 0), new.disposed.credited - new.exact
    if new.disposed.sold:
        amount = round_amount(new.disposed.sold * price, children[0].currency)
        prices = {new.isin: new.in_lieu_price or 0, **effect.prices}
        disposal = Disposal(amount, effect.on, effect.event_id, prices)
        ledger.dispose_fraction(ledger.relieve(children, new.disposed.sold), disposal)
    elif difference < 0:
        _drop(ledger, effect, new.isin, ledger.relieve(children, -difference))
    elif difference > 0:
        youngest = max(children, key=lambda lot: (lot.acquisition_date, lot.lot_id))
        cost = round_amount(new.disposed.bought * price, youngest.currency)
        ledger.lots[youngest.lot_id] = replace(
            youngest, quantity=youngest.quantity + difference, cost_basis=EXACT.add(youngest.cost_basis, cost)
        )


def _drop(ledger: Ledger, effect: LotEffect, isin: str, taken: Sequence[tuple[Lot, Fraction]]) -> None:
    """Take a fraction away without proceeds. The basis of a lot that vanishes goes to the youngest lot left, else it is a loss."""
    for child, part in taken:
        lot = ledger.lots[child.lot_id]
        left = ledger.open_lots(isin)
        heirs = [heir for heir in left if heir.opened_by == effect.event_id and heir.lot_id != lot.lot_id]
        if part < lot.quantity:
            ledger.lots[lot.lot_id] = replace(lot, quantity=lot.quantity - part)
        elif heirs:
            heir = max(heirs, key=lambda heir: (heir.acquisition_date, heir.lot_id))
            ledger.lots[heir.lot_id] = replace(heir, cost_basis=EXACT.add(heir.cost_basis, lot.cost_basis))
            ledger.lots[lot.lot_id] = lot.without(lot.quantity, lot.cost_basis, effect.on)
        else:
            nothing = Disposal(round_amount(0, lot.currency), effect.on, effect.event_id, of_every_lot=True)
            ledger.dispose_fraction([(lot, part)], nothing)


def _can_pay(ledger: Ledger, effect: LotEffect, news: Sequence[_New], lots: Sequence[Lot], boot: Fraction) -> bool:
    """False, and noted, where cash of these lots cannot be reckoned: nothing is sold for an invented price."""
    fractions = [new for new in news if new.disposed.sold or new.disposed.bought]
    unpriced = next((new for new in fractions if new.in_lieu_price is None), None)
    if unpriced:
        path = "options" if unpriced is news[0] else "options.securities_movements"
        detail = f"a fraction of {unpriced.isin} is disposed of by {effect.outturn.disposition}: its price is needed"
        ledger.leave(effect.event_id, lots[0], f"{path}.cash_in_lieu_price", detail)
        return False
    return not (fractions or boot or ledger.taxes(effect)) or ledger.pays(effect.event_id, effect.currency, lots)
