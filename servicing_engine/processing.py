"""One entitlement request in one transaction: inbox, facts, and everything that they change, folded again.

What a fact touches: a position its account's due events of that security; an account its events and lots; a trade the account's lots; an
election, release or confirmation one event and account; a corporate action all holders, and lots of all accounts in the security.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.corporate_actions import MissingTerms
from domain.entitlements import Held, PreparedEvent, prepare_event
from domain.lots import LotEffect, fold_lots, follows_elections, lot_effect
from domain.records import Account, Confirmation, CorporateAction, Election, ElectionRelease, Position, Trade
from domain.revisions import revise
from domain.rules import CalendarRangeError, Rules
from servicing_engine.elected import elected_of
from servicing_engine.store import current, locks, results
from servicing_engine.store.facts import Fact, Outcome, already_processed, store


@dataclass(slots=True)
class _Touched:
    """What must be folded again: whole events, (event, account) pairs, accounts' lots."""

    events: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)


def process(connection: Any, facts: Sequence[Fact], rules: Rules, now: datetime) -> dict[str, Outcome]:
    """Stores the facts and folds what they touch, then commits; returns the outcome of each new record. `now`: injected, UTC.

    Raises psycopg2.Error with everything rolled back: the request comes again.
    """
    with connection, connection.cursor() as cursor:
        _lock(cursor, facts)
        outcomes: dict[str, Outcome] = {}
        touched = _Touched()
        for fact in facts:
            if already_processed(cursor, fact.record_id):
                continue
            outcomes[fact.record_id] = store(cursor, fact)
            if outcomes[fact.record_id].state == "APPLIED":
                _touch(cursor, fact, touched)
        new = [fact for fact in facts if fact.record_id in outcomes]
        results.enqueue(cursor, (_state(fact, outcomes[fact.record_id]) for fact in new))
        results.enqueue(
            cursor,
            (_quarantine(fact, each) for fact in new if (each := outcomes[fact.record_id]).state == "QUARANTINED"),
        )
        _fold(connection, cursor, touched, rules, now.astimezone(UTC))
    return outcomes


def _state(fact: Fact, outcome: Outcome) -> tuple[str, str, dict[str, str]]:
    """The record's queue-state item, for people."""
    record = {"record_type": fact.record.record_type, "record_identity": fact.record.identity, "state": outcome.state}
    return "record", fact.record_id, record | {"reason": outcome.reason, "detail": outcome.detail}


def _quarantine(fact: Fact, outcome: Outcome) -> tuple[str, str, dict[str, Any]]:
    """The dead-letter message of a fact that conflicts with an earlier one; its original is the normalised record."""
    return (
        "quarantine",
        fact.record_id,
        {"reason": outcome.reason, "field": "sequence", "detail": outcome.detail, "original": fact.body},
    )


def calculate_due(connection: Any, event_ids: Sequence[str], rules: Rules, now: datetime) -> None:
    """Folds whole events again: those whose record date has passed, or a held one whose rules have come. Commits."""
    with connection, connection.cursor() as cursor:
        locks.lock_announcements(cursor, exclusive=True)
        _fold(connection, cursor, _Touched(events=set(event_ids)), rules, now.astimezone(UTC))


def _lock(cursor: Any, facts: Sequence[Fact]) -> None:
    locks.lock_announcements(cursor, exclusive=any(isinstance(fact.record, CorporateAction) for fact in facts))
    accounts = {fact.body["safekeeping_account"] for fact in facts if "safekeeping_account" in fact.body}
    released = [fact.record.election_id for fact in facts if isinstance(fact.record, ElectionRelease)]
    elections = current.records(cursor, "election", "identity", released)
    accounts |= {each.safekeeping_account for each in elections if isinstance(each, Election)}
    locks.lock_accounts(cursor, accounts)


def _securities(cursor: Any, event_ids: Sequence[str]) -> set[str]:
    """Every security that any version of the events named."""
    cursor.execute(
        "SELECT DISTINCT body ->> 'isin' FROM facts WHERE record_type = 'corporate_action' AND identity = ANY(%s)",
        (list(event_ids),),
    )
    return {isin for (isin,) in cursor.fetchall() if isin}


def _touch(cursor: Any, fact: Fact, touched: _Touched) -> None:
    match fact.record:
        case CorporateAction() as event:
            touched.events.add(event.identity)
            touched.lots |= _lot_accounts(cursor, _securities(cursor, [event.identity]))
        case Position() as position:
            _touch_position(cursor, position, touched)
        case Account() as account:
            number = account.safekeeping_account
            touched.pairs |= {(event_id, number) for event_id in _events_of_account(cursor, number)}
            touched.lots.add(number)
        case Trade() as trade:
            touched.lots.add(trade.safekeeping_account)
        case Election() | Confirmation() as record:
            touched.pairs.add((record.corporate_action_event_id, record.safekeeping_account))
            if isinstance(record, Election):
                touched.lots.add(record.safekeeping_account)
            if isinstance(record, Confirmation):
                event_id, number = record.corporate_action_event_id, record.safekeeping_account
                results.confirm(cursor, event_id, number, record.option_number)
        case ElectionRelease() as release:
            for election in current.records(cursor, "election", "identity", [release.election_id]):
                assert isinstance(election, Election)
                touched.pairs.add((election.corporate_action_event_id, election.safekeeping_account))
                touched.lots.add(election.safekeeping_account)


def _touch_position(cursor: Any, position: Position, touched: _Touched) -> None:
    """The account's due events of the security, and its lots where they follow elections: what is not elected depends on the holding."""
    dates = ((each, each.entitlement_date) for each in current.events_of(cursor, [position.isin]))
    due = [each for each, on in dates if on is None or on >= position.as_of_date]
    touched.pairs |= {(each.identity, position.safekeeping_account) for each in due}
    if any(follows_elections(each) for each in due):
        touched.lots.add(position.safekeeping_account)


