"""queue-state: what became of each record and request, for people, the API and `make feed`; never for correctness.

An item is updated, not replaced, so that what ingest wrote stays; and only by a higher `state_version`, so that it never goes backwards.
"""

import logging
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sending import MOST_WRITES, transact_where_due

_LOGGER = logging.getLogger(__name__)
REQUEST_STATES = {"RECEIVED": 0, "CLAIMED": 1, "FAILED": 2, "COMMITTED": 3, "PUBLISHED": 4}
"""In the order in which they follow each other; a failed request is tried again, so FAILED may still become COMMITTED."""
_FLUSH_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class State:
    """An item's next state. An empty attribute is taken away. An item is kept for `kept_days` from now, or for ever (0)."""

    item_id: str
    version: int
    attributes: Mapping[str, str]
    kept_days: int = 0

    def update(self, table: str) -> dict[str, Any]:
        """Return the conditional update, as DynamoDB takes it."""
        now = datetime.now(UTC)
        values = {name: {"S": value} if value else None for name, value in self.attributes.items()}
        values["updated_at"] = {"S": now.isoformat(timespec="milliseconds")[:-6] + "Z"}
        expiry = int((now + timedelta(self.kept_days)).timestamp())
        values["expires_at"] = {"N": str(expiry)} if self.kept_days else None
        given = {name: value for name, value in values.items() if value}
        removed = [f"#{name}" for name in values if name not in given]
        assignments = ["#state_version = :state_version", *(f"#{name} = :{name}" for name in given)]
        return {
            "TableName": table,
            "Key": {"id": {"S": self.item_id}},
            "UpdateExpression": f"SET {', '.join(assignments)}" + (f" REMOVE {', '.join(removed)}" if removed else ""),
            "ConditionExpression": "attribute_not_exists(#state_version) OR #state_version < :state_version",
            "ExpressionAttributeNames": {f"#{name}": name for name in (*values, "state_version")},
            "ExpressionAttributeValues": {f":{name}": value for name, value in given.items()}
            | {":state_version": {"N": str(self.version)}},
        }


def request_state(request_id: str, state: str, detail: str = "", kept_days: int = 0) -> State:
    """Return the state of one entitlement request."""
    said = {"kind": "request", "state": state, "detail": detail}
    return State(request_id, REQUEST_STATES[state], said, kept_days)


def advance(dynamodb: Any, table: str, states: Sequence[State]) -> None:
    """Write the furthest state of each item; one that the item is beyond already changes nothing. Raises botocore's errors."""
    furthest: dict[str, State] = {}
    for state in states:  # an item twice makes DynamoDB refuse the whole call, and SQS may deliver a request twice
        if furthest.setdefault(state.item_id, state).version < state.version:
            furthest[state.item_id] = state
    newest = list(furthest.values())
    for start in range(0, len(newest), MOST_WRITES):
        updates = [{"Update": state.update(table)} for state in newest[start : start + MOST_WRITES]]
        transact_where_due(dynamodb, updates)


@dataclass(slots=True)
class RequestStates:
    """Notes of workers on their requests, written behind their backs: the newest state of each request, many in one call."""

    dynamodb: Any
    table: str
    _notes: "queue.SimpleQueue[State]" = field(default_factory=queue.SimpleQueue)

    def note(self, request_id: str, state: str, detail: str = "") -> None:
        """Take a note without waiting."""
        if request_id:
            self._notes.put(request_state(request_id, state, detail))

    def run(self, stopping: threading.Event) -> None:
        """Write notes until told to stop, and those that are left then. A failure of DynamoDB loses notes, and is logged."""
        while not stopping.wait(_FLUSH_SECONDS):
            self.flush()
        self.flush()

    def flush(self) -> None:
        """Write the notes taken so far."""
        states = []
        while not self._notes.empty():
            states.append(self._notes.get())
        try:
            advance(self.dynamodb, self.table, states)
        except (BotoCoreError, ClientError):
            _LOGGER.exception("%s states of requests were not written", len(states))
