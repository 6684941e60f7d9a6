"""The current state of one account, read consistently where the table allows it: what is followed, and the facts that it gives."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from typing import Any, NamedTuple, TypeVar

from boto3.dynamodb.types import TypeDeserializer

from domain.reconciliation import AccountFacts, CalculatedEvent, CurrentEntitlement, PendingTrade
from domain.records import Confirmation, Position, Statement, stored_record
from functions.reconciliation.changes import NEWEST, Item
from functions.reconciliation.settings import Settings
from sending import SendError, attempts

_READ = TypeDeserializer().deserialize
_MOST_KEYS = 100
_ATTEMPTS = 5
_ALL_SECURITIES = "securities"
_Record = TypeVar("_Record", Confirmation, Position, Statement)
Plain = dict[str, Any]
"""An item in Python's own types."""
Each = Callable[..., Iterable[Any]]
"""`map`, or that of a pool, which calls side by side."""


def dates(facts: AccountFacts, earliest: date) -> list[date]:
    """Return the dates that have a report: of positions, statements, confirmations, entitlements, and events since the first position.

    Those from `earliest` on, which a change then may change, and from the position before it on: lots are compared with the newest
    position, and with every date where there is none. An entitlement that was paid before its date, or without a date, is known from
    the payment on.
    """
    stated = {position.as_of_date for position in facts.positions}
    if earliest != NEWEST:
        entitled = {facts.identity(due): due.entitlement_date or date.min for due in facts.entitlements}
        paid = ((payment, payment.posting_date or date.min) for payment in facts.confirmations)
        early = (day for payment, day in paid if day < entitled.get(payment.entitlement_identity, NEWEST))
        earliest = min((earliest, *early))
    start = max((day for day in stated if day < earliest), default=date.min)
    first = min(stated, default=date.max)
    days = stated | {statement.as_of_date for statement in facts.statements}
    days |= {payment.posting_date for payment in facts.confirmations if payment.posting_date}
    days |= {due.entitlement_date for due in facts.entitlements if due.entitlement_date}
    days |= {event.entitlement_date for event in facts.calculated_events if event.entitlement_date >= first}
    return sorted(day for day in days if day >= start)


class Followed(NamedTuple):
    """An account's items in the tables whose changes are followed. `kept`: those of queue-state, by id."""

    positions: Sequence[Item]
    entitlements: Sequence[Item]
    kept: Mapping[str, Item | None]


def read_followed(dynamodb: Any, settings: Settings, account: str, changed: Mapping[str, Item | None]) -> Followed:
    """Return the account's items in the three tables.

    What queue-state has comes through an index, which is eventually consistent; so the items that changed just now are taken as `changed`
    has them.
    """
    read = partial(_query, dynamodb, account)
    positions = read(TableName=settings.positions_table, ConsistentRead=True)
    entitlements = read(TableName=settings.entitlements_table, ConsistentRead=True)
    indexed = read(TableName=settings.queue_state_table, IndexName="by_account")
    return Followed(positions, entitlements, {**{item["id"]["S"]: item for item in indexed}, **changed})


def read_shared(dynamodb: Any, settings: Settings, of: Iterable[Followed], each: Each = map) -> Mapping[str, Plain]:
    """Return, by id, the items of queue-state that accounts share: the events and the record of each security that one of them holds.

    Raises as `items_of`.
    """
    isins = sorted(set().union(*map(_held, of)))
    ids = [_ALL_SECURITIES, *(f"{kind}:{isin}" for isin in isins for kind in ("calculated_events", "security"))]
    chunks = [ids[start : start + _MOST_KEYS] for start in range(0, len(ids), _MOST_KEYS)]
    answers = each(partial(items_of, dynamodb, settings.queue_state_table), chunks)
    return {item["id"]: item for answer in answers for item in answer}


