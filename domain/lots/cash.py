"""Events that pay, or take, cash for lots, or end them: redemption, tender and sale of rights; return of capital; income kept by a fund;
paydown; purchase; exercise; lapse; write-off."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import takewhile

from domain.lots.disposal import Disposal, Use, Used
from domain.lots.effect import LotEffect
from domain.lots.journal import Exercised
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot
from domain.lots.reorganise import reorganise
from domain.numbers.exact import EXACT, plain
from domain.numbers.fractions import dispose
from domain.numbers.money import in_parts, round_amount
from domain.numbers.series import paired, sum_of


def dispose_of(ledger: Ledger, effect: LotEffect) -> None:
    """Relieve what is redeemed, tendered or sold by the account's method, as by a sale."""
    lots = ledger.lots_before(effect.isin, effect.on)
    held, units = ledger.share(effect.event_id, lots, effect.share)
    quantity = effect.outturn.accept(units).counted if held else held
    if held and (undrawn := effect.outturn.undrawn):
        ledger.leave(effect.event_id, lots[0], undrawn.field, undrawn.detail)
    elif held and ledger.sign < 0 and effect.outturn.most:
        ledger.leave(
            effect.event_id,
            lots[0],
            "options.drawn_quantity",
            f"what is drawn is of holdings, and {lots[0].lot_id} is short",
        )
    elif quantity > held:
        detail = f"{plain(quantity)} are drawn, the lots of {effect.isin} hold {plain(held)}"
        ledger.leave(effect.event_id, lots[0], "options.drawn_quantity", detail)
    elif quantity and ledger.pays(effect.event_id, effect.currency, lots):
        amount = round_amount(effect.outturn.cash * quantity, effect.currency)
        disposal = Disposal(amount, effect.on, effect.event_id, effect.prices)
        ledger.dispose(ledger.relieve(lots, quantity), disposal)


def return_capital(ledger: Ledger, effect: LotEffect) -> None:
    """Hand each lot its cash from capital and the value of what comes beside it; the regime says what they use up and realise. Securities
    that come have that value as basis."""
    paid = _shared(ledger, effect, effect.outturn.cash)
    for isin, ratio in effect.credited:
        values = (
            round_amount(lot.quantity * effect.share * ratio * Fraction(effect.prices[isin]), lot.currency)
            for lot, _ in paid
        )
        paid = [(lot, EXACT.add(amount, value)) for (lot, amount), value in paired(paid, values)]
    if paid and ledger.repay(effect, paid) and effect.credited:
        reorganise(ledger, effect)


def accumulate(ledger: Ledger, effect: LotEffect) -> None:
    """Raise the basis by the income that a fund keeps for each lot, less the tax that the fund has paid of it. A short pays its lender
    nothing of it."""
    if ledger.sign > 0:
        ledger.raise_basis(_shared(ledger, effect, effect.outturn.cash - effect.outturn.tax_credit))


def pay_down(ledger: Ledger, effect: LotEffect) -> None:
    """Each lot gives up the share of its basis that was paid back; its quantity, the original face amount, stays."""
    share = effect.outturn.paid_down
    for lot, cash in _shared(ledger, effect, effect.outturn.cash):
        basis = Fraction(lot.cost_basis)
        used = Used(Use.PAID_DOWN, round_amount(basis * share, lot.currency), basis, cash, share=share)
        ledger.use_up(lot, used, effect)


def _shared(ledger: Ledger, effect: LotEffect, per_unit: Fraction) -> list[tuple[Lot, Decimal]]:
    """Return lots, each with its part of an amount per unit, which follows quantity; the last one takes the rounding."""
    lots = ledger.lots_before(effect.isin, effect.on, effect.event_id)
    if not lots or not ledger.pays(effect.event_id, effect.currency, lots):
        return []
    quantities = [lot.quantity * effect.share for lot in lots]
    amount = per_unit * sum_of(quantities)
    return list(paired(lots, in_parts(amount, quantities, effect.currency)))


def purchase(ledger: Ledger, effect: LotEffect) -> None:
    """Open a lot, named by event and option, for what the option bought, or makes a short owe, at what it cost; other lots keep."""
    if effect.bought is None or effect.bought * ledger.sign <= 0:
        return
    bought = Lot(
        lot_id=ledger.free_id(f"{effect.event_id}/{effect.option_number}"),
        parent_lot_id="",
        safekeeping_account=effect.account,
        isin=effect.outturn.isin_out,
        acquisition_date=effect.on,
        holding_period_start=effect.on,
        quantity=abs(effect.bought),
        cost_basis=EXACT.abs(effect.outturn.cost(effect.bought, effect.currency)),
        currency=effect.currency,
        opened_by=effect.event_id,
    )
    if effect.outturn.in_proportion:
        ledger.subscribed(effect, [bought])
    else:
        ledger.open(bought)


