"""One entitlement request in one transaction: inbox, facts, and everything that they change, folded again.

An event with many holders is stored alone, with its shards; each shard is a request and a transaction of its own, so that several
workers and tasks share it, and the lock that excludes everybody else is held only to store it.
"""

import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from domain.case import held_position
from domain.case.standing import Outcome
from domain.held import Hold
from domain.records import (
    Account,
    Advice,
    CorporateAction,
    Election,
    ElectionRelease,
    ExchangeRate,
    Position,
    Trade,
    Transfer,
)
from domain.rules import Rules
from sending import Quarantine
from servicing_engine.folding.event import case_of, fold_event, unprocessable
from servicing_engine.folding.lots import Folding, fold_lots_of
from servicing_engine.folding.touching import Touched
from servicing_engine.store import cases, current, due, holds, linked, locks, outbox, reconciled, shards
from servicing_engine.store.facts import Fact, already_processed, store, store_quarantined
from servicing_engine.store.faults import is_of_the_record
from servicing_engine.store.scope import Scope

SHARD_HOLDERS = 1_000
"""An event with more holders than this is cut into shards of about as many."""
_LOGGER = logging.getLogger(__name__)


def process(
    connection: Any,
    facts: Sequence[Fact],
    rules: Rules,
    now: datetime,
    request_id: str = "",
    quarantines: Sequence[Quarantine] = (),
) -> dict[str, Outcome]:
    """Store the facts, fold what they touch and commit; return the outcome of each new record. `now` is aware UTC.

    Entries of the request that are no facts are stored as quarantined. Raises psycopg2.Error with everything rolled back: the request comes
    again.
    """
    with connection, connection.cursor() as cursor:
        outbox.name_request(cursor, request_id)
        before = _lock(cursor, facts)
        outcomes: dict[str, Outcome] = {}
        named = [*(fact.record_id for fact in facts), *(refused.record_id for refused in quarantines)]
        known = already_processed(cursor, named)
        new = _new(facts, known)
        for fact in new:
            outcomes[fact.record_id] = store(cursor, fact, now.astimezone(UTC))
        changed = [fact for fact in new if outcomes[fact.record_id].changed]
        applied = [fact for fact in changed if outcomes[fact.record_id].state == "APPLIED"]
        contents = [fact for fact in new if isinstance(fact.record, Election)]  # a stale one may stand
        touching = [*contents, *(fact for fact in changed if not isinstance(fact.record, Election))]
        holds.hold_unknown(cursor, applied)
        holds.release(cursor, applied)
        _hold_positions(cursor, applied)
        touched = _touched(cursor, touching, before, now.astimezone(UTC))
        outbox.enqueue(cursor, (("record", fact.record_id, {}) for fact in new))
        outbox.enqueue(cursor, reconciled.followed(fact.record for fact in applied))
        store_quarantined(cursor, _new(quarantines, {*known, *outcomes}))
        _fold(Folding(connection, cursor, rules, now.astimezone(UTC)), touched, request_id)
        if request_id:
            outbox.enqueue(cursor, [("request", request_id, {})])
    return outcomes


def quarantine(
    connection: Any, quarantines: Sequence[Quarantine], facts: Sequence[Fact] = (), request_id: str = ""
) -> None:
    """Store records that can never be used as quarantined and commit; those of `facts` keep their identity. Raises psycopg2.Error, rolled
    back."""
    with connection, connection.cursor() as cursor:
        outbox.name_request(cursor, request_id)
        known = already_processed(cursor, [refused.record_id for refused in quarantines])
        store_quarantined(cursor, _new(quarantines, known), facts)
        if request_id:
            outbox.enqueue(cursor, [("request", request_id, {})])


