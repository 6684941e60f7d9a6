"""Brings a target up that is not there yet: the embedded one by its supervisor, others by the registry's command or image."""

from dataclasses import replace

import psutil

from harness.deadline import wait_for
from harness.embedded import companion, lifecycle, processes
from harness.embedded.lifecycle import Up
from harness.embedded.processes import ProcessRecord, Program
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import READY, TargetState
from harness.failure import HarnessError
from harness.targets.docker import LOOPBACK, make_network, remove_network
from harness.targets.identity import is_ready, running
from harness.targets.launching import CONTAINER, EMULATOR, container_name, launch_of
from harness.targets.registry import address_of, require_reachable, unreachable
from harness.targets.target import Start, Target

GONE = "its emulator is gone or listens elsewhere, or its companion is gone, and what they held with them"
STARTING_SECONDS = 60.0
"""For an emulator that others started and that says it is starting still."""


def bring_up(target: Target) -> Up:
    """The target running. HarnessError with the remedy where it is not there and we cannot start it."""
    if target.started_by == "harness":
        return lifecycle.bring_up(RunFolder.of_target(target.name))
    if target.endpoint is None:
        return Up(started=False, ours=False, endpoints={EMULATOR: "AWS's own"})
    done = _bring_up(target, target.endpoint)
    known = running(target)
    _await_ready(known, target.endpoint)
    return replace(done, endpoints={**done.endpoints, **_companion(known, target.endpoint)})


def take_down(target: Target) -> list[str]:
    """Stop what we started and return the names of what ran; logs are kept.

    Of an emulator that we did not start, only the companion is stopped, and Terraform's state is kept with it.
    """
    run = RunFolder.of_target(target.name)
    state = TargetState.read(run) if target.started_by == "command" else None
    if target.started_by == "command" and not _is_ours(state):
        run.deployer_file.unlink(missing_ok=True)
        return _stop_companion(run, state) if state else []
    stopped = lifecycle.take_down(run)
    if state and CONTAINER in state.processes:
        stopped += remove_network(container_name(run))
    return stopped


def _is_ours(state: TargetState | None) -> bool:
    return state is not None and bool({EMULATOR, CONTAINER} & state.processes.keys())


def _bring_up(target: Target, endpoint: str) -> Up:
    """The emulator alone, found or started. HarnessError with the remedy."""
    run, port = RunFolder.of_target(target.name), address_of(endpoint)[1]
    state, discarded = TargetState.read(run), ""
    if state and _is_ours(state):
        if state.running() and state.ports[EMULATOR] == port:
            return Up(started=False, ours=True, endpoints={EMULATOR: endpoint})
        discarded = GONE
        take_down(target)
    if unreachable(target) is None:
        return Up(started=False, ours=False, endpoints={EMULATOR: endpoint}, discarded=discarded)
    if target.start is None:
        require_reachable(target)
    elif run.state_file.exists() or run.terraform_state.exists():
        discarded = GONE  # others had started it
        lifecycle.take_down(run)
    run.make()
    _start(target, endpoint, target.start or Start(), run)
    return Up(started=True, ours=True, endpoints={EMULATOR: endpoint}, discarded=discarded)


def _await_ready(target: Target, endpoint: str) -> None:
    if target.health:
        seconds = (target.start.seconds if target.start else STARTING_SECONDS) * target.wait_factor
        wait_for(
            f"target {target.name}: {target.health} answers 200", lambda: is_ready(target, endpoint), bool, seconds
        )


def _companion(target: Target, endpoint: str) -> dict[str, str]:
    """Start the Moto that answers for the services of `target.companion`, unless it runs; return its address by its name."""
    if not target.companion:
        return {}
    run = RunFolder.of_target(target.name)
    run.make()
    state = TargetState.read(run) or TargetState(READY)
    record = state.processes.get(companion.PROCESS)
    if record is None or not _serves(record, endpoint):
        if record:
            processes.stop(record)
        state = _start_companion(run, state, endpoint)
    return {companion.PROCESS: f"127.0.0.1:{state.ports[companion.PROCESS]}"}


def _serves(record: ProcessRecord, endpoint: str) -> bool:
    return record.alive() and psutil.Process(record.pid).cmdline()[-1] == endpoint


def _start_companion(run: RunFolder, state: TargetState, endpoint: str) -> TargetState:
    port = processes.free_port()
    program = companion.server(run, port, endpoint)
    child = program.start()
    record = ProcessRecord.of_child(child)
    state = replace(state, ports={**state.ports, companion.PROCESS: port}).with_process(companion.PROCESS, record)
    state.write(run)
    try:
        program.wait_ready(child)
    except (HarnessError, KeyboardInterrupt):
        processes.stop(record)
        raise
    return state


def _stop_companion(run: RunFolder, state: TargetState) -> list[str]:
    ran = [name for name, record in state.processes.items() if processes.members(record)]
    for record in state.processes.values():
        processes.stop(record)
    run.state_file.unlink(missing_ok=True)
    return ran


def _start(target: Target, endpoint: str, start: Start, run: RunFolder) -> None:
    host, port = address_of(endpoint)
    if host not in LOOPBACK:
        raise HarnessError(f"target {target.name}: nothing answers at {endpoint}; only on loopback do we start one")
    launch = launch_of(target, start, run, port)
    program = Program(
        f"target {target.name}", launch.command, launch.environment, run.logs / "emulator.log", run.temporary,
        lambda: processes.answers(port) and is_ready(target, endpoint), start.seconds,
    )  # fmt: skip
    if launch.name == CONTAINER:
        make_network(container_name(run))
    try:
        child = program.start()
    except OSError as error:
        raise HarnessError(f"target {target.name}: {launch.command[0]} cannot be run: {error.strerror}") from error
    record = ProcessRecord.of_child(child)
    TargetState(READY, {launch.name: record}, {EMULATOR: port}).write(run)
    try:
        program.wait_ready(child)
    except (HarnessError, KeyboardInterrupt):
        processes.stop(record)
        if launch.name == CONTAINER:
            remove_network(container_name(run))
        run.state_file.unlink(missing_ok=True)
        raise
