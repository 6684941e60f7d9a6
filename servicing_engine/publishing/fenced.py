"""Writes of a relay that has lost its partition do nothing, however late they come.

A relay writes what it read under its partition's lock. The lock goes with its task or its connection, and a request that is on its way
does not: it would overwrite what the next relay has written since. So each write goes in one transaction with the partition's fence, an
item with the highest version under which anybody wrote; a lower one is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from sending import CONDITION_FAILED, MOST_WRITES, cancellations, transact

_BESIDE_FENCE = MOST_WRITES - 1


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

        Raises SupersededError and botocore's errors.
        """
        for start in range(0, len(writes), _BESIDE_FENCE):
            chosen = writes[start : start + _BESIDE_FENCE]
            self._send([{kind: {"TableName": table, **what} for kind, what in write.items()} for write in chosen])

    def _send(self, writes: Sequence[dict[str, Any]]) -> None:
        try:
            transact(self.dynamodb, [{"Update": self._raised()}, *writes])
        except ClientError as error:
            if CONDITION_FAILED in cancellations(error):  # the fence's: the writes have none
                raise SupersededError(f"partition {self.partition} is another relay's") from error
            raise

    def _raised(self) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "Key": {"id": {"S": f"partition:{self.partition}"}},
            "UpdateExpression": "SET #kind = :kind, #state_version = :state_version",
            "ConditionExpression": "attribute_not_exists(#state_version) OR #state_version <= :state_version",
            "ExpressionAttributeNames": {"#kind": "kind", "#state_version": "state_version"},
            "ExpressionAttributeValues": {":kind": {"S": "fence"}, ":state_version": {"N": str(self.version)}},
        }
