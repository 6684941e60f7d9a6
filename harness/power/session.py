"""Runs of one scenario, ended at their deadline or when the target is silent."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, Any

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.gate.lines import Progress
from harness.gate.session import STOP_SECONDS, stop_group
from harness.gate.watchdog import answers, watching
from harness.power.choice import files_of
from harness.power.server import DONE, PIPES
from harness.results.document import ScenarioResult

LOOK_SECONDS = 0.1
START_SECONDS = 300.0
"""For the collection of every suite on a busy machine."""


def replies_of(pipe: int) -> IO[bytes]:
    """Open the pipe of a session's lines without a buffer. One would hold a second line where `select` sees nothing: a scenario may have
    ended before it is read that it has begun."""
    return os.fdopen(pipe, "rb", buffering=0)


@dataclass(frozen=True)
class Sessions:
    """A pytest process that has collected, and runs scenarios when asked. What it writes is in `folder`."""

    endpoint: str | None
    folder: Path
    requests: IO[str]
    told: IO[bytes]

    @classmethod
    @contextmanager
    def on(
        cls, target: str, endpoint: str | None, folder: Path, scenarios: Iterable[ScenarioResult]
    ) -> "Iterator[Sessions]":
        """Give sessions that know these scenarios, while the block runs. Raises HarnessError if they cannot be started."""
        lines, log = folder / "session.jsonl", folder / "session.log"
        (asked, requests), (told, answered) = os.pipe(), os.pipe()
        command = [
            sys.executable, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), "-q", "-n0", "-p", "no:cacheprovider",
            "-p", "harness.power.server", "--target", target, "--gate-results", str(lines), *files_of(scenarios),
        ]  # fmt: skip
        with log.open("wb") as output:
            server = subprocess.Popen(
                command, cwd=CHECKOUT, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                pass_fds=(asked, answered), env={**os.environ, PIPES: f"{asked},{answered}"},
            )  # fmt: skip
        os.close(asked)
        os.close(answered)
        with replies_of(told) as replies, os.fdopen(requests, "w", buffering=1) as ours:
            try:
                sessions = cls(endpoint, folder, ours, replies)
                sessions._reply(START_SECONDS)
                yield sessions
            finally:
                stop_group(server, signal.SIGTERM)

    def run(self, scenario: ScenarioResult, seconds: float) -> ScenarioResult | None:
        """Return what the scenario finds now, or None if it was cut off as it had not ended after so many seconds.

        Raises HarnessError where the run breaks off or the target is silent.
        """
        lines, told = self.folder / "session.jsonl", Progress()
        lines.unlink(missing_ok=True)
        self.requests.write(json.dumps({"id": scenario.id}) + "\n")
        child = int(self._reply(STOP_SECONDS)["pid"])
        with watching(lambda: answers(self.endpoint)) as silent:
            status, cut_off = self._ended(child, silent, seconds)
        told.follow(lines)
        if silent.is_set():
            raise HarnessError(f"the target stopped answering during {told.silent_since()}")
        if cut_off:
            return None
        if status != DONE or scenario.id not in told.results:
            raise HarnessError(f"a session broke off (exit status {status}): see {self.folder / 'session.log'}")
        return told.results[scenario.id]

    def _ended(self, child: int, silent: threading.Event, seconds: float) -> tuple[int, bool]:
        """Exit status, and whether it was stopped by us: SIGINT first, at which scenarios take down what they made."""
        deadline = monotonic() + seconds
        while monotonic() < deadline and not silent.is_set():
            if self._waiting(LOOK_SECONDS):
                return int(self._reply(STOP_SECONDS)["ended"]), False
        for stop_signal in (signal.SIGINT, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(child, stop_signal)
            if self._waiting(STOP_SECONDS):
                break
        return int(self._reply(STOP_SECONDS)["ended"]), True

    def _waiting(self, seconds: float) -> bool:
        return bool(select.select([self.told], [], [], seconds)[0])

    def _reply(self, seconds: float) -> dict[str, Any]:
        line = self.told.readline() if self._waiting(seconds) else b""
        if not line:
            raise HarnessError(f"the session that runs scenarios ended or is silent: see {self.folder / 'session.log'}")
        return dict(json.loads(line))
