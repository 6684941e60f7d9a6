"""One pytest session on a target: started, shown while it goes on, watched, and stopped when the target is gone."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import Progress

from harness.embedded.run_folder import CHECKOUT
from harness.gate.files import GateFiles
from harness.gate.lines import Progress as Told
from harness.gate.watchdog import answers, watching
from harness.progress import Ticker, duration
from harness.results.document import Outcome
from harness.steps import bar

TESTS_RAN = (0, 1)
"""pytest's exit statuses for "all passed" and "some failed"; every other says that the session itself broke."""
LOOK_SECONDS = 0.5
STOP_SECONDS = 25.0
LONGEST_MINUTES = 60
WORKERS = "4"
"""More than a small machine has cores: scenarios mostly wait for the target."""


@dataclass(frozen=True)
class Asked:
    """What a session runs: files or folders, on how many workers, with further pytest options. `known`: ids of known divergences."""

    target: str
    endpoint: str | None
    suites: Sequence[Path]
    workers: str = WORKERS
    options: Sequence[str] = ()
    known: frozenset[str] = frozenset()


def minutes_from_now(minutes: float | str = LONGEST_MINUTES) -> float:
    """Return a time limit as `run_session` takes it, on the monotonic clock. Raises ValueError for what is no number."""
    return monotonic() + float(minutes) * 60


def run_session(asked: Asked, files: GateFiles, told: Told, until: float) -> str:
    """Run it to its end, or until that time, and fill `told`; return why it broke off, or nothing.

    Ctrl-C stops the session and goes on to the caller.
    """
    files.folder.mkdir(parents=True, exist_ok=True)
    files.lines.unlink(missing_ok=True)
    with files.log.open("ab") as log:
        session = subprocess.Popen(
            _command(asked, files.lines), cwd=CHECKOUT, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        drawn = bar("judging", Console(stderr=True), disable=not sys.stderr.isatty())  # on a terminal only
        with watching(lambda: answers(asked.endpoint)) as silent, drawn:
            broke_off = _follow(session, files.lines, told, silent, _Display(drawn, asked.known), until)
    finally:
        stop_group(session)
        told.follow(files.lines)
    if broke_off or session.returncode in TESTS_RAN:
        return broke_off
    return f"the test session broke off (pytest exit status {session.returncode}): {_last_line(files.log)}; see {files.log.name}"


def _command(asked: Asked, lines: Path) -> list[str]:
    python = [sys.executable, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), "-q"]
    where = ["-n", asked.workers, "--target", asked.target, "--gate-results", str(lines)]
    return [*python, *where, *asked.options, *map(str, asked.suites)]


def _follow(
    session: "subprocess.Popen[bytes]",
    lines: Path,
    told: Told,
    silent: threading.Event,
    display: "_Display",
    until: float,
) -> str:
    pause = threading.Event()
    while session.poll() is None:
        pause.wait(LOOK_SECONDS)
        told.follow(lines)
        display.show(told)
        if silent.is_set():
            return f"the target stopped answering during {told.silent_since()}"
        if monotonic() > until:
            return f"the time limit is over, last with {', '.join(sorted(told.running)) or 'no scenario'}"
    return ""


def stop_group(session: "subprocess.Popen[bytes]", first: signal.Signals = signal.SIGINT) -> None:
    """Stop a session and its workers, one process group of ours, by the signal `first`; kill them if they do not end in time."""
    for stop_signal in (first, signal.SIGKILL):
        if session.poll() is not None:
            return
        os.killpg(session.pid, stop_signal)
        with suppress(subprocess.TimeoutExpired):
            session.wait(STOP_SECONDS)


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip(" =")]
    return lines[-1].strip(" =")[:300] if lines else "it printed nothing"


class _Display:
    """Shows what is done, what fails (known divergences apart) and what runs: a bar on a terminal, elsewhere a line now and then."""

    def __init__(self, bar: Progress, known: Collection[str]) -> None:
        self._bar, self._task, self._known = bar, bar.add_task("", total=None), known
        self._ticker, self._began = Ticker(lambda line: print(line, file=sys.stderr, flush=True)), monotonic()

    def show(self, told: Told) -> None:
        """Show it as it is now."""
        results = told.results.values()
        failing = sum(result.outcome is Outcome.FAIL and result.id not in self._known for result in results)
        running = next(iter(sorted(told.running)), "")
        if not self._bar.disable:
            said = f"{failing} failing · {running.rpartition('::')[2]}"[:100]
            self._bar.update(self._task, completed=len(told.results), total=told.collected or None, description=said)
        else:
            self._ticker.tick(lambda: self._line(told, failing, running))

    def _line(self, told: Told, failing: int, running: str) -> str:
        if not told.collected:
            return f"judging: collecting the scenarios, {duration(self._began)}"
        done = f"{len(told.results)} of {told.collected} done, {failing} failing, {duration(self._began)}"
        return f"judging: {done}{f'; now {running}' if running else ''}"
