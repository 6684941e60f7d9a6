"""Settling an event again, for some accounts, a shard or all, and writing what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.case import Case, Holder, Settled, open_case, settle
from domain.case.revisions import Change, revise
from domain.held import Held, Hold
from servicing_engine.folding.lots import Folding, fold_lots_of
from servicing_engine.store import cases, current, holds, outbox, results, trade_effects
from servicing_engine.store.results import History
from servicing_engine.store.scope import Scope

HELD_OF_HOLDERS = ("entitlement", "claims")
"""Kinds of holds of an event and account that settling its holders judges."""


def unprocessable(error: Exception) -> Held:
    """Return why an event is held whose fold raised `error`."""
    return Held("unprocessable", "", repr(error)[:300])


def case_of(folding: Folding, event_id: str) -> Case | None:
    """Return the event as it stands today; None if it is unknown."""
    event = current.event(folding.cursor, event_id)
    return open_case(event, folding.rules, folding.now.date()) if event else None


def fold_event(folding: Folding, case: Case, scope: Scope) -> None:
    """Settle the scope's holders, whose locks the caller holds; fold lots too, unless the scope names accounts."""
    cursor, event = folding.cursor, case.event
    changed = not scope.accounts
    trade_effects.forget(cursor, event.identity, scope)
    for holders in cases.chunks(folding.connection, event, scope, due=case.is_settled):
        changed |= _write(folding, case, resettle(folding, case, holders))
    if not scope.accounts:
        fold_lots_of(folding, current.lot_accounts(cursor, event.identity, scope), {})
    if changed:
        outbox.enqueue(cursor, [("corporate_action", event.identity, {})])


@dataclass(frozen=True, slots=True)
class Resettled:
    """A chunk of an event's holders, settled again: what each gets, what was written before, and the changes that follow, by account.

    `elections` are those whose refusals were judged.
    """

    settled: Mapping[str, Settled]
    histories: Mapping[str, History]
    changes: Mapping[str, Sequence[Change]]
    elections: Sequence[str]

    def held(self, *, refused: bool) -> list[Hold]:
        """Return what is held: the elections that are refused, or everything else."""
        return [
            hold
            for of_holder in self.settled.values()
            for hold in of_holder.holds
            if (hold.kind == "refused") is refused
        ]


def resettle(folding: Folding, case: Case, holders: Sequence[Holder]) -> Resettled:
    """Return what the event gives these holders today beside what was written of them; reads only."""
    settled = {holder.safekeeping_account: settle(case, holder) for holder in holders}
    histories = results.histories(folding.cursor, case.event.identity, list(settled))
    changes = {
        account: revise(history.current, settled[account].due, history.last_revisions, stands=case.event.stands)
        for account, history in histories.items()
    }
    return Resettled(
        settled, histories, changes, [election.election_id for holder in holders for election in holder.elections]
    )


def _write(folding: Folding, case: Case, chunk: Resettled) -> bool:
    """Write one chunk; return True if an entitlement or the reason of a hold changed."""
    cursor, event_id, version = folding.cursor, case.event.identity, folding.rules.version
    accounts = list(chunk.settled)
    results.write_changes(cursor, event_id, chunk.changes, chunk.histories, folding.now)
    trade_effects.write(cursor, chunk.settled.values())
    own, refused = chunk.held(refused=False), chunk.held(refused=True)
    reasons_changed = holds.replace(cursor, HELD_OF_HOLDERS, accounts, own, version, identities=[event_id])
    if chunk.elections:
        holds.replace(cursor, ("refused",), accounts, refused, version, identities=chunk.elections)
    return reasons_changed or any(chunk.changes.values())