def exercise(ledger: Ledger, effect: LotEffect) -> None:
    """Each lot of rights becomes new securities at its basis, the subscription and its charges, held from the exercise on."""
    out = effect.outturn
    rights = ledger.lots_before(effect.isin, effect.on)
    held, units = ledger.share(effect.event_id, rights, effect.share)
    credited = dispose(units * (out.ratio or 0), out.disposition).credited
    if not credited or not ledger.pays(effect.event_id, effect.currency, rights):
        return
    paid = Fraction(out.cost(credited, effect.currency))
    costs = in_parts(paid, [lot.quantity for lot in rights], effect.currency)
    made = []
    for lot, cost in paired(rights, costs):
        used = lot.quantity * units / held
        basis = lot.basis_of(used)
        ledger.lots[lot.lot_id] = lot.without(used, basis, effect.on)
        child = replace(
            lot,
            acquisition_date=effect.on,
            holding_period_start=effect.on,
            lot_id=ledger.free_id(f"{lot.lot_id}/{effect.event_id}"),
            parent_lot_id=lot.lot_id,
            isin=out.isin_out,
            quantity=credited * lot.quantity / held,
            cost_basis=EXACT.add(basis, cost),
            opened_by=effect.event_id,
        )
        ledger.explain(child.lot_id, Exercised(lot, credited, held, basis, cost))
        made.append((lot, child))
    ledger.exercised(effect, made)


def lapse(ledger: Ledger, effect: LotEffect) -> None:
    """Rights end. Basis that shares gave them returns, as if it had not been allocated (Treas. Reg. §1.307-1(a)): to what the shares have
    become, by basis. Of rights that have a basis of their own it is lost, and of those whose shares were all sold before, without it."""
    lots = ledger.lots_before(effect.isin, effect.on)
    held, units = ledger.share(effect.event_id, lots, effect.share)
    for stale in lots:
        lot = ledger.lots[stale.lot_id]  # a pool's lots change when another one is realised
        used = lot.quantity * units / held
        heirs = _heirs(ledger, lot)
        if not heirs:
            nothing = round_amount(0, lot.currency)
            ledger.realise([(lot, used)], nothing, effect.on, effect.event_id, of_every_lot=True)
            continue
        basis = lot.basis_of(used)
        ledger.lots[lot.lot_id] = lot.without(used, basis, effect.on)
        parts = in_parts(Fraction(basis), [Fraction(heir.cost_basis) for heir in heirs], lot.currency)
        for heir, part in paired(heirs, parts):
            ledger.lots[heir.lot_id] = replace(heir, cost_basis=EXACT.add(heir.cost_basis, part))


def _heirs(ledger: Ledger, rights: Lot) -> list[Lot]:
    """Return the open lots of the shares that handed out rights, or of what the shares have become since; none if the rights were bought,
    came for other securities, or count as income in kind."""
    line = ledger.line(rights.isin)
    handed_out = list(takewhile(lambda lot: ledger.line(lot.isin) == line, _lineage(ledger, rights)))[-1]
    source = ledger.lots.get(handed_out.parent_lot_id)
    if source is None or handed_out.lot_id in ledger.with_own_basis:
        return []
    standing = (lot for lot in ledger.lots.values() if lot.closed_at is None)
    return [
        heir
        for heir in standing
        if source in takewhile(lambda lot: ledger.line(lot.isin) != line, _lineage(ledger, heir))
    ]


def _lineage(ledger: Ledger, lot: Lot | None) -> Iterator[Lot]:
    """Yield the lot and those that it came of, as far as they are known, each once."""
    seen = set[str]()
    while lot and lot.lot_id not in seen:
        yield lot
        seen.add(lot.lot_id)
        lot = ledger.lots.get(lot.parent_lot_id)


def write_off(ledger: Ledger, effect: LotEffect) -> None:
    """Close lots for nothing, a loss of their basis; the regime says of which day it is. Nothing is paid, in whatever currency they are."""
    lots = ledger.lots_before(effect.isin, effect.on)
    _, units = ledger.share(effect.event_id, lots, effect.share)
    taken = ledger.relieve(lots, units)
    for currency in dict.fromkeys(lot.currency for lot, _ in taken):
        parts = [(lot, part) for lot, part in taken if lot.currency == currency]
        lost = Disposal(round_amount(0, currency), effect.on, effect.event_id, counts_on=ledger.lost_on(effect.on))
        ledger.dispose(parts, lost)
