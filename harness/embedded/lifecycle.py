"""Bringing the embedded target up and down, from whatever state it was left in."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import psutil

from harness.deadline import FACTOR, wait_for
from harness.embedded import fault_layer, processes
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import CHECKOUT, RunFolder, read_json
from harness.embedded.state import FAILED, READY, SUPERVISOR, TargetState
from harness.environment import AWS_FILES, child
from harness.failure import HarnessError
from harness.interruption import uninterrupted

UP_SECONDS = 120.0
DOWN_SECONDS = 150.0
LEAST_FREE_BYTES = 300 * 1024 * 1024


@dataclass(frozen=True)
class Up:
    """What bringing up a target found and did. `ours`: we started it, now or before. `endpoints`: address by name.

    `discarded`: why an earlier instance of ours was given up, with its Terraform state. `taken_up`: it ran without its supervisor, and
    has one again. `state`: of a target with a supervisor.
    """

    started: bool
    endpoints: Mapping[str, str]
    ours: bool = True
    discarded: str = ""
    taken_up: bool = False
    state: TargetState | None = None

    @property
    def how(self) -> str:
        """Return what was done, for people."""
        if self.taken_up:
            return "ran without its supervisor: taken up again with all its data"
        return "started" if self.started else "already up"


def _up(state: TargetState, started: bool, discarded: str = "", taken_up: bool = False) -> Up:
    endpoints = {name: f"127.0.0.1:{port}" for name, port in sorted(state.ports.items())}
    return Up(started, endpoints, True, discarded, taken_up, state)


def bring_up(run: RunFolder) -> Up:
    """The running instance, if need be with a new supervisor, or a fresh one.

    An interruption (Ctrl-C) or failure leaves nothing half started, and an instance that ran before running.
    """
    state = TargetState.read(run)
    if state and state.running():
        if fault_layer.asked() and state.fault_layer is None:
            raise HarnessError("the target is up without the fault layer: take it down first (make down)")
        return _up(state, started=False)
    if state and state.unattended():
        return _up(_wait_ready(run, _start_supervisor(run)), started=False, taken_up=True)
    discarded = ""
    if state:
        discarded = state.detail or "its processes are gone, and the emulator's state with them"
    take_down(run)
    run.make()
    _enough_room(run)
    supervisor = _start_supervisor(run)
    try:
        return _up(_wait_ready(run, supervisor), started=True, discarded=discarded)
    except (HarnessError, KeyboardInterrupt):
        with uninterrupted():
            take_down(run)
        raise


def take_down(run: RunFolder) -> list[str]:
    """Stops every process, also of a killed supervisor, and removes the state; returns names of what ran. Needs no room on the disk."""
    stopped: list[str] = []
    for supervisor in _supervisors(run):
        stopped.append(SUPERVISOR)
        processes.stop(supervisor, patience_seconds=DOWN_SECONDS)
    try:
        state = TargetState.read(run)
    except HarnessError:
        state = None  # not ours to read any more: the supervisor has stopped what it started
    if state:
        for name, record in _recorded(run, state).items():
            if processes.members(record):
                stopped.append(name)
                processes.stop(record)
        if state.temporary_folder:
            processes.remove_tree(state.temporary_folder)
    _remove_state(run)
    return stopped


def _supervisors(run: RunFolder) -> list[ProcessRecord]:
    """The instance's supervisor by its command line: it may run before, or without, a state file that says so."""
    supervisors = []
    for process in psutil.process_iter():
        try:
            if process.cmdline()[1:] == _supervisor_command(run)[1:]:
                supervisors.append(ProcessRecord.of(process.pid))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return supervisors


def _supervisor_command(run: RunFolder) -> list[str]:
    return [sys.executable, "-m", "harness.embedded.supervisor", str(run.path)]


def _recorded(run: RunFolder, state: TargetState) -> dict[str, ProcessRecord]:
    tasks = {
        f"task {task['task_id']}": ProcessRecord.from_json(task) for task in read_json(run.tasks_file).get("tasks", [])
    }
    return {**tasks, **{name: record for name, record in state.processes.items() if name != SUPERVISOR}}


def _remove_state(run: RunFolder) -> None:
    backup = run.terraform_state.with_name("terraform.tfstate.backup")
    kept = (run.state_file, run.deployer_file, run.deployment_file, run.tasks_file, run.port_forward)
    for file in (*kept, run.terraform_state, backup):
        file.unlink(missing_ok=True)
    for folder in (run.path / "postgres", run.path / "ministack", run.images, run.temporary):
        shutil.rmtree(folder, ignore_errors=True)


def _enough_room(run: RunFolder) -> None:
    free = shutil.disk_usage(run.path).free
    if free < LEAST_FREE_BYTES:
        raise HarnessError(
            f"{run.path}: {free // 2**20} MB free, {LEAST_FREE_BYTES // 2**20} MB needed; make room or set RUN_FOLDER"
        )


def _start_supervisor(run: RunFolder) -> "subprocess.Popen[bytes]":
    ports = ("MINISTACK_PORT", "CODE_SERVICES_PORT", "POSTGRES_PORT")
    environment = child({"PYTHONDONTWRITEBYTECODE": "1"}, "HOME", "LANG", *AWS_FILES, *ports, fault_layer.ASKED, FACTOR)
    return processes.start(_supervisor_command(run), environment, run.logs / "supervisor.log", CHECKOUT)


def _wait_ready(run: RunFolder, supervisor: "subprocess.Popen[bytes]") -> TargetState:
    def settled() -> bool:
        state = TargetState.read(run)
        told = state is not None and state.processes[SUPERVISOR].pid == supervisor.pid
        return supervisor.poll() is not None or (told and state is not None and state.status in (READY, FAILED))

    log = run.logs / "supervisor.log"
    wait_for(
        "the embedded target", settled, bool, UP_SECONDS, processes.POLL_SECONDS, shown=lambda _: processes.tail(log)
    )
    state = TargetState.read(run)
    if state is None or state.status != READY:
        raise HarnessError(state.detail if state and state.detail else f"the supervisor ended: {processes.tail(log)}")
    return state
