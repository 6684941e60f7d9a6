"""Starts the embedded target, watches it and runs the engine's tasks.

Run as `python -m harness.embedded.supervisor RUN_FOLDER`.
One of the emulators gone or reset means its state is gone: the supervisor then stops everything and says LOST in the state file.
PostgreSQL's data survives its process, so it is started again. An instance whose supervisor is gone is taken up by the next one.
"""

import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Any

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from harness.deadline import wait_for
from harness.embedded import companion, fault_layer, ministack, postgres, processes
from harness.embedded.agent import Agent, Surroundings
from harness.embedded.clients import ROOT, client
from harness.embedded.container_credentials import AssumeRole, ContainerCredentials
from harness.embedded.control_plane import ControlPlane
from harness.embedded.database_control import DatabaseControl
from harness.embedded.deployer import knows_deployer, make_deployer
from harness.embedded.images import ImageStore
from harness.embedded.postgres import Cluster
from harness.embedded.processes import ProcessRecord, Program
from harness.embedded.run_folder import RunFolder, read_json
from harness.embedded.state import FAILED, LOST, POSTGRES, READY, STARTING, SUPERVISOR, FaultPort, TargetState
from harness.failure import HarnessError

LOGGER = logging.getLogger("supervisor")
ROUND_SECONDS = 0.5
DATABASE_ROUND_SECONDS = 2.0
RESET_ROUND_SECONDS = 1.0
LAST_TASKS_SECONDS = 120.0  # the longest stop timeout that Fargate allows
TASK_SECONDS = 60.0  # the stop timeout of our tasks (terraform/modules/engine)
EMULATORS = ("ministack", companion.PROCESS)


