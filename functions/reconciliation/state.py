"""The current state of one account, read consistently where the table allows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from domain.reconciliation import CurrentEntitlement
from domain.records import Position, parse_record
from functions.reconciliation.settings import Settings

_READ = TypeDeserializer().deserialize


@dataclass(frozen=True, slots=True)
class AccountState:
    """All statements, current entitlements (one per event) and open quantities by ISIN."""

    positions: tuple[Position, ...]
    entitlements: tuple[CurrentEntitlement, ...]
    open_lots: Mapping[str, Fraction]

    def dates(self, earliest: date) -> list[date]:
        """Dates that have a report, from `earliest` on."""
        found = {each.as_of_date for each in self.positions} | {each.record_date for each in self.entitlements}
        return sorted(day for day in found if day >= earliest)


def read_state(dynamodb: Any, settings: Settings, account: str) -> AccountState:
    """Reads the three tables. Lots come through an index, which is eventually consistent."""
    positions = _query(dynamodb, account, TableName=settings.positions_table, ConsistentRead=True)
    entitlements = _query(dynamodb, account, TableName=settings.entitlements_table, ConsistentRead=True)
    lots = _query(dynamodb, account, TableName=settings.queue_state_table, IndexName="by_account")
    return AccountState(
        tuple(_position(item) for item in positions),
        _eligible(entitlements),
        {item["isin"]: Fraction(item["open_quantity"]) for item in lots},
    )


def _query(dynamodb: Any, account: str, **where: Any) -> list[dict[str, Any]]:
    pages = dynamodb.get_paginator("query").paginate(
        KeyConditionExpression="safekeeping_account = :account",
        ExpressionAttributeValues={":account": {"S": account}},
        **where,
    )
    return [{name: _READ(value) for name, value in item.items()} for page in pages for item in page["Items"]]


def _position(item: Mapping[str, Any]) -> Position:
    record, _ = parse_record({**item, "sequence": int(item["sequence"])})
    assert isinstance(record, Position)
    return record


def _eligible(items: list[dict[str, Any]]) -> tuple[CurrentEntitlement, ...]:
    """Entitlements summed over the options of one event; one without a record date has no statement to be compared with."""
    sums: dict[tuple[str, str, date], Decimal] = {}
    for item in (each for each in items if each.get("record_date")):
        key = (item["corporate_action_event_id"], item["isin"], date.fromisoformat(item["record_date"]))
        sums[key] = sums.get(key, Decimal(0)) + Decimal(item["eligible_quantity"])
    return tuple(CurrentEntitlement(*key, quantity) for key, quantity in sorted(sums.items()))
