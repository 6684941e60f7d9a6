"""Samples as they are taken: a row of a CSV file and a line for people each."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from harness.progress import duration
from harness.soak.feeding import Feeding, UnderWay
from harness.soak.quantities import EMULATOR, OLDEST, OURS, OUTBOX, REQUESTS, UNDER_WAY, Quantities, measured
from harness.system import System

OPENING, FEEDING, CLOSING = "opening", "feeding", "closing"
_COLUMNS = ("phase", "seconds", "records put")


@dataclass
class Samples:
    """The samples of a soak. `fed`: (seconds since feeding began, quantities) of those taken while records were fed."""

    system: System
    feeding: Feeding
    under_way: UnderWay
    file: Path
    tell: Callable[[str], None]
    fed: list[tuple[float, Quantities]] = field(default_factory=list)
    _columns: list[str] = field(default_factory=list)

    def take(self, phase: str, since: float) -> float:
        """Measure, write and tell a sample, and return how much is unfinished. `since`: when the phase began (monotonic)."""
        quantities = measured(self.system, self.under_way)
        seconds = round(monotonic() - since, 1)
        if phase == FEEDING:
            self.fed.append((seconds, quantities))
        self._write({"phase": phase, "seconds": seconds, "records put": self.feeding.put, **quantities})
        self.tell(f"{phase} {duration(since)}: {self.feeding.put} put, {_line(quantities)}")
        return sum(quantities.get(name, 0.0) for name in (UNDER_WAY, REQUESTS, OUTBOX))

    def _write(self, row: dict[str, object]) -> None:
        """Append a row; a quantity that shows for the first time begins the file anew with its column."""
        rows = []
        if new := [name for name in row if name not in self._columns]:
            if self._columns:
                with self.file.open(newline="") as written:
                    rows = list(csv.DictReader(written))
            self._columns += new
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("w" if new else "a", newline="") as opened:
            writer = csv.DictWriter(opened, self._columns, restval="")
            if new:
                writer.writeheader()
            writer.writerows([*rows, row])


def _line(quantities: Quantities) -> str:
    """Return the quantities that matter while one waits."""
    ours = [f"{value:.0f}" for name, value in quantities.items() if name.startswith(OURS)]
    theirs = sum(value for name, value in quantities.items() if name.startswith(EMULATOR))
    lag = f"{quantities[UNDER_WAY]:.0f} under way (oldest {quantities[OLDEST]:.1f} s), outbox {quantities.get(OUTBOX, 0):.0f}"
    return f"{lag}; MB: ours {' + '.join(ours) or 'not known'}, emulators {theirs:.0f}"
