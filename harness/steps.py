"""What a long command shows: a line per step with its seconds, a bar while Terraform works."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harness.progress import duration, ticking


def bar(label: str, console: Console, disable: bool = False) -> Progress:
    """Return a bar that is drawn while its `with` block runs: label, bar, done of all, seconds, the task's description."""
    columns = (
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    return Progress(*columns, console=console, transient=True, disable=disable)


class Step:
    """One step: `said` is what its line ends with."""

    def __init__(self) -> None:
        self.said = ""

    def say(self, text: str) -> None:
        """Replace what the step's line ends with."""
        self.said = text


class Steps:
    """Lines on standard error; animated only on a terminal."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Shows the step while it goes on, and its line when it is done; nothing is said of one that fails: its error is."""
        began, step = monotonic(), Step()
        with self._shown(f"{name} …", lambda: f"{name:<12} … {duration(began)}"):
            yield step
        self._console.print(f"{name:<12} {step.said}  [dim]{monotonic() - began:.1f} s[/dim]", soft_wrap=True)

    @contextmanager
    def terraform(self, name: str) -> Iterator["TerraformProgress"]:
        """The same with a bar over Terraform's resources."""
        began = monotonic()
        with bar(f"{name:<12}", self._console) as drawn:
            progress = TerraformProgress(drawn)
            with self._shown("", lambda: f"{name:<12} … {progress.at_work}, {duration(began)}"):
                yield progress
        self._console.print(f"{name:<12} {progress.summary}  [dim]{monotonic() - began:.1f} s[/dim]", soft_wrap=True)

    def _shown(self, status: str, line: Callable[[], str]) -> AbstractContextManager[object]:
        """On a terminal an animated status, elsewhere a line every 15 s."""
        if not self._console.is_terminal:
            return ticking(line, self.note)
        return self._console.status(status) if status else nullcontext()

    def note(self, text: str) -> None:
        """One line."""
        self._console.print(text, soft_wrap=True)


class TerraformProgress:
    """Takes Terraform's machine-readable messages; `summary` says in the end what was done."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._task, self._planned = bar, bar.add_task("reading", total=None), 0
        self._done, self._last = 0, "reading"
        self.summary = "nothing to do"

    @property
    def at_work(self) -> str:
        """What is done and what goes on, for a line."""
        return f"{self._done} of {self._planned} resources, {self._last}" if self._planned else self._last

    def see(self, line: dict[str, Any]) -> None:
        """One message."""
        kind = line.get("type")
        if kind == "planned_change":
            self._planned += 1
        elif kind == "change_summary":
            self._summarise(line["changes"])
        elif kind == "apply_start":
            self._last = line["hook"]["resource"]["addr"]
            self._bar.update(self._task, total=self._planned, description=self._last)
        elif kind == "apply_complete":
            self._done += 1
            self._bar.advance(self._task)

    def _summarise(self, changes: dict[str, Any]) -> None:
        done = {"added": changes["add"], "changed": changes["change"], "destroyed": changes["remove"]}
        some = ", ".join(f"{count} {what}" for what, count in done.items() if count)
        self.summary = some or "No changes. The infrastructure matches the configuration."
