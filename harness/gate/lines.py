"""Reads the recorder's JSON lines while a session runs and after it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.results.document import Outcome, ScenarioResult


@dataclass
class Progress:
    """What a session has told so far. `running`: tests begun and not ended. `_unanswered`: what ran when the answers ceased."""

    collected: int = 0
    running: set[str] = field(default_factory=set)
    results: dict[str, ScenarioResult] = field(default_factory=dict)
    _unanswered: tuple[str, ...] = ()
    _read_to: int = 0

    def follow(self, file: Path) -> None:
        """Take the lines that were added to `file` since the last call."""
        if not file.exists():
            return
        with file.open("rb") as lines:
            lines.seek(self._read_to)
            for line in lines:
                if not line.endswith(b"\n"):
                    return  # still being written
                self._read_to += len(line)
                self._take(json.loads(line))

    def _take(self, line: dict[str, Any]) -> None:
        if "collected" in line:
            self.collected = max(self.collected, line["collected"])
        elif "begun" in line:
            self.running.add(line["begun"])
        elif "ended" in line:
            self.running.discard(line["ended"])
        else:
            result = ScenarioResult.from_json(line["result"])
            # A scenario that failed and whose teardown failed too has two: the first trouble counts.
            if self.results.get(result.id, result).outcome is Outcome.PASS or result.id not in self.results:
                self.results[result.id] = result
            self._blame(result)

    def _blame(self, result: ScenarioResult) -> None:
        if result.outcome in (Outcome.PASS, Outcome.FAIL):
            self._unanswered = ()
        elif result.outcome is Outcome.INDETERMINATE and not self._unanswered:
            self._unanswered = tuple(sorted({result.test, *self.running}))

    def silent_since(self) -> str:
        """Return the tests during which the target fell silent. If connections are refused, many more have run and failed since."""
        return ", ".join(self._unanswered or sorted(self.running)) or "no scenario"

    def without_result(self) -> Iterator[str]:
        """Yield the tests that began and of which nothing was heard: their worker ended."""
        told = {result.test for result in self.results.values()}
        return (test for test in sorted(self.running) if test not in told)
