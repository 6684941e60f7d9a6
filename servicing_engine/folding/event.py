"""Settling an event again, for some accounts, a shard or all, and writing what changed."""

from collections.abc import Sequence

from domain.case import Case, Holder, open_case, settle
from domain.case.revisions import revise
from servicing_engine.folding.lots import Folding, fold_lots_of
from servicing_engine.store import cases, current, holds, outbox, results, trade_effects
from servicing_engine.store.scope import Scope


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
        changed |= _settle(folding, case, holders)
    if not scope.accounts:
        fold_lots_of(folding, current.lot_accounts(cursor, event.identity, scope))
    if changed:
        outbox.enqueue(cursor, [("corporate_action", event.identity, {})])


def _settle(folding: Folding, case: Case, holders: Sequence[Holder]) -> bool:
    """Write one chunk; return True if an entitlement or the reason of a hold changed."""
    cursor, event_id = folding.cursor, case.event.identity
    settled = {holder.safekeeping_account: settle(case, holder) for holder in holders}
    accounts = list(settled)
    histories = results.histories(cursor, event_id, accounts)
    changes = {}
    for account, of_holder in settled.items():
        history = histories[account]
        changes[account] = revise(history.current, of_holder.due, history.last_revisions, stands=case.event.stands)
    results.write_changes(cursor, event_id, changes, histories, folding.now)
    trade_effects.write(cursor, settled.values())
    held = [hold for of_holder in settled.values() for hold in of_holder.holds]
    own = [hold for hold in held if hold.kind != "refused"]
    refused = [hold for hold in held if hold.kind == "refused"]
    elections = [election.election_id for holder in holders for election in holder.elections]
    version = folding.rules.version
    reasons_changed = holds.replace(cursor, ("entitlement", "claims"), accounts, own, version, identities=[event_id])
    if elections:
        holds.replace(cursor, ("refused",), accounts, refused, version, identities=elections)
    return reasons_changed or any(changes.values())
