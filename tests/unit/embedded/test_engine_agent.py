"""The agent against real processes: a stand-in task that writes down what it sees and answers to signals."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from harness.deadline import wait_for
from harness.embedded.agent import Agent, Surroundings
from harness.embedded.container_credentials import ContainerCredentials
from harness.embedded.control_plane import DesiredService
from harness.embedded.run_folder import RunFolder, read_json
from harness.embedded.task_log import TaskLog
from harness.embedded.tasks import Backoff, OneOffTask, TaskSpecification
from harness.failure import HarnessError

TASK = """
import json, os, signal, sys, pathlib
signal.signal(signal.SIGTERM, signal.SIG_IGN if os.environ.get("STUBBORN") else lambda *_: sys.exit(0))
seen = pathlib.Path(os.environ["SEEN"]) / f"{os.getpid()}.json"
unfinished = seen.with_suffix(".part")
unfinished.write_text(json.dumps({"environment": dict(os.environ), "folder": os.getcwd()}))
unfinished.rename(seen)
if os.environ.get("CRASHES"):
    sys.exit(7)
if len(sys.argv) > 1:
    print("\\n".join(sys.argv[1:]))
    sys.exit(3)
while True:
    signal.pause()
"""


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def assume_role(role_arn: str, session_name: str) -> dict[str, object]:
    ends = datetime.now(UTC) + timedelta(hours=1)
    return {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": session_name, "Expiration": ends}


class Fixture:
    def __init__(self, folder: Path) -> None:
        self.run = RunFolder(folder / "run")
        self.run.make()
        self.seen = folder / "seen"
        self.seen.mkdir()
        self.image = self.run.images / "engine"
        self.image.mkdir()
        (self.image / "engine_stand_in.py").write_text(TASK)
        self.clock = Clock()
        self.credentials = ContainerCredentials(assume_role)
        self.credentials.start()
        surroundings = Surroundings(self.run, {"AWS_REGION": "us-east-1"}, (sys.executable, "-m", "engine_stand_in"))
        secrets = {"DATABASE_PASSWORD": "secret"}
        self.ended: list[tuple[str, str, int | None]] = []
        self.lines: list[str] = []
        self.agent = Agent(
            surroundings, self.credentials, self.pull, lambda *_: secrets, self.log_of, self.ended_with, datetime.now(UTC),
            self.clock,
        )  # fmt: skip
        self.specification = TaskSpecification(
            "arn:aws:ecs:us-east-1:000000000000:task-definition/engine:1", "registry/engine:1",
            {"SEEN": str(self.seen)}, {}, "arn:aws:iam::000000000000:role/task", "arn:aws:iam::000000000000:role/execution", 5.0,
        )  # fmt: skip

    def pull(self, specification: TaskSpecification, _task_id: str) -> Path:
        if specification.image != self.specification.image:
            raise HarnessError(f"CannotPullContainerError: {specification.image}: not found in the registry")
        return self.image

    def log_of(self, _task: OneOffTask, file: Path) -> TaskLog:
        return TaskLog(self, "group", "stream", file)

    def put_log_events(self, logEvents: list[dict[str, object]], **_stream: str) -> None:
        self.lines += [str(event["message"]) for event in logEvents]

    def ended_with(self, task: OneOffTask, reason: str, exit_status: int | None) -> None:
        self.ended.append((task.task_id, reason, exit_status))

    def one_off(self, *command: str, image: str = "registry/engine:1", age_seconds: int = 0) -> OneOffTask:
        created = datetime.now(UTC) - timedelta(seconds=age_seconds)
        specification = replace(self.specification, command=command, image=image)
        return OneOffTask("arn:aws:ecs:us-east-1:000000000000:task/c/t1", "c", created, specification)

    def run_to_end(self, task: OneOffTask) -> None:
        """Start the task, and reconcile twice once its process has ended: what it wrote since the first round is sent when it is buried."""
        self.agent.reconcile([], [task])
        for started in list(self.agent.tasks):
            self.wait_for_end_of(started.process.pid)
        self.agent.reconcile([], [task])
        self.agent.reconcile([], [task])

    def want(self, count: int, specification: TaskSpecification | None = None) -> None:
        self.agent.reconcile([DesiredService("engine", count, specification or self.specification)])

    def wait_for_ready(self, count: int) -> None:
        """Until so many tasks have set up their signals, which they say by the file that they leave."""
        wait_for(
            f"{count} tasks",
            lambda: len(self.starts()) >= count,
            bool,
            20,
            shown=lambda _: f"{len(self.starts())} tasks",
        )

    def wait_for_end_of(self, pid: int) -> None:
        process = next(task.process for task in self.agent.tasks if task.process.pid == pid)
        wait_for(f"end of {pid}", lambda: process.poll() is not None, bool, 20)

    def starts(self) -> list[Path]:
        return sorted(self.seen.glob("*.json"))

    def pids(self) -> set[int]:
        return {task.process.pid for task in self.agent.tasks}


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[Fixture]:
    made = Fixture(tmp_path)
    yield made
    for task in made.agent.tasks:
        task.process.kill()
        task.process.wait()
    made.credentials.stop()


def test_runs_as_many_tasks_as_the_service_wants(fixture: Fixture) -> None:
    fixture.want(2)
    fixture.wait_for_ready(2)
    fixture.want(2)
    assert len(fixture.pids()) == 2
    listed = read_json(fixture.run.tasks_file)["tasks"]
    assert {one["pid"] for one in listed} == fixture.pids()


def test_a_task_inherits_nothing(fixture: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-callers-own")
    fixture.want(1)
    fixture.wait_for_ready(1)
    seen = json.loads(fixture.starts()[0].read_text())
    given = {"SEEN", "DATABASE_PASSWORD", "AWS_REGION", "PATH", "PYTHONPATH", "TMPDIR"}
    credentials = {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN"}
    assert seen["environment"].keys() - {"LC_CTYPE"} == given | credentials  # Python itself sets LC_CTYPE
    assert seen["environment"]["DATABASE_PASSWORD"] == "secret"
    assert Path(seen["folder"]) == fixture.image


def test_a_tasks_temporary_folder_is_its_own_and_goes_with_it(fixture: Fixture) -> None:
    fixture.want(2)
    fixture.wait_for_ready(2)
    told = {json.loads(each.read_text())["environment"]["TMPDIR"] for each in fixture.starts()}
    assert {str(task.storage) for task in fixture.agent.tasks} == told
    assert len(told) == 2
    (killed, *_) = fixture.agent.tasks
    os.kill(killed.process.pid, signal.SIGKILL)
    fixture.wait_for_end_of(killed.process.pid)
    fixture.want(2)
    assert [folder for folder in told if Path(folder).exists()] == sorted(told - {str(killed.storage)})


def test_a_killed_task_is_started_again_after_its_backoff(fixture: Fixture) -> None:
    fixture.want(1)
    fixture.wait_for_ready(1)
    (killed,) = fixture.pids()
    os.kill(killed, signal.SIGKILL)
    fixture.wait_for_end_of(killed)
    fixture.want(1)
    assert fixture.pids() == set()  # its back-off has not passed
    fixture.clock.now += 0.6
    fixture.want(1)
    assert len(fixture.pids()) == 1
    assert killed not in fixture.pids()


def test_scale_in_sends_sigterm_and_is_no_crash(fixture: Fixture) -> None:
    fixture.want(2)
    fixture.wait_for_ready(2)
    fixture.want(1)
    leaving = next(task for task in fixture.agent.tasks if task.kill_at is not None)
    fixture.wait_for_end_of(leaving.process.pid)
    fixture.want(1)
    assert leaving.process.returncode == 0
    assert len(fixture.pids()) == 1
    assert fixture.agent.problems == {}


def test_a_task_that_ignores_sigterm_is_killed_after_its_stop_timeout(fixture: Fixture) -> None:
    stubborn = replace(fixture.specification, environment={**fixture.specification.environment, "STUBBORN": "1"})
    fixture.want(1, stubborn)
    fixture.wait_for_ready(1)
    (task,) = fixture.agent.tasks
    fixture.want(0, stubborn)
    assert task.process.poll() is None
    fixture.clock.now += 5.1
    fixture.want(0, stubborn)
    fixture.wait_for_end_of(task.process.pid)
    assert task.process.returncode == -signal.SIGKILL


def test_a_new_task_definition_replaces_the_tasks(fixture: Fixture) -> None:
    fixture.want(1)
    fixture.wait_for_ready(1)
    (old,) = fixture.pids()
    fixture.want(1, replace(fixture.specification, task_definition_arn="engine:2"))
    fixture.wait_for_end_of(old)
    fixture.want(1, replace(fixture.specification, task_definition_arn="engine:2"))
    (task,) = fixture.agent.tasks
    assert task.specification.task_definition_arn == "engine:2"


def test_an_image_that_cannot_be_pulled_is_a_problem_and_no_task_until_its_backoff_is_over(fixture: Fixture) -> None:
    missing = replace(fixture.specification, image="registry/engine:0123456789ab")
    fixture.want(1, missing)
    assert fixture.agent.tasks == []
    told = "CannotPullContainerError: registry/engine:0123456789ab: not found in the registry"
    assert fixture.agent.problems == {"engine": told}
    fixture.want(1)
    assert fixture.agent.tasks == []
    fixture.clock.now += 0.6
    fixture.want(1)
    assert (len(fixture.agent.tasks), fixture.agent.problems) == (1, {})


def test_backoff_doubles_to_thirty_seconds_and_starts_anew_after_a_steady_run() -> None:
    backoff, waits = Backoff(), []
    for _ in range(8):
        backoff.crashed(0.0, ran_seconds=1.0)
        waits.append(backoff.not_before)
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30]
    backoff.crashed(0.0, ran_seconds=60.0)
    assert backoff.not_before == 0.5


def test_a_task_of_run_task_runs_its_command_once_and_its_output_and_exit_status_are_told(fixture: Fixture) -> None:
    fixture.run_to_end(fixture.one_off("rebuild", "--dry-run"))
    assert fixture.ended == [("t1", "Essential container in task exited", 3)]
    assert fixture.lines == ["rebuild", "--dry-run"]
    assert len(fixture.starts()) == 1
    assert fixture.agent.problems == {}


def test_a_task_of_run_task_that_nobody_asks_for_any_more_is_stopped(fixture: Fixture) -> None:
    fixture.agent.reconcile([], [fixture.one_off()])
    fixture.wait_for_ready(1)
    (task,) = fixture.agent.tasks
    fixture.agent.reconcile([], [])
    fixture.wait_for_end_of(task.process.pid)
    fixture.agent.reconcile([], [])
    assert (fixture.agent.tasks, fixture.ended) == ([], [("t1", "Essential container in task exited", 0)])


def test_a_task_of_run_task_whose_image_is_missing_never_ran_and_says_why(fixture: Fixture) -> None:
    fixture.run_to_end(fixture.one_off("rebuild", image="registry/engine:2"))
    assert fixture.ended == [("t1", "CannotPullContainerError: registry/engine:2: not found in the registry", None)]


def test_a_task_that_an_earlier_agent_had_is_not_run_again(fixture: Fixture) -> None:
    fixture.run_to_end(fixture.one_off("rebuild", age_seconds=60))
    assert fixture.ended == [("t1", "the agent that ran it has ended", None)]
    assert fixture.starts() == []


def test_a_report_that_fails_is_made_in_the_next_round_and_the_task_is_not_run_again(fixture: Fixture) -> None:
    def away(*_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    task, fixture.agent.report_stopped = fixture.one_off("rebuild"), away
    with pytest.raises(EndpointConnectionError):
        fixture.run_to_end(task)
    fixture.agent.report_stopped = fixture.ended_with
    fixture.agent.reconcile([], [task])
    assert (len(fixture.ended), len(fixture.starts())) == (1, 1)