def calculate_shard(connection: Any, shard_id: int, rules: Rules, now: datetime, request_id: str = "") -> bool:
    """Fold one shard of an event and commit; return False if nothing was left to do. Raises psycopg2.Error, rolled back."""
    with connection, connection.cursor() as cursor:
        locks.lock_announcements(cursor, exclusive=False)
        shard = shards.take(cursor, shard_id)
        if shard is not None:
            outbox.name_request(cursor, shard.request_id or "")
            scope = Scope(low=shard.low, high=shard.high)
            locks.lock_range(cursor, shard.low, shard.high, linked.of_scope(cursor, scope))
            folding = Folding(connection, cursor, rules, now.astimezone(UTC))
            case = case_of(folding, shard.corporate_action_event_id)
            if case:
                fold_event(folding, case, scope)
        if request_id:
            outbox.enqueue(cursor, [("request", request_id, {})])
    return shard is not None


def calculate_lots(connection: Any, accounts: Sequence[str], rules: Rules, now: datetime) -> None:
    """Fold the lots of accounts, and of those that transfers link to them, again and commit. Raises psycopg2.Error, rolled back."""
    with connection, connection.cursor() as cursor:
        locks.lock_announcements(cursor, exclusive=False)
        locks.lock_accounts(cursor, linked.of_accounts(cursor, accounts))
        fold_lots_of(Folding(connection, cursor, rules, now.astimezone(UTC)), accounts, {})


def calculate_due(connection: Any, event_ids: Sequence[str], rules: Rules, now: datetime) -> None:
    """Fold whole events again: those whose day has come, or a held one whose rules have. Commits after each.

    An event that raises is held, and the others are folded.
    """
    for event_id in event_ids:
        try:
            with connection, connection.cursor() as cursor:
                locks.lock_announcements(cursor, exclusive=True)
                _fold_or_shard(Folding(connection, cursor, rules, now.astimezone(UTC)), event_id, "")
        except Exception as error:  # of any kind: what is not of the event is raised
            if not is_of_the_record(error):
                raise
            _LOGGER.exception("event %s cannot be folded", event_id)
            hold_event(connection, event_id, error, rules, now)


def hold_event(connection: Any, event_id: str, error: Exception, rules: Rules, now: datetime) -> None:
    """Hold an event whose fold raised `error`, with its name, until a fact or new rules fold it again; commits."""
    held = Hold("event", event_id, "", unprocessable(error))
    with connection, connection.cursor() as cursor:
        locks.lock_announcements(cursor, exclusive=True)
        shards.drop(cursor, event_id)
        due.forget_days(cursor, event_id, now.astimezone(UTC).date())
        holds.replace(cursor, ("event",), [""], [held], rules.version, identities=[event_id])
        outbox.enqueue(cursor, [("corporate_action", event_id, {})])


def hold_event_of_shard(
    connection: Any, shard_id: int, error: Exception, rules: Rules, now: datetime, request_id: str
) -> None:
    """Hold the event of a shard whose fold raised `error`, with the request done; commits."""
    with connection, connection.cursor() as cursor:
        event_id = shards.event_of(cursor, shard_id)
        outbox.enqueue(cursor, [("request", request_id, {})])
    if event_id:
        hold_event(connection, event_id, error, rules, now)


Record = TypeVar("Record", Fact, Quarantine)


def _new(records: Sequence[Record], known: Collection[str]) -> list[Record]:
    """Return the records whose ids are not known, each id once."""
    return list({record.record_id: record for record in records if record.record_id not in known}.values())


