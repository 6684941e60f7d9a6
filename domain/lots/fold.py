"""The fold itself: events first on their date, in the order of `day_order`, then buys, transfers, sells (domain rules, "Lots")."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby

from domain.corporate_actions import LotTreatment
from domain.held import Held, Hold
from domain.lots import cash
from domain.lots.day_order import in_order
from domain.lots.effect import LotEffect
from domain.lots.journal import Cause, Change, Journal
from domain.lots.ledger import Ledger
from domain.lots.lot import Lot, Realised
from domain.lots.part import AccountPart, came_to
from domain.lots.reorganise import reorganise
from domain.lots.share_matching import ShareMatching
from domain.lots.share_plan import not_bought_back
from domain.lots.short_sales import ShortSelling, mirrored_lot
from domain.lots.tax_currency import Exchange, Rates, exchange
from domain.lots.transfers import move, uncovered
from domain.lots.waiting import waiting
from domain.lots.wash_sale import WashSale
from domain.records import Trade, Transfer
from domain.records.account import UK_SHARE_MATCHING, US_WASH_SALE

_APPLY: Mapping[LotTreatment, Callable[[Ledger, LotEffect], None]] = {
    LotTreatment.REORGANISE: reorganise,
    LotTreatment.DISTRIBUTE_RIGHTS: reorganise,
    LotTreatment.DISPOSE: cash.dispose_of,
    LotTreatment.RETURN_CAPITAL: cash.return_capital,
    LotTreatment.ACCUMULATE: cash.accumulate,
    LotTreatment.PAY_DOWN: cash.pay_down,
    LotTreatment.PURCHASE: cash.purchase,
    LotTreatment.EXERCISE: cash.exercise,
    LotTreatment.LAPSE: cash.lapse,
    LotTreatment.WRITE_OFF: cash.write_off,
}
_Dated = tuple[tuple[date, int, str], str, Cause]
"""A fact with (day, kind, id), which order it, and its account; a transfer has none of its own."""


@dataclass(frozen=True, slots=True)
class LotFold:
    """All lots by acquisition date and id, realised rows by date, else in the order of the fold, and the trades and events that changed
    nothing. For the explanation: the account's method and regime, the changes of each lot by its id if they were asked for, the ids of
    lots that are, or were, owed (their changes are those of `Owed`), and how money came into the tax currency, by (id, day) of the fact."""

    lots: tuple[Lot, ...]
    realised: tuple[Realised, ...]
    holds: tuple[Hold, ...]
    relief_method: str = field(default="FIFO", compare=False)
    lot_regime: str = field(default="", compare=False)
    changes: Mapping[str, Sequence[Change]] = field(default_factory=dict, compare=False)
    owed: frozenset[str] = field(default=frozenset(), compare=False)
    exchanges: Mapping[tuple[str, date], Sequence[Exchange]] = field(default_factory=dict, compare=False)


def fold_accounts(
    parts: Iterable[AccountPart],
    transfers: Sequence[Transfer] = (),
    rates: Rates | None = None,
    *,
    explained: bool = False,
) -> dict[str, LotFold]:
    """Return the fold of each account; `transfers` (cancelled ones left out) name accounts among these. Arrival order does not matter:
    facts are ordered by date, kind and id, events of a day by `in_order`.

    `rates` are the exchange rates that accounts with a tax currency need: what lacks its rate waits. `explained`: remember the changes of
    each lot.
    """
    exchanged = {part.account: exchange(part, rates or {}) for part in parts}
    now = {account: of_account.part for account, of_account in exchanged.items()}
    held = {transfer.transfer_id: uncovered(transfer, now) for transfer in transfers}
    moving = [transfer for transfer in transfers if not held[transfer.transfer_id]]
    holds = [hold for hold in held.values() if hold]
    folds = _fold(now, moving, explained=explained)
    if late := waiting(exchanged, moving, {account: fold.holds for account, fold in folds.items()}):
        folds = _fold(late.parts, late.transfers, explained=explained)
        holds += late.holds.values()
    return {
        account: replace(
            fold,
            holds=(*(hold for hold in holds if hold.account == account), *fold.holds),
            exchanges=exchanged[account].exchanges,
        )
        for account, fold in folds.items()
    }


def _fold(parts: Mapping[str, AccountPart], transfers: Sequence[Transfer], *, explained: bool) -> dict[str, LotFold]:
    """Fold facts whose money is in the currency of their lots.

    Accounts under UK_SHARE_MATCHING are folded by themselves, as transfers to and from them are held; all others together.
    """
    ledgers, circles, steps = dict[str, Ledger](), dict[str, list[str]](), list[_Dated]()
    for account, part in parts.items():
        lots = {lot.lot_id: lot for lot in part.opening}
        ordered_effects, circles[account] = in_order(part.reaching(came_to(account, transfers)))
        of_account = sorted(_steps(part, ordered_effects), key=lambda dated: dated[0])
        if part.lot_regime == UK_SHARE_MATCHING:
            ledgers[account] = _matched(part, lots, of_account, explained=explained)
        else:
            ledgers[account] = _ledger(part, lots, explained=explained)
            steps += of_account
    steps += (((_date_of(transfer), 2, transfer.transfer_id), "", transfer) for transfer in transfers)
    _run(ledgers, sorted(steps, key=lambda dated: dated[0]))
    return {account: _fold_of(parts[account], ledger, circles[account]) for account, ledger in ledgers.items()}


def _ledger(part: AccountPart, lots: dict[str, Lot], *, explained: bool) -> Ledger:
    """Return the ledger of an account under US law, with its opening lots."""

    def kept(lots: dict[str, Lot]) -> dict[str, Lot]:
        return Journal.of(lots) if explained else lots

    if part.lot_regime == US_WASH_SALE:
        return WashSale(part.relief_method, kept(lots), refuses_shorts=_uncovered_short(part))
    if not part.short_positions:
        return Ledger(part.relief_method, kept(lots))
    owed = {lot_id: mirrored_lot(lot) for lot_id, lot in lots.items() if lot.quantity < 0}
    held = {lot_id: lot for lot_id, lot in lots.items() if lot_id not in owed}
    return ShortSelling.of(part.relief_method, kept(held), kept(owed))


def _uncovered_short(part: AccountPart) -> str:
    return f", and {part.lot_regime} does not cover short sales" if part.short_positions else ""


def _fold_of(part: AccountPart, ledger: Ledger, circular: Iterable[str]) -> LotFold:
    lots = [side.reported(lot) for side in ledger.sides for lot in side.lots.values()]
    changes = {
        lot_id: of_lot
        for side in ledger.sides
        if isinstance(side.lots, Journal)
        for lot_id, of_lot in side.lots.changes.items()
    }
    holds = (_circular(event_id, part.account) for event_id in circular)
    return LotFold(
        lots=tuple(sorted(lots, key=lambda lot: (lot.isin, lot.acquisition_date, lot.lot_id))),
        realised=tuple(sorted(ledger.realised, key=lambda row: row.date)),
        holds=tuple(dict.fromkeys([*holds, *ledger.holds])),
        relief_method=part.relief_method,
        lot_regime=part.lot_regime,
        changes=changes,
        owed=frozenset(lot_id for side in ledger.sides if side.sign < 0 for lot_id in side.lots),
    )


def _matched(part: AccountPart, lots: dict[str, Lot], steps: Sequence[_Dated], *, explained: bool) -> Ledger:
    """Fold an account under UK_SHARE_MATCHING, which goes before its relief method: it pools. Twice, first to see what can be matched;
    and again as long as a sale of more than is held turns out to be refused, as others may be matched then."""
    refused = not_bought_back([step for _, _, step in steps if isinstance(step, LotEffect)], part.trades)

    def folded(before: ShareMatching | None) -> ShareMatching:
        kept = Journal.of(lots) if explained else dict(lots)
        ledger = ShareMatching("AVERAGE", kept, refuses_shorts=_uncovered_short(part), refused=refused)
        if before:
            ledger.plan, ledger.lines = before.dealings.plan(), before.lines
        _run({part.account: ledger}, steps)
        return ledger

    ledger = folded(folded(None))
    while ledger.turned_down:
        refused |= set(ledger.turned_down.values())
        ledger = folded(ledger)
    return ledger


def _circular(event_id: str, account: str) -> Hold:
    detail = f"the links of {event_id} lead back to it: which event comes first is not said, so none of the circle touches lots"
    return Hold("lots", event_id, account, Held("circular_link", "linked_events", detail))


def _run(ledgers: Mapping[str, Ledger], steps: Iterable[_Dated]) -> None:
    for on, of_day in groupby(steps, key=lambda dated: dated[0][0]):
        dealing: dict[str, Ledger] = {}
        for _, account, step in of_day:
            if isinstance(step, Transfer):
                at_work = {account: ledgers[account] for account in step.accounts}
                for ledger in at_work.values():
                    ledger.begin(step)
                move(at_work[step.from_safekeeping_account], at_work[step.to_safekeeping_account], step)
            else:
                at_work = {account: ledgers[account]}
                ledgers[account].begin(step)
                _take(ledgers[account], step)
            for ledger in at_work.values():
                ledger.step_ended()
            dealing |= at_work
        for ledger in dealing.values():
            ledger.begin(None)
            ledger.day_ended(on)


def _take(ledger: Ledger, step: LotEffect | Lot | Trade) -> None:
    if isinstance(step, LotEffect):
        _apply(ledger, step)
    elif isinstance(step, Lot):
        ledger.opened(step)
    elif step.side == "BUY":
        ledger.buy(step)
    else:
        ledger.sell(step)


def _apply(ledger: Ledger, effect: LotEffect) -> None:
    """Change the lots of each side, unless the regime does not cover what happens to them."""
    for side in ledger.sides:
        lots = side.lots_before(effect.isin, effect.on)
        if lots and (uncovered := side.uncovered(effect)):
            side.leave(effect.event_id, lots[0], *uncovered)
        else:
            _APPLY[effect.treatment](side, effect)


def _steps(part: AccountPart, effects: Iterable[LotEffect]) -> Iterator[_Dated]:
    """Yield every fact of an account with what orders it; effects keep their order of the day. Opening lots are there from the start: their
    step only says that they were acquired now."""
    for effect in effects:
        yield (effect.on, 0, ""), part.account, effect
    for lot in part.opening:
        if lot.quantity and lot.closed_at is None:
            yield (lot.acquisition_date, 1, lot.lot_id), part.account, lot
    for trade in part.trades:
        assert trade.trade_date is not None
        yield (trade.trade_date, 1 if trade.side == "BUY" else 3, trade.trade_id), part.account, trade


def _date_of(transfer: Transfer) -> date:
    assert transfer.transfer_date is not None
    return transfer.transfer_date
