"""The fold itself: events first on their date, then buys, then sells (domain rules, "Lots")."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from domain.corporate_actions import LotTreatment
from domain.lots import cash
from domain.lots.book import Book, RefusedTrade, UnadjustedEvent
from domain.lots.effect import LotEffect
from domain.lots.lot import Lot, Realised
from domain.lots.reorganise import reorganise
from domain.records import Trade

_APPLY: Mapping[LotTreatment, Callable[[Book, LotEffect], None]] = {
    LotTreatment.REORGANISE: reorganise,
    LotTreatment.DISTRIBUTE_RIGHTS: reorganise,
    LotTreatment.DISPOSE: cash.dispose_of,
    LotTreatment.RETURN_CAPITAL: cash.return_capital,
    LotTreatment.PAY_DOWN: cash.pay_down,
    LotTreatment.PURCHASE: cash.purchase,
    LotTreatment.EXERCISE: cash.exercise,
    LotTreatment.LAPSE: cash.lapse,
}
_Step = tuple[tuple[date, int, str], LotEffect | Trade]


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
    book = Book(relief_method, {lot.lot_id: lot for lot in opening})
    for _, step in sorted(_steps(trades, effects), key=lambda pair: pair[0]):
        if isinstance(step, LotEffect):
            _APPLY[step.treatment](book, step)
        elif step.side == "BUY":
            book.buy(step)
        else:
            book.sell(step)
    ordered = sorted(book.lots.values(), key=lambda lot: (lot.isin, lot.acquisition_date, lot.lot_id))
    return LotFold(tuple(ordered), tuple(book.realised), tuple(book.refused), tuple(book.unadjusted))


def _steps(trades: Iterable[Trade], effects: Iterable[LotEffect]) -> list[_Step]:
    steps: list[_Step] = [((each.on, 0, each.event_id), each) for each in effects]
    for trade in trades:
        assert trade.trade_date is not None
        steps.append(((trade.trade_date, 1 if trade.side == "BUY" else 2, trade.trade_id), trade))
    return steps
