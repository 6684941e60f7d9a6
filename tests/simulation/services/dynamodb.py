"""DynamoDB: tables with transactions of conditional writes, batches of which parts are left over, streams, and an index that lags."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from tests.simulation.services.calls import Calls, cancelled, error
from tests.simulation.services.expressions import Condition, updated

Item = Mapping[str, Any]
Key = tuple[str, ...]
KEYS = {
    "positions": ("safekeeping_account", "position_key"),
    "entitlements": ("safekeeping_account", "entitlement_key"),
    "queue-state": ("id",),
}
"""The key attributes of each table (terraform/modules/storage)."""
_MOST_WRITES = 100
_SHARED = ("calculated_events", "security", "securities")


class Table:
    """Items by key, the item before its last write, and the stream's shards of changes: (old image, new image), by partition key.

    `shared`: how many changes were of events and securities, which are of no account and which reports name.
    """

    def __init__(self, name: str) -> None:
        self.name, self.items, self.before, self.shared = name, {}, {}, 0
        self.changes: tuple[list[Any], ...] = ([], [])

    def key_of(self, item: Item) -> Key:
        """Return an item's key."""
        return tuple(item[name]["S"] for name in KEYS[self.name])

    def put(self, key: Key, item: Item | None) -> None:
        """Write an item, or delete it where it is None."""
        old = self.items.get(key)
        self.before[key] = old
        if item is None:
            self.items.pop(key, None)
        else:
            self.items[key] = dict(item)
        if old != item:
            self.changes[crc32(key[0].encode()) % len(self.changes)].append((old, item))
            self.shared += (item or old or {}).get("kind", {}).get("S") in _SHARED


class DynamoDB:
    """The client."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.tables = {name: Table(name) for name in KEYS}

    def transact_write_items(self, TransactItems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Do all updates, puts and deletes or none. Raises TransactionCanceledException with a reason for each."""
        writes = [(kind, write) for item in TransactItems for kind, write in item.items()]

        def effect() -> dict[str, Any]:
            keys = [(write["TableName"], self._key(kind, write)) for kind, write in writes]
            pairs = list(zip(keys, writes, strict=True))
            if len(writes) > _MOST_WRITES or len(set(keys)) < len(keys):
                raise error("ValidationException", "TransactWriteItems")
            hold = [_holds(write, self.tables[name].items.get(key, {})) for (name, key), (_, write) in pairs]
            if not all(hold):
                raise cancelled(*("None" if holds else "ConditionalCheckFailed" for holds in hold))
            for (name, key), (kind, write) in pairs:
                table = self.tables[name]
                table.put(key, _updated(table.items.get(key), write) if kind == "Update" else write.get("Item"))
            self._calls.wrote()
            return {}

        return self._calls.make("dynamodb", "TransactWriteItems", effect)

    def _key(self, kind: str, write: Mapping[str, Any]) -> Key:
        return self.tables[write["TableName"]].key_of(write["Item" if kind == "Put" else "Key"])

    def batch_write_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        """Put items, without conditions."""
        ((name, requests),) = RequestItems.items()
        table = self.tables[name]

        def effect() -> dict[str, Any]:
            for request in requests:
                table.put(table.key_of(request["PutRequest"]["Item"]), request["PutRequest"]["Item"])
            self._calls.wrote()
            return {"UnprocessedItems": {}}

        return self._calls.make("dynamodb", "BatchWriteItem", effect)

    def batch_get_item(self, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        """Read items by key, consistently."""
        ((name, wanted),) = RequestItems.items()
        table = self.tables[name]
        return self._calls.make("dynamodb", "BatchGetItem", lambda: {
            "Responses": {name: [item for key in wanted["Keys"] if (item := table.items.get(table.key_of(key)))]}
        })  # fmt: skip

    def get_paginator(self, _operation: str) -> "DynamoDB":
        """Return the paginator of queries."""
        return self

    def paginate(self, TableName: str, ExpressionAttributeValues: Item, **how: Any) -> list[dict[str, Any]]:
        """Query the items of one account; through the index a read may lack the last write of an item."""
        table, account = self.tables[TableName], ExpressionAttributeValues[":account"]

        def effect() -> list[dict[str, Any]]:
            items = dict(table.items)
            if not how.get("ConsistentRead") and table.before and self._calls.suffers("stale", "Query"):
                key = self._calls.scheduler.random.choice(sorted(table.before))
                items = {**items, key: table.before[key]}
            found = [item for key, item in sorted(items.items()) if item and item.get("safekeeping_account") == account]
            return [{"Items": found}]

        return self._calls.make("dynamodb", "Query", effect)


def _holds(write: Mapping[str, Any], item: Item) -> bool:
    """Return True if a write may be done where `item` stands."""
    return "ConditionExpression" not in write or Condition(write["ConditionExpression"], *_terms(write)).holds(item)


def _updated(item: Item | None, update: Mapping[str, Any]) -> Item:
    return updated(dict(item or update["Key"]), update["UpdateExpression"], *_terms(update))


def _terms(write: Mapping[str, Any]) -> tuple[Mapping[str, str], Item]:
    return write.get("ExpressionAttributeNames", {}), write.get("ExpressionAttributeValues", {})
