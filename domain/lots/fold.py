"""The fold itself: events first on their date, in the order of `day_order`, then buys, then sells (domain rules, "Lots")."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from domain.lots.reorganise import reorganise
from domain.lots.share_matching import ShareMatching
from domain.lots.wash_sale import WashSale
from domain.records import Trade

_APPLY: Mapping[LotTreatment, Callable[[Ledger, LotEffect], None]] = {
    LotTreatment.REORGANISE: reorganise,
    LotTreatment.DISTRIBUTE_RIGHTS: reorganise,
    LotTreatment.DISPOSE: cash.dispose_of,
    LotTreatment.RETURN_CAPITAL: cash.return_capital,
    LotTreatment.PAY_DOWN: cash.pay_down,
    LotTreatment.PURCHASE: cash.purchase,
    LotTreatment.EXERCISE: cash.exercise,
    LotTreatment.LAPSE: cash.lapse,
    LotTreatment.WRITE_OFF: cash.write_off,
}


@dataclass(frozen=True, slots=True)
class LotFold:
    """All lots by acquisition date and id, realised rows by date, else in the order of the fold, and the trades and events that changed
    nothing. For the explanation: the account's method and regime, and the changes of each lot by its id if they were asked for."""

    lots: tuple[Lot, ...]
    realised: tuple[Realised, ...]
    holds: tuple[Hold, ...]
    relief_method: str = field(default="FIFO", compare=False)
    lot_regime: str = field(default="", compare=False)
    changes: Mapping[str, Sequence[Change]] = field(default_factory=dict, compare=False)


def fold_lots(
    relief_method: str,
    trades: Iterable[Trade],
    effects: Iterable[LotEffect],
    opening: Iterable[Lot] = (),
    lot_regime: str = "",
    *,
    explained: bool = False,
) -> LotFold:
    """Fold one account. Arrival order does not matter: facts are ordered by date, kind and id, events of a day by `in_order`.

    `trades` are the current ones (highest sequence, cancelled ones left out), `effects` of events that stand; `lot_regime` is empty for
    none. UK_SHARE_MATCHING goes before the relief method: it pools, and folds twice, first to see what can be matched.
    `explained`: remember the changes of each lot.
    """
    lots, trades = {lot.lot_id: lot for lot in opening}, list(trades)
    ordered_effects, circular = in_order(_reaching(trades, effects, lots.values()))
    steps = sorted(_steps(trades, ordered_effects, lots.values()), key=lambda pair: pair[0])
    kept = Journal.of(lots) if explained else lots
    if lot_regime == "UK_SHARE_MATCHING":
        seen = ShareMatching("AVERAGE", dict(lots))
        _run(seen, steps)
        ledger = _run(ShareMatching("AVERAGE", kept, plan=seen.dealings.plan()), steps)
    else:
        ledger = _run((WashSale if lot_regime == "US_WASH_SALE" else Ledger)(relief_method, kept), steps)
    ordered = sorted(ledger.lots.values(), key=lambda lot: (lot.isin, lot.acquisition_date, lot.lot_id))
    realised = sorted(ledger.realised, key=lambda row: row.date)
    owner = next((lot.safekeeping_account for lot in ordered), trades[0].safekeeping_account if trades else "")
    holds = (*(_circular(event_id, owner) for event_id in circular), *ledger.holds)
    changes = ledger.lots.changes if isinstance(ledger.lots, Journal) else {}
    return LotFold(tuple(ordered), tuple(realised), holds, relief_method, lot_regime, changes)


def _reaching(trades: Iterable[Trade], effects: Iterable[LotEffect], opening: Iterable[Lot]) -> list[LotEffect]:
    """Return the effects on securities that the account dealt in, had, bought by an event, or got for such ones: events that never touch
    its lots order nothing."""
    left = list(effects)
    reached = {trade.isin for trade in trades} | {lot.isin for lot in opening}
    reached |= {effect.isin for effect in left if effect.bought}
    reaching: list[LotEffect] = []
    while new := [effect for effect in left if effect.isin in reached]:
        reaching += new
        left = [effect for effect in left if effect.isin not in reached]
        reached |= {isin for effect in new for isin, _ in effect.credited}
    return reaching


def _circular(event_id: str, account: str) -> Hold:
    detail = f"the links of {event_id} lead back to it: which event comes first is not said, so none of the circle touches lots"
    return Hold("lots", event_id, account, Held("circular_link", "linked_events", detail))


def _run(ledger: Ledger, steps: Sequence[tuple[tuple[date, int, str], Cause]]) -> Ledger:
    for on, of_day in groupby(steps, key=lambda pair: pair[0][0]):
        for _, step in of_day:
            ledger.begin(step)
            _take(ledger, step)
            ledger.step_ended()
        ledger.begin(None)
        ledger.day_ended(on)
    return ledger


def _take(ledger: Ledger, step: Cause) -> None:
    if isinstance(step, LotEffect):
        _apply(ledger, step)
    elif isinstance(step, Lot):
        ledger.opened(step)
    elif step.side == "BUY":
        ledger.buy(step)
    else:
        ledger.sell(step)


def _apply(ledger: Ledger, effect: LotEffect) -> None:
    """Change the lots, unless the regime does not cover what happens to them."""
    lots = ledger.lots_before(effect.isin, effect.on, effect.event_id)
    if lots and (uncovered := ledger.uncovered(effect)):
        ledger.leave(effect.event_id, lots[0], "lot_regime", uncovered)
        return
    _APPLY[effect.treatment](ledger, effect)


def _steps(
    trades: Iterable[Trade], effects: Iterable[LotEffect], opening: Iterable[Lot]
) -> Iterator[tuple[tuple[date, int, str], Cause]]:
    """Yield every fact with what orders it; effects keep their order of the day. Opening lots are there from the start: their step only
    says that they were acquired now."""
    for effect in effects:
        yield (effect.on, 0, ""), effect
    for lot in opening:
        if lot.quantity and lot.closed_at is None:
            yield (lot.acquisition_date, 1, lot.lot_id), lot
    for trade in trades:
        assert trade.trade_date is not None
        yield (trade.trade_date, 1 if trade.side == "BUY" else 2, trade.trade_id), trade
