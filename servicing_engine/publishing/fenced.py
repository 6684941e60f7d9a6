"""Writes of a relay that has lost its partition do nothing, however late they come.

A relay writes what it read under its partition's lock. The lock goes with its task or its connection, and a request that is on its way
does not: it would overwrite what the next relay has written since. So each write goes in one transaction with the partition's fence, an
item with the highest version under which anybody wrote; a lower one is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sending import RefusedError, attempts

MOST_WRITES = 99
"""In one TransactWriteItems, which takes 100 (API reference), beside the fence."""
_ATTEMPTS = 5


class SupersededError(RuntimeError):
    """Another relay has written since: the partition is not ours any more."""


@dataclass(frozen=True, slots=True)
class Fence:
    """A partition's fence in queue-state, for a relay that took `version` under the partition's lock."""

    dynamodb: Any
    table: str
    partition: int
    version: int

    def write(self, table: str, writes: Sequence[dict[str, Any]]) -> None:
        """Do puts and deletes of different items of a table (`{"Put": {"Item": …}}`, `{"Delete": {"Key": …}}`), 99 a call.

        Raises SupersededError, RefusedError, and botocore's errors.
        """
        for start in range(0, len(writes), MOST_WRITES):
            chosen = writes[start : start + MOST_WRITES]
            self._send([{kind: {"TableName": table, **what} for kind, what in write.items()} for write in chosen])

    def _send(self, writes: Sequence[dict[str, Any]]) -> None:
        """Send one transaction, and again, five times at most and after pauses, where another one was at work on one of its items."""
        for attempt in attempts(_ATTEMPTS):
            try:
                self.dynamodb.transact_write_items(TransactItems=[{"Update": self._raised()}, *writes])
            except self.dynamodb.exceptions.TransactionCanceledException as error:
                codes = [reason.get("Code") for reason in error.response.get("CancellationReasons", ())]
                if codes[:1] == ["ConditionalCheckFailed"]:
                    raise SupersededError(f"partition {self.partition} is another relay's") from error
                if "ValidationError" in codes:
                    raise RefusedError(f"DynamoDB refuses what is written: {error}") from error
                if attempt == _ATTEMPTS or "TransactionConflict" not in codes:
                    raise
            else:
                return

    def _raised(self) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Key": {"id": {"S": f"partition:{self.partition}"}},
            "UpdateExpression": "SET #kind = :kind, #state_version = :state_version",
            "ConditionExpression": "attribute_not_exists(#state_version) OR #state_version <= :state_version",
            "ExpressionAttributeNames": {"#kind": "kind", "#state_version": "state_version"},
            "ExpressionAttributeValues": {":kind": {"S": "fence"}, ":state_version": {"N": str(self.version)}},
        }
