"""What the embedded target keeps when a process of it is killed, and what it says when its state is gone."""

import os
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from harness.cli.main import main
from harness.deadline import wait_for
from harness.embedded import postgres, processes
from harness.embedded.clients import ROOT, client
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.postgres import Cluster
from harness.embedded.processes import ProcessRecord, Program, free_port
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import LOST, POSTGRES, SUPERVISOR, TargetState
from harness.embedded.supervisor import EMULATORS, Supervisor

SAID_WITHIN_SECONDS = 5.0


@pytest.fixture
def own_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunFolder]:
    """A run folder that the commands use too, and whose instance is taken down at the end."""
    run = RunFolder(tmp_path / "run")
    run.make()
    monkeypatch.setenv("RUN_FOLDER", str(run.path))
    yield run
    take_down(run)


def kill(record: ProcessRecord) -> None:
    os.kill(record.pid, signal.SIGKILL)
    wait_for("its end", record.alive, lambda alive: not alive, 20)


def test_a_commit_that_was_acknowledged_outlives_the_servers_processes(own_run: RunFolder) -> None:
    private = postgres.private_folder(own_run)
    cluster = postgres.make_cluster(own_run, free_port(), private)
    servers = [postgres.server(cluster, own_run).start()]
    try:
        postgres.server(cluster, own_run).wait_ready()
        with cluster.connect().cursor() as cursor:
            cursor.execute("CREATE TABLE kept (number int)")
        acknowledged = commits_until_killed(cluster, servers[0])
        servers.append(postgres.server(cluster, own_run).start())
        postgres.server(cluster, own_run).wait_ready()
        with cluster.connect().cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept")
            assert cursor.fetchone()[0] >= acknowledged
    finally:
        postgres.stop_server(ProcessRecord.of(servers[-1].pid))
        if private:
            processes.remove_tree(private)


def commits_until_killed(cluster: Cluster, server: "subprocess.Popen[bytes]") -> int:
    """How many rows were committed one by one until all processes of the server were killed."""
    acknowledged: list[int] = []

    def commit() -> None:
        with cluster.connect().cursor() as cursor:
            while True:
                try:
                    cursor.execute("INSERT INTO kept VALUES (1)")
                except psycopg2.OperationalError:
                    return
                acknowledged.append(1)

    thread = threading.Thread(target=commit)
    thread.start()
    wait_for("commits", lambda: len(acknowledged), lambda count: count > 200, 60)
    for process in processes.members(ProcessRecord.of(server.pid)):
        process.kill()
    server.wait(30)
    thread.join(30)
    return len(acknowledged)


