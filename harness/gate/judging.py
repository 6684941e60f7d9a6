"""One run on a target: what is brought up for it, and what the session, and a second try, found."""

import sys
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from harness.aws_clients import AwsClients
from harness.embedded.run_folder import CHECKOUT, RunFolder, alone, alone_on_machine
from harness.failure import HarnessError
from harness.gate.canaries import ask_canaries, iam_is_off
from harness.gate.canaries import lines as canary_lines
from harness.gate.divergences import Emulator, known_divergences
from harness.gate.files import GateFiles
from harness.gate.lines import Progress
from harness.gate.session import WORKERS, Asked, minutes_from_now, run_session
from harness.gate.stamp import stamp
from harness.results.deployment import IMPOSSIBLE, Deployment
from harness.results.document import Outcome, Run, ScenarioResult
from harness.system import clients_brought_up, deployment_brought_up
from harness.targets.docker import LOOPBACK
from harness.targets.hosts import guard, hosts_of
from harness.targets.identity import emulators, joined, running
from harness.targets.registry import address_of, choose
from harness.targets.target import Target

MOST_RETRIES = 40
"""With more than these indeterminate, a second try would not make a verdict."""


def judging_suites() -> list[Path]:
    """Return the folders of the suites that judge a target, as pyproject.toml names them for the recorder."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    return [CHECKOUT / name for name in settings["tool"]["pytest"]["ini_options"]["judging_suites"]]


@dataclass(frozen=True)
class Judged:
    """A target that is up, what answers there (name and version of each emulator), and what became of the system on it."""

    clients: AwsClients
    emulators: Sequence[Emulator]
    deployment: Deployment

    @classmethod
    def brought_up(cls, target: Target, no_system: str = "") -> "Judged":
        """Return `target` with the system on it, as far as it can be deployed; without, for the reason `no_system`.

        Raises HarnessError if the target cannot be reached.
        """
        deployment = Deployment(IMPOSSIBLE, no_system) if no_system else deployment_brought_up(target.name)
        clients = clients_brought_up(target.name)
        return cls(clients, emulators(target, clients.environment), deployment)

    @property
    def emulator(self) -> tuple[str, str]:
        """Return the names and the versions of the emulators, each joined by " + "."""
        return joined(self.emulators)


@contextmanager
def judging_alone(target: Target, folder: Path, command: str) -> Iterator[None]:
    """Let one `command` at a time of this user and machine judge what `target` names, and one write its results to `folder`.

    Raises HarnessError that names the other. Not seen: another machine or user at the same emulator, and another checkout on AWS.
    """
    judged = target.endpoint or str(RunFolder.of_target(target.name).path)
    folder.mkdir(parents=True, exist_ok=True)
    with alone_on_machine(_address(judged), command, on=judged), alone(folder, command):
        yield


def _address(judged: str) -> str:
    """Return the same text for all the names of loopback in an endpoint."""
    host, port = address_of(judged)
    return f"loopback:{port}" if host in LOOPBACK else judged


@dataclass(frozen=True)
class Judging:
    """One run on a target: canaries, the session, and once more what it left open. `until`: its end on the monotonic clock."""

    judged: Judged
    files: GateFiles
    until: float = field(default_factory=minutes_from_now)

    def run(self, suites: Sequence[Path], ids: Sequence[str] = (), workers: str = WORKERS) -> Run:
        """Return everything found by the scenarios of `ids`, else by all, in these files and folders.

        Raises HarnessError where known divergences are not in order.
        """
        clients = self.judged.clients
        target = choose(clients.target)
        guard(target, hosts_of(clients.environment))
        known, begun = known_divergences(running(target).entry, self.judged.emulators), datetime.now(UTC)
        canaries = ask_canaries(clients)
        for line in canary_lines(canary for canary in canaries if canary.outcome is not Outcome.PASS):
            print(line, file=sys.stderr, flush=True)  # before anything is blamed on the scenarios
        self.files.folder.mkdir(parents=True, exist_ok=True)
        self.judged.deployment.write(RunFolder(self.files.folder))  # the session's own: its scenarios apply again
        no_iam = iam_is_off(canaries)
        options = [
            "--deployment",
            str(self.files.folder),
            *(("--without-iam", no_iam) if no_iam else ()),
            *self._only(ids),
        ]
        asked = Asked(clients.target, clients.endpoint("sts"), suites, workers, options, frozenset(known))
        told = Progress()
        self.files.log.unlink(missing_ok=True)
        broke_off = run_session(asked, self.files, told, self.until)
        results = {**told.results, **{result.id: result for result in _unheard(told)}}
        if not broke_off:
            results |= self._once_more(asked, results)
        return Run(stamp(clients, self.judged.emulator, begun), results, canaries, known, broke_off)

    def _once_more(self, asked: Asked, results: dict[str, ScenarioResult]) -> dict[str, ScenarioResult]:
        unclear = [result for result in results.values() if result.outcome is Outcome.INDETERMINATE]
        if not unclear or len(unclear) > MOST_RETRIES:
            return {}
        told = Progress()
        options = [*asked.options, *self._only([result.id for result in unclear])]
        broke_off = run_session(replace(asked, workers="0", options=options), self.files, told, self.until)
        if broke_off:
            raise HarnessError(f"in the second try of {len(unclear)} scenarios: {broke_off}")
        return {name: replace(result, attempts=2) for name, result in told.results.items()}

    def _only(self, ids: Sequence[str]) -> list[str]:
        """Write `ids` to a file and return the pytest options that run these scenarios in this order; no options for no ids."""
        if not ids:
            return []
        self.files.ids.write_text("\n".join(ids))
        return ["--scenario-ids", str(self.files.ids)]


def _unheard(told: Progress) -> Iterator[ScenarioResult]:
    """Yield an indeterminate result for each test whose worker ended. Its scenario is unknown, as it is read at collection."""
    for test in told.without_result():
        yield ScenarioResult(
            test, "unknown", "unknown", "resilience", "", test, Outcome.INDETERMINATE, "its worker ended"
        )
