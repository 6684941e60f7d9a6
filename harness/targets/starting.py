"""Brings a target up that is not there yet: the embedded one by its supervisor, others by the registry's command or image."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.embedded import lifecycle, processes
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import READY, TargetState
from harness.failure import HarnessError
from harness.targets.identity import tells_its_version
from harness.targets.launching import CONTAINER, EMULATOR, container_name, launch_of, make_network, remove_network
from harness.targets.registry import address_of, require_reachable, unreachable
from harness.targets.target import Start, Target

LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Up:
    """What `bring_up` found and did. `ours`: we started it, now or before. `discarded`: why an earlier instance of ours was given up."""

    started: bool
    ours: bool
    endpoints: Mapping[str, str]
    discarded: str = ""


def bring_up(target: Target) -> Up:
    """The target running. HarnessError with the remedy where it is not there and we cannot start it."""
    if target.started_by == "harness":
        done = lifecycle.bring_up(RunFolder.of_target(target.name))
        ports = {name: f"127.0.0.1:{port}" for name, port in sorted(done.state.ports.items())}
        return Up(done.started, True, ports, done.discarded)
    if target.start is None or target.endpoint is None:
        require_reachable(target)
        return Up(started=False, ours=False, endpoints={EMULATOR: target.endpoint or "AWS's own"})
    return _bring_up(target, target.endpoint, target.start)


def take_down(target: Target) -> list[str]:
    """Stops what we started and removes what it held; returns names of what ran. Its logs are kept."""
    run = RunFolder.of_target(target.name)
    state = TargetState.read(run) if target.started_by == "command" else None
    stopped = lifecycle.take_down(run)
    if state and CONTAINER in state.processes:
        stopped += remove_network(container_name(run))
    return stopped


def _bring_up(target: Target, endpoint: str, start: Start) -> Up:
    run, port = RunFolder.of_target(target.name), address_of(endpoint)[1]
    found, discarded = TargetState.read(run), ""
    if found and found.running() and found.ports[EMULATOR] == port:
        return Up(started=False, ours=True, endpoints={EMULATOR: endpoint})
    if found:
        discarded = "its emulator is gone or listens elsewhere, and what it held with it"
        take_down(target)
    ours = unreachable(target) is not None
    if ours:
        with run.locked():
            _start(target, endpoint, start, run)
    return Up(started=ours, ours=ours, endpoints={EMULATOR: endpoint}, discarded=discarded)


def _start(target: Target, endpoint: str, start: Start, run: RunFolder) -> None:
    host, port = address_of(endpoint)
    if host not in LOOPBACK:
        raise HarnessError(f"target {target.name}: nothing answers at {endpoint}; only on loopback do we start one")
    launch, log = launch_of(target, start, run, port), run.logs / "emulator.log"
    run.temporary.mkdir(exist_ok=True)
    if launch.name == CONTAINER:
        make_network(container_name(run))
    try:
        process = processes.start(launch.command, launch.environment, log, run.temporary)
    except OSError as error:
        raise HarnessError(f"target {target.name}: {launch.command[0]} cannot be run: {error.strerror}") from error
    record = ProcessRecord.of(process.pid)
    TargetState(READY, {launch.name: record}, {EMULATOR: port}).write(run)

    def settled() -> bool:
        return process.poll() is not None or (processes.answers(port) and tells_its_version(target, endpoint))

    try:
        processes.wait_until(f"target {target.name}", settled, start.seconds, lambda: processes.tail(log))
        if process.poll() is not None:
            raise HarnessError(f"target {target.name}: {launch.command[0]} ended: {processes.tail(log)}")
    except (HarnessError, KeyboardInterrupt):
        processes.stop(record)
        if launch.name == CONTAINER:
            remove_network(container_name(run))
        run.state_file.unlink(missing_ok=True)
        raise
