"""The current state of one account, read consistently where the table allows it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from domain.reconciliation import CalculatedEvent, CurrentEntitlement
from domain.records import Position, parse_record
from functions.reconciliation.settings import Settings

_READ = TypeDeserializer().deserialize
_MOST_KEYS = 100
_PAYS = ("option_number", "gross_amount", "currency", "entitled_quantity", "isin_out")


@dataclass(frozen=True, slots=True)
class AccountState:
    """All statements, current entitlements (one per event), open quantities by ISIN, and the calculated events of all ISINs stated."""

    positions: tuple[Position, ...]
    entitlements: tuple[CurrentEntitlement, ...]
    open_lots: Mapping[str, Fraction]
    calculated_events: tuple[CalculatedEvent, ...]

    def dates(self, earliest: date) -> list[date]:
        """Dates that have a report, of statements and entitlements and of events since the account's first statement.

        Those from `earliest` on, which a change then may change, and from the statement before it on: lots are compared with the newest.
        """
        stated = {each.as_of_date for each in self.positions}
        start = max((day for day in stated if day < earliest), default=earliest)
        first = min(stated, default=date.max)
        found = stated | {each.entitlement_date for each in self.entitlements}
        found |= {each.entitlement_date for each in self.calculated_events if each.entitlement_date >= first}
        return sorted(day for day in found if day >= start)


def read_state(dynamodb: Any, settings: Settings, account: str) -> AccountState:
    """Reads the three tables. Lots come through an index, which is eventually consistent."""
    positions = tuple(
        map(_position, _query(dynamodb, account, TableName=settings.positions_table, ConsistentRead=True))
    )
    entitlements = _query(dynamodb, account, TableName=settings.entitlements_table, ConsistentRead=True)
    lots = _query(dynamodb, account, TableName=settings.queue_state_table, IndexName="by_account")
    isins = sorted({each.isin for each in positions})
    calculated = _calculated(dynamodb, settings.queue_state_table, isins)
    events = tuple(sorted(calculated, key=lambda each: each.corporate_action_event_id))
    dates = {each.corporate_action_event_id: each.entitlement_date for each in events}
    return AccountState(
        positions,
        _eligible(entitlements, dates),
        {item["isin"]: Fraction(item["open_quantity"]) for item in lots if item["kind"] == "tax_lots"},
        events,
    )


def _query(dynamodb: Any, account: str, **where: Any) -> list[dict[str, Any]]:
    pages = dynamodb.get_paginator("query").paginate(
        KeyConditionExpression="safekeeping_account = :account",
        ExpressionAttributeValues={":account": {"S": account}},
        **where,
    )
    return [_plain(item) for page in pages for item in page["Items"]]


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _READ(value) for name, value in item.items()}


def _position(item: Mapping[str, Any]) -> Position:
    record, _ = parse_record({**item, "sequence": int(item["sequence"])})
    assert isinstance(record, Position)
    return record


def _calculated(dynamodb: Any, table: str, isins: Sequence[str]) -> Iterator[CalculatedEvent]:
    """The engine's items `calculated_events:<isin>`: events that entitle every holder, each with its entitlement date."""
    for start in range(0, len(isins), _MOST_KEYS):
        keys = [{"id": {"S": f"calculated_events:{isin}"}} for isin in isins[start : start + _MOST_KEYS]]
        wanted = {table: {"Keys": keys, "ConsistentRead": True}}
        while wanted:
            answer = dynamodb.batch_get_item(RequestItems=wanted)
            for item in map(_plain, answer["Responses"].get(table, ())):
                for event_id, day in item["events"].items():
                    yield CalculatedEvent(event_id, item["isin"], date.fromisoformat(day))
            wanted = answer.get("UnprocessedKeys")


def _eligible(items: Iterable[Mapping[str, Any]], dates: Mapping[str, date]) -> tuple[CurrentEntitlement, ...]:
    """Entitlements summed over the options of one event. The date is the record date, else that of the calculated event; without
    either there is no statement to compare with, and the entitlement is left out."""
    options: dict[tuple[str, str, date], list[Mapping[str, Any]]] = {}
    for item in items:
        event_id, given = item["corporate_action_event_id"], item.get("record_date")
        day = date.fromisoformat(given) if given else dates.get(event_id)
        if day:
            options.setdefault((event_id, item["isin"], day), []).append(item)
    return tuple(
        CurrentEntitlement(*key, sum((Decimal(each["eligible_quantity"]) for each in found), Decimal(0)), _pays(found))
        for key, found in sorted(options.items())
    )


def _pays(items: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What comes of an event, in words that are the same for the same event under another id."""
    lines = []
    for item in items:
        event = f"{item.get('event_type')} {item.get('payment_date')}"
        lines.append(" ".join([event, *(str(item.get(name)) for name in _PAYS)]))
    return tuple(sorted(lines))