class Supervisor:
    """Owns every process of the target. `start`, then `watch` until `ended` is set, then `stop`."""

    def __init__(self, run: RunFolder) -> None:
        self._run = run
        # Before the emulator whose tasks are ours: it tells their instants in whole seconds.
        self._began = datetime.now(UTC)
        self._state = TargetState(STARTING, {SUPERVISOR: ProcessRecord.of(os.getpid())})
        self._cluster: Cluster | None = None
        self._plane: ControlPlane | None = None
        self._agent: Agent | None = None
        self._credentials: ContainerCredentials | None = None
        self._writing = threading.Lock()
        self._iams: dict[str, Any] = {}
        self.ended = threading.Event()

    def start(self) -> None:
        """Everything up to READY: what runs without a supervisor is taken up, else all is started."""
        earlier = TargetState.read(self._run)
        if earlier and earlier.unattended():
            self._take_up(earlier)
        else:
            self._start_afresh()
        self._plane = ControlPlane(self._state.inner_endpoint)
        looks = [(name, self._iam(name)) for name in EMULATORS]
        self._note(replace(self._state, status=READY))
        for look in looks:
            threading.Thread(target=self._watch_for_reset, args=look, daemon=True).start()

    def _take_up(self, earlier: TargetState) -> None:
        """Watch what an earlier supervisor started. Its tasks end: they ask it for credentials, at a port that went with it."""
        own = self._state.processes[SUPERVISOR]
        self._note(replace(earlier, status=STARTING, detail="").with_process(SUPERVISOR, own))
        self._cluster = Cluster.from_json(earlier.cluster)
        wait_for("PostgreSQL takes connections again", self._postgres_revived, bool, TASK_SECONDS)
        tasks = read_json(self._run.tasks_file).get("tasks", [])
        with ThreadPoolExecutor() as pool:
            list(pool.map(_end_task, [ProcessRecord.from_json(task) for task in tasks]))
        for task in tasks:
            shutil.rmtree(self._run.temporary / task["task_id"], ignore_errors=True)
        LOGGER.warning(
            "took up what process %d had started, and ended %d tasks", earlier.processes[SUPERVISOR].pid, len(tasks)
        )

    def _start_afresh(self) -> None:
        """Start all programs, each named in the state file as soon as it runs, and make the deployer."""
        ports = {name: processes.free_port(_wanted(name)) for name in (*EMULATORS, POSTGRES)}
        self._note(replace(self._state, ports=ports))
        started = [(program, self._register(name, program.start())) for name, program in self._programs(ports)]
        for program, child in started:
            program.wait_ready(child)
        deployer, _ = (make_deployer(self._iam(name)) for name in EMULATORS)  # Moto's is for `_watch_for_reset` alone
        if self._state.fault_layer:
            layer = fault_layer.layer_at(self._state.fault_layer)
            layer.tell_key(deployer.access_key_id, deployer.secret_access_key, "user/deployer")
        self._note(replace(self._state, deployer=deployer))

    def _programs(self, ports: Mapping[str, int]) -> Iterator[tuple[str, Program]]:
        """Give each program with its process's name, in the order of their start: a cluster is made while the emulators come up."""
        inner, default_endpoint = ports, None
        if fault_layer.asked():
            inner, default_endpoint = {name: processes.free_port() for name in ports}, self._state.endpoint
            control = FaultPort(processes.free_port(), secrets.token_urlsafe(24))
            self._note(replace(self._state, inner_ports=inner, fault_layer=control))
            yield fault_layer.PROCESS, fault_layer.proxy(self._run, ports, inner, control)
        yield "ministack", ministack.server(self._run, inner["ministack"], default_endpoint)
        yield companion.PROCESS, companion.server(self._run, inner[companion.PROCESS], self._state.inner_endpoint)
        self._note(replace(self._state, temporary_folder=postgres.private_folder(self._run)))
        self._cluster = postgres.make_cluster(self._run, inner[POSTGRES], self._state.temporary_folder)
        self._note(replace(self._state, cluster=self._cluster.to_json()))
        yield POSTGRES, postgres.server(self._cluster, self._run)

    def watch(self) -> None:
        """Rounds of control until `ended` or an emulator is lost."""
        plane, cluster = self._plane, self._cluster
        if plane is None or cluster is None:
            raise HarnessError("watch before start")
        self._credentials = ContainerCredentials(self._assumed_by(plane))
        self._credentials.start()
        region = {"AWS_REGION": ministack.REGION, "AWS_DEFAULT_REGION": ministack.REGION}  # as Fargate does
        injected = {"AWS_ENDPOINT_URL": self._state.endpoint, **region}
        images = ImageStore(self._run.images, plane.image_registry)
        agent = self._agent = Agent(
            Surroundings(self._run, injected), self._credentials, images.pull, plane.secret_values, plane.task_log,
            plane.report_stopped, self._began,
        )  # fmt: skip
        databases, next_databases = DatabaseControl(cluster), 0.0
        while not self.ended.wait(ROUND_SECONDS):
            if ended := self._ended():
                self._lose(ended)
            if self._state.status == LOST:
                return
            self.keep_postgres(cluster)
            if monotonic() >= next_databases:
                next_databases = monotonic() + DATABASE_ROUND_SECONDS
                _guarded("databases", lambda: databases.reconcile(plane.databases()))
            _guarded("tasks", lambda: agent.reconcile(list(plane.services()), plane.one_off_tasks()))

    def stop(self) -> None:
        """Tasks first, with their time to drain, then the servers; what was outside the run folder is removed."""
        self._stop_tasks()
        for name in reversed([name for name in self._state.processes if name != SUPERVISOR]):
            record = self._state.processes[name]
            processes.stop(record, signal.SIGINT if name == POSTGRES else signal.SIGTERM)
        if self._state.temporary_folder:
            processes.remove_tree(self._state.temporary_folder)

    def fail(self, detail: str) -> None:
        """Leaves the reason for `up` to print."""
        self._note(replace(self._state, status=FAILED, detail=detail))

    def _stop_tasks(self) -> None:
        agent = self._agent
        if agent is None:
            return
        deadline = monotonic() + LAST_TASKS_SECONDS
        pause = threading.Event()
        while True:
            agent.reconcile([])
            if not agent.tasks or monotonic() > deadline:
                break
            pause.wait(processes.POLL_SECONDS)
        if self._credentials:
            self._credentials.stop()

    def _assumed_by(self, plane: ControlPlane) -> AssumeRole:
        """Return how tasks get credentials of their role; the fault layer, if there is one, is told the key."""
        if self._state.fault_layer is None:
            return plane.assume_role
        layer = fault_layer.layer_at(self._state.fault_layer)

        def assume_role(role_arn: str, session_name: str) -> dict[str, Any]:
            made = plane.assume_role(role_arn, session_name)
            layer.tell_key(made["AccessKeyId"], made["SecretAccessKey"], role_arn, made["SessionToken"])
            return made

        return assume_role

    def _ended(self) -> str:
        """Return which irreplaceable process has ended, or ""."""
        names = [name for name in (*EMULATORS, fault_layer.PROCESS) if name in self._state.processes]
        ended = [name for name in names if not self._state.processes[name].alive()]
        return f"{', '.join(ended)} ended, and its state with it" if ended else ""

    def _watch_for_reset(self, name: str, iam: Any) -> None:
        """Say LOST as soon as the emulator's IAM does not know the deployer any more, who was made at its start.

        Runs in a thread for each emulator, which waits for nothing else: a round of control is many calls, and on a busy machine each
        takes seconds.
        """

        def look() -> None:
            if not knows_deployer(iam):
                self._lose(f"{name} was reset, and its state is gone")

        while self._state.status != LOST and not self.ended.wait(RESET_ROUND_SECONDS):
            _guarded(name, look)

    def _lose(self, detail: str) -> None:
        LOGGER.warning("LOST: %s", detail)
        with self._writing:
            self._note(replace(self._state, status=LOST, detail=detail))

    def _iam(self, name: str) -> Any:
        """Return root's client of an emulator's own IAM; the same each time, as making one takes long."""
        if name not in self._iams:
            port = self._state.inner_ports.get(name, self._state.ports[name])
            self._iams[name] = client("iam", f"http://127.0.0.1:{port}", ROOT)
        return self._iams[name]

    def _postgres_revived(self) -> bool:
        """Return True once it takes connections. A server ends again while what is left of the one before still holds its memory."""
        cluster = self._cluster
        if cluster is None:
            return False
        self.keep_postgres(cluster)
        return postgres.takes_connections(cluster)

    def keep_postgres(self, cluster: Cluster) -> None:
        """Start the server on its data if none runs."""
        record = self._state.processes.get(POSTGRES)
        if record is None or not record.alive():
            LOGGER.warning("PostgreSQL does not run; started on its data")
            self._register(POSTGRES, postgres.server(cluster, self._run).start())

    def _register(self, name: str, child: "subprocess.Popen[bytes]") -> "subprocess.Popen[bytes]":
        with self._writing:  # `_lose` runs in another thread
            self._note(self._state.with_process(name, ProcessRecord.of_child(child)))
        return child

    def _note(self, state: TargetState) -> None:
        self._state = state
        state.write(self._run)


