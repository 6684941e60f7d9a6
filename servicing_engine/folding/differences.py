"""What a fold would write: events and lots folded again beside what stands, by the functions of the fold itself, and nothing written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.case import Case
from domain.case.revisions import Change, said
from domain.corporate_actions import BUYING
from domain.held import Held, Hold
from servicing_engine.folding.event import HELD_OF_HOLDERS, Resettled, case_of, resettle, unprocessable
from servicing_engine.folding.lots import HELD_OF_LOTS, Folding, refold
from servicing_engine.store import cases, due, holds, results, trade_effects
from servicing_engine.store.faults import is_of_the_record
from servicing_engine.store.scope import Scope

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of an event or account as it stands and as it comes out now; `before` or `after` is empty if there is no such row.

    `part` is a table, and `key` names the row in it: option, trade, lot, kind of hold. `then` says what becomes of an entitlement:
    the revision that it `closes` with which `status`, `reversal` if that is taken back in full, the `revision` that is opened.
    """

    part: str
    event_id: str
    account: str
    key: str
    before: Row
    after: Row
    then: Row = field(default_factory=dict)

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Return field -> (value as it stands, value as it comes out), of the fields that differ; None for no value."""
        was, becomes = said(self.before), said(self.after)
        names = (name for name in {**was, **becomes} if was.get(name) != becomes.get(name))
        return {name: (was.get(name), becomes.get(name)) for name in names}


def of_event(folding: Folding, event_id: str) -> Iterator[Difference]:
    """Yield what a fold of the whole event would write, but for lots that `of_lots` yields. An event whose fold raises is held."""
    case = case_of(folding, event_id)
    if case is None:
        return
    held = case.held
    yield from _days(folding, case)
    try:
        for holders in cases.chunks(folding.connection, case.event, Scope(), due=case.is_settled):
            chunk = resettle(folding, case, holders)
            yield from _of_holders(folding, case, chunk)
            yield from _of_purchases(folding, case, chunk)
    except Exception as error:  # of any kind: what is not of the event is raised
        if not is_of_the_record(error):
            raise
        held = unprocessable(error)
    own = [Hold("event", event_id, "", held)] if held else []
    yield from _held(holds.that_differ(folding.cursor, ("event",), [""], own, identities=[event_id]))


def of_lots(folding: Folding, accounts: Sequence[str], bought: Sequence[tuple[str, str]] = ()) -> Iterator[Difference]:
    """Yield what a fold of these accounts' lots would write; those that transfers link to them are folded and left out. `bought` as
    `refold` takes it."""
    for refolded in refold(folding, accounts, bought):
        own = sorted(refolded.lots.keys() & set(accounts))
        lots = {account: refolded.lots[account] for account in own}
        for account, lot_id, was, becomes in results.lots_that_differ(folding.cursor, lots):
            yield Difference("tax_lots", "", account, lot_id, was or {}, becomes or {})
        held = [hold for hold in refolded.held if hold.account in lots]
        yield from _held(holds.that_differ(folding.cursor, HELD_OF_LOTS, own, held))


def _of_holders(folding: Folding, case: Case, chunk: Resettled) -> Iterator[Difference]:
    cursor, event_id, accounts = folding.cursor, case.event.identity, list(chunk.settled)
    for account, changes in chunk.changes.items():
        yield from (_of_change(event_id, account, change) for change in changes)
    for table, account, trade, was, becomes in trade_effects.that_differ(cursor, event_id, chunk.settled):
        yield Difference(table, event_id, account, trade, was or {}, becomes or {})
    own, refused = chunk.held(refused=False), chunk.held(refused=True)
    yield from _held(holds.that_differ(cursor, HELD_OF_HOLDERS, accounts, own, identities=[event_id]))
    if chunk.elections:
        yield from _held(holds.that_differ(cursor, ("refused",), accounts, refused, identities=chunk.elections))


def _of_purchases(folding: Folding, case: Case, chunk: Resettled) -> Iterator[Difference]:
    """Yield lots that differ only because the event buys: until its entitlements are written, a fold of lots knows nothing of it."""
    if case.event.event_type in BUYING:
        buyers = [account for account, changes in chunk.changes.items() if any(change.opens for change in changes)]
        known = list(of_lots(folding, buyers))
        with_them = of_lots(folding, buyers, [(account, case.event.isin) for account in buyers])
        yield from (difference for difference in with_them if difference not in known)


def _of_change(event_id: str, account: str, change: Change) -> Difference:
    before = change.closes.result if change.closes else {}
    after = change.opens.to_json() if change.opens else {}
    then = {
        "closes": change.closes.revision if change.closes else None,
        "status": str(change.status) if change.status else None,
        "reversal": change.reverses,
        "revision": change.revision or None,
    }
    return Difference("entitlements", event_id, account, change.option_number, before, after, then)


def _days(folding: Folding, case: Case) -> Iterator[Difference]:
    noted = due.days_after(folding.cursor, case.event.identity, folding.now.date())
    if noted != case.later_dates:
        yield Difference("fold_days", case.event.identity, "", "", _of_days(noted), _of_days(case.later_dates))


def _of_days(days: Sequence[date]) -> Row:
    return {"days": " ".join(day.isoformat() for day in days)} if days else {}


def _held(differing: Iterable[tuple[holds.Key, Held | None, Held | None]]) -> Iterator[Difference]:
    for (kind, identity, account, trade), was, becomes in differing:
        event_id = "" if kind in ("refused", "trade", "transfer") else identity
        key = " ".join(filter(None, (kind, "" if event_id else identity, trade)))
        yield Difference("held", event_id, account, key, _of_held(was), _of_held(becomes))


def _of_held(held: Held | None) -> Row:
    return {"reason": held.reason, "field": held.field, "detail": held.detail} if held else {}