def _lot_accounts(cursor: Any, isins: set[str]) -> set[str]:
    """Accounts that traded the securities, or hold lots of them."""
    cursor.execute(
        """SELECT safekeeping_account FROM current_records WHERE record_type = 'trade' AND isin = ANY(%(isins)s)
           UNION SELECT safekeeping_account FROM tax_lots WHERE isin = ANY(%(isins)s)""",
        {"isins": list(isins)},
    )
    return {account for (account,) in cursor.fetchall()}


def _events_of_account(cursor: Any, account: str) -> set[str]:
    """Events of every security that the account was ever stated to hold."""
    cursor.execute(
        """SELECT e.identity FROM current_records AS e WHERE e.record_type = 'corporate_action' AND e.isin IN
           (SELECT isin FROM current_positions WHERE safekeeping_account = %s)""",
        (account,),
    )
    return {event_id for (event_id,) in cursor.fetchall()}


def _fold(connection: Any, cursor: Any, touched: _Touched, rules: Rules, now: datetime) -> None:
    locks.lock_accounts(cursor, touched.lots)
    for event_id in sorted(touched.events):
        _entitle(connection, cursor, event_id, "", rules, now)
    for event_id, account in sorted(touched.pairs):
        if event_id not in touched.events:
            _entitle(connection, cursor, event_id, account, rules, now)
    for account in sorted(touched.lots):
        _fold_lots(cursor, account, rules, now)


def _entitle(connection: Any, cursor: Any, event_id: str, account: str, rules: Rules, now: datetime) -> None:
    """Calculates an event again, for one account or for all, and writes what changed."""
    event = current.event(cursor, event_id)
    if event is None:
        return
    results.enqueue(cursor, [("corporate_action", event_id, {})])
    results.release(cursor, "event", [event_id], [""])
    if not event.stands:
        _reverse_all(cursor, event, now)
        return
    try:
        prepared = prepare_event(event, rules)
    except Held as held:
        results.hold(cursor, "event", event_id, "", held)
        return
    if not current.due_events([event], now.date()):
        return
    if not account:
        results.note_calculated(cursor, event_id, event.version)
    with connection.cursor(name="holders") as named:
        for chunk in current.holders(named, event, account):
            _entitle_chunk(cursor, prepared, chunk, now)


def _entitle_chunk(cursor: Any, prepared: PreparedEvent, chunk: Sequence[current.Holder], now: datetime) -> None:
    event_id = prepared.event.corporate_action_event_id
    accounts = [number for number, _, _ in chunk]
    elections, releases = current.elections_of(cursor, event_id)
    histories = results.histories(cursor, event_id, accounts)
    results.release(cursor, "entitlement", [event_id], accounts)
    changes = {}
    for number, eligible, account in chunk:
        own = [each for each in elections if each.safekeeping_account == number]
        try:
            due = prepared.entitle(account, eligible, own, releases)
        except Held as held:
            results.hold(cursor, "entitlement", event_id, number, held)
            due = ()
        history = histories[number]
        changes[number] = revise(history.current, due, history.last_revisions)
    results.write_changes(cursor, event_id, changes, now)


def _reverse_all(cursor: Any, event: CorporateAction, now: datetime) -> None:
    event_id = event.corporate_action_event_id
    cursor.execute(
        "SELECT DISTINCT safekeeping_account FROM entitlements WHERE corporate_action_event_id = %s AND status = 'CALCULATED'",
        (event_id,),
    )
    accounts = [account for (account,) in cursor.fetchall()]
    histories = results.histories(cursor, event_id, accounts)
    changes = {
        account: revise(history.current, (), history.last_revisions, stands=False)
        for account, history in histories.items()
    }
    results.write_changes(cursor, event_id, changes, now)


def _fold_lots(cursor: Any, number: str, rules: Rules, now: datetime) -> None:
    """An account's lots, from all its trades and the due events of the securities that it traded or got for them."""
    cursor.execute("DELETE FROM held WHERE kind IN ('trade', 'lots') AND safekeeping_account = %s", (number,))
    trades = current.trades_of(cursor, number)
    account = current.account(cursor, number)
    effects = _effects(cursor, number, {trade.isin for trade in trades}, rules, now)
    fold = fold_lots(account.lot_method if account else "FIFO", trades, effects)
    for event in fold.unadjusted:
        results.hold(cursor, "lots", event.event_id, number, Held("lots_not_adjusted", event.field, event.detail))
    results.write_lots(cursor, number, fold.lots)
    for each in fold.refused:
        results.hold(cursor, "trade", each.trade.trade_id, number, Held(each.reason, each.field, each.detail))


def _effects(cursor: Any, number: str, isins: set[str], rules: Rules, now: datetime) -> list[LotEffect]:
    """Effects on the securities, and on those that they turn into. What cannot be applied yet is held under the account."""
    effects: dict[str, LotEffect] = {}
    seen: set[str] = set()
    while new := isins - seen:
        seen |= new
        for event in current.due_events(current.events_of(cursor, sorted(new)), now.date()):
            try:
                effect = lot_effect(event, rules, elected_of(cursor, event, number))
            except (CalendarRangeError, Held, MissingTerms) as error:
                results.hold(cursor, "lots", event.identity, number, Held("lots_not_adjusted", "ex_date", str(error)))
                continue
            if effect:
                effects[effect.event_id] = effect
        isins = {effect.isin_out for effect in effects.values()}
    return list(effects.values())