def _end_task(record: ProcessRecord) -> None:
    processes.stop(record, patience_seconds=TASK_SECONDS)


def _wanted(name: str) -> int | None:
    """A port that the user asked for, as MINISTACK_PORT, CODE_SERVICES_PORT or POSTGRES_PORT."""
    value = os.environ.get(f"{name.upper()}_PORT")
    if value is None:
        return None
    if not value.isdigit() or not 0 < int(value) < 65536:
        raise HarnessError(f"{name.upper()}_PORT is {value!r}: give a port from 1 to 65535, or unset it")
    return int(value)


def _guarded(what: str, action: Callable[[], None]) -> None:
    """A round that fails is reported and tried again: the emulator may be busy, being restarted or half provisioned."""
    try:
        action()
    except (BotoCoreError, ClientError, psycopg2.Error, OSError) as problem:
        LOGGER.warning("%s: %s: %s", what, type(problem).__name__, str(problem).strip())


def main(folder: str) -> None:
    """Runs until SIGTERM or SIGINT."""
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.WARNING)
    supervisor = Supervisor(RunFolder(Path(folder)))

    def end(_number: int, _frame: FrameType | None) -> None:
        supervisor.ended.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        supervisor.start()
        supervisor.watch()
    except HarnessError as problem:
        supervisor.fail(str(problem))
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main(sys.argv[1])
