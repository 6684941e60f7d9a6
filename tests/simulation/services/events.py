"""EventBridge: a bus whose events, of which some may fail for the moment, are all heard by one subscriber."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.simulation.services.calls import Calls


class Events:
    """The client. `heard` is called with the detail of each event that the bus took."""

    def __init__(self, calls: Calls, heard: Callable[[dict[str, Any]], None]) -> None:
        self._calls, self._heard = calls, heard

    def put_events(self, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Take events."""

        def effect() -> dict[str, Any]:
            partial = self._calls.suffers("partial", "PutEvents")
            failed = [partial and self._calls.scheduler.random.random() < 0.5 for _ in Entries]
            for entry, fails in zip(Entries, failed, strict=True):
                if not fails:
                    self._heard(json.loads(entry["Detail"]))
            self._calls.wrote()
            answers = [{"ErrorCode": "InternalFailure"} if fails else {"EventId": "1"} for fails in failed]
            return {"FailedEntryCount": sum(failed), "Entries": answers}

        return self._calls.make("events", "PutEvents", effect)
