"""Calculating an event again, for one account, a shard or all, and writing what changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.entitlements import Held, PreparedEvent, prepare_event, refusal
from domain.market_claims import last_protected_day
from domain.records import CorporateAction, Election, ElectionRelease
from domain.revisions import revise
from domain.rules import Rules
from servicing_engine.claims import elections_of_holding, fold_claims, protecting_trades
from servicing_engine.lots import fold_lots_of
from servicing_engine.store import current, outbox, results, waiting
from servicing_engine.store.current import Scope


@dataclass(frozen=True, slots=True)
class Folding:
    """One transaction's tools: connection and cursor, the rules and the instant (UTC) that it calculates with."""

    connection: Any
    cursor: Any
    rules: Rules
    now: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """An event's current version: `prepared` where it is calculated; None where it is ended, held (`held`) or not due."""

    event: CorporateAction
    prepared: PreparedEvent | None
    held: Held | None

    @property
    def isin(self) -> str:
        """The security whose holders are due; empty where only what was calculated before is to be taken back."""
        return self.event.isin if self.prepared else ""


def judge(folding: Folding, event_id: str) -> Judged | None:
    """The event as it stands today; None when it is unknown."""
    event = current.event(folding.cursor, event_id)
    if event is None:
        return None
    if not event.stands:
        return Judged(event, None, None)
    try:
        prepared = prepare_event(event, folding.rules)
    except Held as held:
        return Judged(event, None, held)
    due = current.due_events([event], folding.now.date())
    return Judged(event, prepared if due else None, None)


def fold_event(folding: Folding, judged: Judged, scope: Scope) -> None:
    """Entitlements and lots of the scope's accounts, from what is current."""
    cursor, event_id = folding.cursor, judged.event.identity
    outbox.enqueue(cursor, [("corporate_action", event_id, {})])
    no_holders = waiting.held_accounts(cursor, event_id, scope)
    with folding.connection.cursor(name="holders") as named:
        for chunk in current.holders(named, event_id, judged.isin, judged.event.entitlement_date, scope):
            _entitle(folding, judged, chunk)
            no_holders -= {number for number, *_ in chunk}
    waiting.rejudge(cursor, ("entitlement",), event_id, sorted(no_holders), [])
    if not scope.account or last_protected_day(judged.event):
        fold_claims(cursor, event_id, judged.prepared, scope, folding.rules)
    if not scope.account:
        fold_lots_of(cursor, current.lot_accounts(cursor, event_id, scope), folding.rules, folding.now)


def _entitle(folding: Folding, judged: Judged, chunk: Sequence[current.Holder]) -> None:
    cursor, event_id = folding.cursor, judged.event.identity
    accounts = [number for number, *_ in chunk]
    elections, releases = current.elections_of(cursor, event_id, accounts)
    pending = protecting_trades(cursor, judged.event, accounts)
    histories = results.histories(cursor, event_id, accounts)
    changes, holds = {}, []
    for number, eligible, account, places in chunk:
        try:
            own = pending.get(number, ()), elections.get(number, ()), releases
            of_holding = elections_of_holding(judged.event, folding.rules, eligible, *own)
            due = judged.prepared.entitle(account, eligible, of_holding, releases, places) if judged.prepared else ()
        except Held as held:
            holds.append(("entitlement", waiting.Hold(event_id, number, held)))
            due = ()
        history = histories[number]
        changes[number] = revise(history.current, due, history.last_revisions, stands=judged.event.stands)
    waiting.rejudge(cursor, ("entitlement",), event_id, accounts, holds, folding.rules.version)
    for number in accounts:
        _judge_elections(cursor, judged.event, elections.get(number, ()), releases)
    results.write_changes(cursor, event_id, changes, histories, folding.now)


def _judge_elections(
    cursor: Any, event: CorporateAction, elections: Sequence[Election], releases: Sequence[ElectionRelease]
) -> None:
    """An election that came too late, or that nobody else has released, holds its own record."""
    for each in elections:
        found = refusal(event, each, releases)
        holds = [waiting.Hold(each.election_id, each.safekeeping_account, Held(*found))] if found else []
        waiting.rejudge(
            cursor, ("refused",), each.election_id, [each.safekeeping_account], [("refused", hold) for hold in holds]
        )