@pytest.mark.parametrize("killed", [(SUPERVISOR,), (SUPERVISOR, POSTGRES)], ids=" and ".join)
def test_what_runs_on_without_its_supervisor_is_taken_up_with_all_its_data(
    own_run: RunFolder, killed: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    before = bring_up(own_run).state
    queue = client("sqs", before.endpoint, ROOT).create_queue(QueueName="kept")["QueueUrl"]
    with Cluster.from_json(before.cluster).connect().cursor() as cursor:
        cursor.execute("CREATE TABLE kept ()")
    for name in killed:
        kill(before.processes[name])
    assert main(["status"]) == 1
    assert "UNATTENDED" in capsys.readouterr().out
    assert main(["up"]) == 0
    assert "taken up again with all its data" in capsys.readouterr().out
    after = TargetState.read(own_run)
    assert after is not None
    wait_for("all run", lambda: TargetState.read(own_run), lambda state: bool(state and state.running()), 30)
    kept = before.processes.keys() - set(killed)
    assert {name: after.processes[name] for name in kept} == {name: before.processes[name] for name in kept}
    assert client("sqs", after.endpoint, ROOT).list_queues()["QueueUrls"] == [queue]
    cluster = Cluster.from_json(after.cluster)
    postgres.server(cluster, own_run).wait_ready()
    with cluster.connect().cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == (0,)


def test_a_server_that_ended_before_it_was_recorded_is_started_again(
    own_run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []

    def ends_at_once(_program: Program) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(["true"])
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        started.append(child.pid)
        return child

    monkeypatch.setattr(Program, "start", ends_at_once)
    cluster = postgres.make_cluster(own_run, free_port(), postgres.private_folder(own_run))
    supervisor = Supervisor(own_run)
    for _ in range(2):
        supervisor.keep_postgres(cluster)
    assert len(started) == 2


def reset(state: TargetState, name: str, path: str, run: RunFolder) -> TargetState:
    """The state that says LOST, within the bound, after a reset of that emulator."""
    request = urllib.request.Request(f"http://127.0.0.1:{state.ports[name]}{path}", method="POST")
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200
    said = wait_for(
        "LOST", lambda: TargetState.read(run), lambda now: bool(now and now.status == LOST), SAID_WITHIN_SECONDS
    )
    assert said is not None
    assert said.detail == f"{name} was reset, and its state is gone"
    return said


RESETS = pytest.mark.parametrize(
    ("name", "path"), [("ministack", "/_ministack/reset"), ("code_services", "/moto-api/reset")]
)


@RESETS
def test_a_reset_is_said_while_the_other_emulator_hangs_and_no_round_of_control_ends(
    own_run: RunFolder, name: str, path: str
) -> None:
    supervisor = Supervisor(own_run)
    try:
        supervisor.start()  # and never `watch`, whose rounds take as long as the emulator's answers
        state = TargetState.read(own_run)
        assert state is not None
        (other,) = set(EMULATORS) - {name}
        os.kill(state.processes[other].pid, signal.SIGSTOP)
        try:
            reset(state, name, path, own_run)
        finally:
            os.kill(state.processes[other].pid, signal.SIGCONT)
    finally:
        supervisor.stop()


@RESETS
def test_an_emulator_that_was_reset_is_said_within_five_seconds(
    own_run: RunFolder, name: str, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = reset(bring_up(own_run).state, name, path, own_run)
    assert main(["status"]) == 1
    assert f"LOST - {said.detail}" in capsys.readouterr().out
    assert f"LOST: {said.detail}" in (own_run.logs / "supervisor.log").read_text()


@pytest.mark.parametrize("name", EMULATORS)
def test_an_emulator_that_was_killed_is_said_within_five_seconds(own_run: RunFolder, name: str) -> None:
    state = bring_up(own_run).state
    kill(state.processes[name])
    said = wait_for(
        "LOST", lambda: TargetState.read(own_run), lambda now: bool(now and now.status == LOST), SAID_WITHIN_SECONDS
    )
    assert said is not None
    assert said.detail == f"{name} ended, and its state with it"


def test_a_task_that_is_asked_for_before_the_agents_first_round_is_taken(own_run: RunFolder) -> None:
    supervisor = Supervisor(own_run)
    watching = threading.Thread(target=supervisor.watch)
    try:
        supervisor.start()
        state = TargetState.read(own_run)
        assert state is not None
        assert state.deployer is not None
        ecs = client("ecs", state.endpoint, state.deployer)
        ecs.create_cluster(clusterName="engine")
        container = {"name": "engine", "image": "registry/missing:1"}
        ecs.register_task_definition(family="engine", containerDefinitions=[container])
        (task,) = ecs.run_task(cluster="engine", taskDefinition="engine", count=1)["tasks"]
        watching.start()
        stopped = wait_for(
            "the task's end",
            lambda: ecs.describe_tasks(cluster="engine", tasks=[task["taskArn"]])["tasks"][0],
            lambda seen: seen["lastStatus"] == "STOPPED", 30,
        )  # fmt: skip
        assert stopped["stoppedReason"] != "the agent that ran it has ended"
    finally:
        supervisor.ended.set()
        if watching.ident:
            watching.join()
        supervisor.stop()
