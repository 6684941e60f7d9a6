"""Where the gate keeps what it found of a target: `.run/gate/<target>`, or a folder that the user names."""

from dataclasses import dataclass
from pathlib import Path

from harness.embedded.run_folder import CHECKOUT
from harness.results.document import Run, write_document

HISTORY = CHECKOUT / ".run" / "gate"


@dataclass(frozen=True)
class GateFiles:
    """The files of one target in `folder`; those of a run of a part of the suites stand apart."""

    folder: Path

    @property
    def latest(self) -> Path:
        """Return the path of the last run's result document."""
        return self.folder / "latest.json"

    @property
    def previous(self) -> Path:
        """Return the path of the result document before the last, for the latency plots."""
        return self.folder / "previous.json"

    @property
    def baseline(self) -> Path:
        """Return the path of the result document that a person accepted."""
        return self.folder / "baseline.json"

    @property
    def lines(self) -> Path:
        """Return the path of the lines that the recorder writes while the session runs."""
        return self.folder / "session.jsonl"

    @property
    def log(self) -> Path:
        """Return the path of pytest's output."""
        return self.folder / "session.log"

    @property
    def ids(self) -> Path:
        """Return the path of the scenario ids, one a line, that the session runs if it does not run all."""
        return self.folder / "session.ids"

    def keep(self, run: Run) -> None:
        """Write the document of this run; the last one becomes the previous."""
        if self.latest.exists():
            self.latest.replace(self.previous)
        write_document(self.latest, run.as_json())
