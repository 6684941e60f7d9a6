"""The states from which an AWS resource does not become ready any more: what a wait for it ends at (`ended` of `wait_for`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Any

import jmespath


@dataclass(frozen=True)
class TerminalStates:
    """Where a resource's description tells its state and the reason (JMESPaths, of one text or a list), and which states are terminal.

    `states` are patterns in lower case, such as `incompatible-*`.
    """

    at: str
    states: tuple[str, ...]
    reason: str

    def __call__(self, description: Mapping[str, Any]) -> str:
        """Return `state failed (the reason)` if the description shows a terminal state, else an empty string."""
        shown = [text for text in _texts(self.at, description) if self._is_terminal(text)]
        if not shown:
            return ""
        return f"state {', '.join(shown)} ({'; '.join(_texts(self.reason, description)) or 'no reason is given'})"

    def _is_terminal(self, state: str) -> bool:
        return any(fnmatch(state.lower(), pattern) for pattern in self.states)


def _texts(path: str, description: Mapping[str, Any]) -> list[str]:
    texts = jmespath.search(path, description)
    return [str(text) for text in (texts if isinstance(texts, list) else [texts]) if text]


DATABASE = TerminalStates(
    "DBInstanceStatus",
    (
        "deleting", "failed", "inaccessible-encryption-credentials*", "incompatible-*", "insufficient-capacity", "restore-error",
        "storage-full",
    ),
    "StatusInfos[].Message",
)  # fmt: skip
FUNCTION = TerminalStates("[State, LastUpdateStatus]", ("failed",), "[StateReason, LastUpdateStatusReason]")
MAPPING = TerminalStates("State", ("deleting",), "StateTransitionReason")
TABLE = TerminalStates(
    "TableStatus", ("archived", "deleting", "inaccessible_encryption_credentials"), "ArchivalSummary.ArchivalReason"
)
STREAM = TerminalStates("StreamStatus || ConsumerStatus", ("deleting",), "StreamStatusReason")
ARCHIVE = TerminalStates("State", ("create_failed", "update_failed"), "StateReason")
CONFIGURATION = TerminalStates("State", ("reverted", "rolled_back"), "EventLog[0].Description")
ENDPOINT = TerminalStates("State", ("deleted", "deleting", "expired", "failed", "rejected"), "LastError.Message")
SERVICE = TerminalStates(
    "[status, deployments[?status == 'PRIMARY'].rolloutState | [0]]",
    ("failed", "inactive"),
    "deployments[?status == 'PRIMARY'].rolloutStateReason",
)