def facts_of(account: str, followed: Followed, shared: Mapping[str, Plain]) -> AccountFacts:
    """Return the account's facts: what is followed, with the events and securities of what it holds out of what is shared."""
    kept = [_plain(item) for _, item in sorted(followed.kept.items()) if item]
    isins = _held(followed)
    calculated = (shared.get(f"calculated_events:{isin}", {}) for isin in isins)
    events = tuple(sorted(_calculated(calculated), key=lambda event: event.key))
    known = frozenset(isin for isin in isins if f"security:{isin}" in shared)
    lots = [item for item in kept if item["kind"] == "tax_lots"]
    return AccountFacts(
        account,
        positions=tuple(map(_position, map(_plain, followed.positions))),
        second_sources=_records(kept, "second_source", Position),
        statements=_records(kept, "statement", Statement),
        confirmations=_records(kept, "confirmation", Confirmation),
        entitlements=_entitlements(map(_plain, followed.entitlements), events),
        calculated_events=events,
        open_lots={item["isin"]: Fraction(item["open_quantity"]) for item in lots},
        trades=tuple(_pending(item["isin"], trade) for item in lots for trade in item.get("pending_trades", ())),
        securities=known if _ALL_SECURITIES in shared else None,
    )


def _query(dynamodb: Any, account: str, **where: Any) -> list[Item]:
    pages = _pages(dynamodb).paginate(
        KeyConditionExpression="safekeeping_account = :account",
        ExpressionAttributeValues={":account": {"S": account}},
        **where,
    )
    return [item for page in pages for item in page["Items"]]


@cache
def _pages(dynamodb: Any) -> Any:
    """Return the client's paginator of queries. botocore makes a class for each one that it is asked for: an eighth of a query's time."""
    return dynamodb.get_paginator("query")


def _held(followed: Followed) -> set[str]:
    """Return the securities that positions and statements name."""
    stated = (item for item in followed.kept.values() if item and item["kind"]["S"] == "statement")
    texts = (text["S"] for item in stated for text in item["records"]["L"])
    return {item["isin"]["S"] for item in followed.positions} | {json.loads(text)["isin"] for text in texts}


def items_of(dynamodb: Any, table: str, ids: Sequence[str]) -> list[Plain]:
    """Return the items of at most 100 ids that are there.

    Raises botocore's errors, and SendError if DynamoDB leaves keys over five times.
    """
    wanted = {table: {"Keys": [{"id": {"S": item_id}} for item_id in ids], "ConsistentRead": True}}
    found: list[Plain] = []
    for _ in attempts(_ATTEMPTS):
        answer = dynamodb.batch_get_item(RequestItems=wanted)
        found += map(_plain, answer["Responses"].get(table, ()))
        if not (wanted := answer.get("UnprocessedKeys")):
            return found
    raise SendError(f"DynamoDB left over keys of {table} in {_ATTEMPTS} attempts: the batch comes again")


def _plain(item: Item) -> Plain:
    return {name: _READ(value) for name, value in item.items()}


def _position(item: Item) -> Position:
    record = stored_record({**item, "sequence": int(item["sequence"])})
    assert isinstance(record, Position)
    return record


def _records(items: Iterable[Item], kind: str, record_type: type[_Record]) -> tuple[_Record, ...]:
    """Return the records that the engine keeps as JSON texts in items of one kind."""
    texts = (text for item in items if item["kind"] == kind for text in item["records"])
    read = (stored_record(json.loads(text)) for text in texts)
    return tuple(record for record in read if isinstance(record, record_type))


def _pending(isin: str, trade: Item) -> PendingTrade:
    traded, settled = (date.fromisoformat(trade[name]) for name in ("trade_date", "settlement_date"))
    quantity, kind = Decimal(trade["quantity"]), trade.get("kind", "trade")
    return PendingTrade(trade["trade_id"], isin, traded, settled, quantity, kind)


def _calculated(items: Iterable[Item]) -> Iterator[CalculatedEvent]:
    """Yield the events of the engine's items `calculated_events:<isin>`, which entitle every holder."""
    for item in items:
        for event_id, day in item.get("events", {}).items():
            yield CalculatedEvent(event_id, item["isin"], date.fromisoformat(day))


def _entitlements(items: Iterable[Item], events: Iterable[CalculatedEvent]) -> tuple[CurrentEntitlement, ...]:
    """Return each option's entitlement, dated by its record date, else by the calculated event."""
    days = {event.corporate_action_event_id: event.entitlement_date for event in events}
    return tuple(CurrentEntitlement.from_json(item, days.get(item["corporate_action_event_id"])) for item in items)