def _lock(cursor: Any, facts: Sequence[Fact]) -> list[Trade | Election | Transfer]:
    """Lock what the facts change, and return their trades, elections and transfers as they were before. Who changes an announcement, a
    transfer or an exchange rate is alone and needs no other lock."""
    exclusive = any(isinstance(fact.record, CorporateAction | ExchangeRate | Transfer) for fact in facts)
    locks.lock_announcements(cursor, exclusive=exclusive)
    trade_ids = [fact.record.trade_id for fact in facts if isinstance(fact.record, Trade)]
    election_ids = [
        fact.record.election_id
        for fact in facts
        if isinstance(fact.record, Election | ElectionRelease | Advice) and fact.record.election_id
    ]
    if not exclusive:
        locks.lock_records(cursor, [*trade_ids, *election_ids])
    before: list[Trade | Election | Transfer] = [
        *current.records(cursor, Trade, "identity", trade_ids),
        *current.contents(cursor, election_ids),
    ]
    if exclusive:
        transfer_ids = [fact.record.transfer_id for fact in facts if isinstance(fact.record, Transfer)]
        return [*before, *current.records(cursor, Transfer, "identity", transfer_ids)]
    named = {fact.body["safekeeping_account"] for fact in facts if "safekeeping_account" in fact.body}
    named |= {record.safekeeping_account for record in before if not isinstance(record, Transfer)}
    locks.lock_accounts(cursor, linked.of_accounts(cursor, named))
    return before


def _hold_positions(cursor: Any, applied: Sequence[Fact]) -> None:
    """Judge anew the positions below zero of the accounts that these facts state or report."""
    accounts = {fact.body["safekeeping_account"] for fact in applied if isinstance(fact.record, Account | Position)}
    if accounts:
        records = {account.identity: account for account in current.records(cursor, Account, "identity", accounts)}
        held = [held_position(*short, records.get(short[0])) for short in current.short_positions(cursor, accounts)]
        holds.replace(cursor, ("position",), sorted(accounts), [hold for hold in held if hold])


def _touched(
    cursor: Any, changed: Sequence[Fact], before: Sequence[Trade | Election | Transfer], now: datetime
) -> Touched:
    """Return what these facts touch, and what trades, elections and transfers left that moved to another account."""
    identities = {(fact.record.record_type, fact.record.identity) for fact in changed}
    left = [record for record in before if (record.record_type, record.identity) in identities]
    records = [*(fact.record for fact in changed), *left]
    touched = Touched()
    for record in records:
        touched.add(cursor, record, now)
    touched.add_claims(cursor, [record for record in records if isinstance(record, Trade)])
    for record in left:
        if not isinstance(record, Transfer):
            holds.replace(cursor, ("refused",), [record.safekeeping_account], [], identities=[record.identity])
    return touched


def _fold(folding: Folding, touched: Touched, request_id: str) -> None:
    for event_id in sorted(touched.events):
        _fold_or_shard(folding, event_id, request_id)
    by_event: dict[str, list[str]] = {}
    for event_id, account in sorted(touched.pairs):
        if event_id not in touched.events:
            by_event.setdefault(event_id, []).append(account)
    for event_id, accounts in by_event.items():
        if case := case_of(folding, event_id):
            fold_event(folding, case, Scope(accounts=tuple(accounts)))
    fold_lots_of(folding, sorted(touched.lots), touched.traded)


def _fold_or_shard(folding: Folding, event_id: str, request_id: str) -> None:
    """Judge an event for all its holders, and calculate it too unless they are many: then cut it into shards."""
    cursor, case = folding.cursor, case_of(folding, event_id)
    if case is None:
        return
    held = [Hold("event", event_id, "", case.held)] if case.held else []
    holds.replace(cursor, ("event",), [""], held, folding.rules.version, identities=[event_id])
    shards.drop(cursor, event_id)
    due.note_days(cursor, event_id, case.later_dates)
    if case.is_settled:
        due.note_calculated(cursor, event_id, case.event.version)
    holders = cases.count(cursor, case.event, due=case.is_settled)
    traders = len(current.lot_accounts(cursor, event_id, Scope()))
    if max(holders, traders) > SHARD_HOLDERS:
        count = -(-max(holders, traders) // SHARD_HOLDERS)
        shards.add(cursor, event_id, case.event.version, count, request_id)
        outbox.enqueue(cursor, [("corporate_action", event_id, {})])
    else:
        fold_event(folding, case, Scope())
