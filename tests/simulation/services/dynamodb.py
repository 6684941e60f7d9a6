"""DynamoDB: tables with conditional writes, transactions, batches of which parts are left over, streams, and an index that lags."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from botocore.exceptions import ClientError

from tests.simulation.services.calls import Calls, error
from tests.simulation.services.expressions import Condition, updated

Item = Mapping[str, Any]
Key = tuple[str, ...]
KEYS = {
    "positions": ("safekeeping_account", "position_key"),
    "entitlements": ("safekeeping_account", "entitlement_key"),
    "queue-state": ("id",),
}
"""The key attributes of each table (terraform/modules/storage)."""
_SHARED = ("calculated_events", "security", "securities")


class _Exceptions:
    class ConditionalCheckFailedException(ClientError):
        """A condition did not hold."""

    class TransactionCanceledException(ClientError):
        """A transaction was not done."""


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

    exceptions = _Exceptions

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self.tables = {name: Table(name) for name in KEYS}

    def put_item(self, TableName: str, Item: Item, **condition: Any) -> dict[str, Any]:
        """Put an item if its condition holds. Raises ConditionalCheckFailedException."""
        table = self.tables[TableName]
        return self._make("PutItem", lambda: self._write(table, table.key_of(Item), Item, condition))

    def update_item(self, **update: Any) -> dict[str, Any]:
        """Update an item if its condition holds. Raises ConditionalCheckFailedException."""
        return self._make("UpdateItem", lambda: self._update(update))

    def transact_write_items(self, TransactItems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Do all updates, puts and deletes or none. Raises TransactionCanceledException with a reason for each."""
        writes = [(kind, write) for item in TransactItems for kind, write in item.items()]

        def effect() -> dict[str, Any]:
            keys = [(write["TableName"], self._key(kind, write)) for kind, write in writes]
            if len(set(keys)) < len(keys):
                raise error("ValidationException", "TransactWriteItems")
            hold = [kind != "Update" or self._condition(write).holds(self._item(write)) for kind, write in writes]
            if not all(hold):
                reasons = [{"Code": "None" if holds else "ConditionalCheckFailed"} for holds in hold]
                raise error(
                    "TransactionCanceledException", "TransactWriteItems", _Exceptions.TransactionCanceledException,
                    CancellationReasons=reasons,
                )  # fmt: skip
            for kind, write in writes:
                if kind == "Update":
                    self._update(write)
                else:
                    self.tables[write["TableName"]].put(self._key(kind, write), write.get("Item"))
            return {}

        return self._make("TransactWriteItems", effect)

    def _key(self, kind: str, write: Mapping[str, Any]) -> Key:
        return self.tables[write["TableName"]].key_of(write["Item" if kind == "Put" else "Key"])

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

    def _make(self, operation: str, effect: Any) -> dict[str, Any]:
        def noted() -> dict[str, Any]:
            answer: dict[str, Any] = effect()
            self._calls.wrote()
            return answer

        return self._calls.make("dynamodb", operation, noted)

    def _write(self, table: Table, key: Key, item: Item, condition: Mapping[str, Any]) -> dict[str, Any]:
        if condition and not self._condition(condition).holds(table.items.get(key) or {}):
            raise error("ConditionalCheckFailedException", "PutItem", _Exceptions.ConditionalCheckFailedException)
        table.put(key, item)
        return {}

    def _update(self, update: Mapping[str, Any]) -> dict[str, Any]:
        table = self.tables[update["TableName"]]
        item = self._item(update) or dict(update["Key"])
        names, values = update["ExpressionAttributeNames"], update["ExpressionAttributeValues"]
        changed = updated(item, update["UpdateExpression"], names, values)
        return self._write(table, table.key_of(update["Key"]), changed, update)

    def _item(self, update: Mapping[str, Any]) -> dict[str, Any]:
        table = self.tables[update["TableName"]]
        return table.items.get(table.key_of(update["Key"])) or {}

    @staticmethod
    def _condition(call: Mapping[str, Any]) -> Condition:
        names, values = call.get("ExpressionAttributeNames", {}), call.get("ExpressionAttributeValues", {})
        return Condition(call["ConditionExpression"], names, values)
