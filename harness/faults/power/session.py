"""A short pytest session of chosen scenarios, ended at the first that fails, at its deadline, or when the target is silent."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from harness.failure import HarnessError
from harness.faults.power.choice import files_of
from harness.gate.files import CHECKOUT
from harness.gate.lines import Progress
from harness.gate.results import Outcome, ScenarioResult
from harness.gate.session import TESTS_RAN
from harness.gate.watchdog import answers, watching

LOOK_SECONDS = 0.1
STOP_SECONDS = 25.0
START_SECONDS = 60.0
"""For interpreter, collection and the clients, on a busy machine."""


@dataclass(frozen=True)
class Sessions:
    """Runs sessions on `target`; what they write is in `folder`. `environment`: added to ours."""

    target: str
    endpoint: str | None
    folder: Path

    def run(
        self, scenarios: Sequence[ScenarioResult], seconds: float, stop_at_first: bool
    ) -> dict[str, ScenarioResult]:
        """Results by id. One that was cut off at the deadline, `seconds` after the start-up, is indeterminate.

        Raises HarnessError where the session breaks off or the target is silent.
        """
        lines, ids, log = (self.folder / name for name in ("session.jsonl", "scenario-ids", "session.log"))
        lines.unlink(missing_ok=True)
        ids.write_text("\n".join(one.id for one in scenarios))
        options = ["-x"] if stop_at_first else []
        command = [
            sys.executable, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), "-q", "-n0", "-p", "no:cacheprovider",
            "--target", self.target, "--gate-results", str(lines), "--scenario-ids", str(ids), *options, *files_of(scenarios),
        ]  # fmt: skip
        told = Progress()
        with log.open("wb") as output:
            session = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=dict(os.environ),
            )
        try:
            with watching(lambda: answers(self.endpoint)) as silent:
                cut_off = self._follow(session, lines, told, silent, seconds)
        finally:
            _stop(session)
            told.follow(lines)
        if not cut_off and session.returncode not in TESTS_RAN:
            raise HarnessError(f"a session broke off (pytest exit status {session.returncode}): see {log}")
        by_test = {one.test: one for one in scenarios}
        unheard = [by_test[test] for test in told.without_result() if test in by_test]
        return told.results | {one.id: _cut_off(one, seconds) for one in unheard}

    def _follow(
        self, session: "subprocess.Popen[bytes]", lines: Path, told: Progress, silent: threading.Event, seconds: float
    ) -> bool:
        """Until the session ends; whether it was cut off. Raises HarnessError when the target is silent."""
        pause, deadline = threading.Event(), monotonic() + START_SECONDS + seconds
        begun = False
        while session.poll() is None:
            pause.wait(LOOK_SECONDS)
            told.follow(lines)
            if told.running and not begun:
                begun, deadline = True, monotonic() + seconds
            if silent.is_set():
                raise HarnessError(
                    f"the target stopped answering during {', '.join(sorted(told.running)) or 'no scenario'}"
                )
            if monotonic() > deadline:
                return True
        return False


def _cut_off(scenario: ScenarioResult, seconds: float) -> ScenarioResult:
    changed = {"outcome": Outcome.INDETERMINATE.value, "detail": f"it did not end within {seconds:.0f} s"}
    return ScenarioResult.from_json({**scenario.as_json(), **changed})


def _stop(session: "subprocess.Popen[bytes]") -> None:
    """SIGINT first, at which pytest tears down what scenarios made."""
    for number in (signal.SIGINT, signal.SIGKILL):
        if session.poll() is not None:
            return
        os.killpg(session.pid, number)
        try:
            session.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
