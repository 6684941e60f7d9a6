"""Waiting for the engine's tasks on a target that runs them itself: it ends when they run, or when they stop again and again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.deployment import engine_tasks
from harness.deployment.engine_tasks import await_tasks
from harness.deployment.recording import EngineError
from harness.embedded.processes import free_port
from harness.failure import HarnessError
from harness.targets.registry import load

OUTPUTS = {"engine_cluster_name": "c", "engine_service_name": "s"}
PULL = {"stoppedReason": "CannotPullContainerError", "containers": [{"reason": "no such image"}]}
CRASH = {"stoppedReason": "Essential container in task exited", "containers": [{"exitCode": 1}, {"exitCode": 0}]}


class Ecs:
    """A service that wants two tasks; each look finds one more of `ends` stopped, and as many running as `running` says, since `age`."""

    def __init__(self, running: int, *ends: dict[str, Any], definition: str = "d:2", age: float = 60) -> None:
        self.running, self.ends, self.looks, self.definition = running, ends, 0, definition
        self.age = timedelta(seconds=age)

    def describe_services(self, **_: Any) -> dict[str, Any]:
        service = {"clusterArn": "c", "serviceName": "s", "taskDefinition": "d:2", "desiredCount": 2}
        return {"services": [{**service, "runningCount": 2}]}

    def list_tasks(self, desiredStatus: str, **_: Any) -> dict[str, Any]:
        if desiredStatus == "RUNNING":
            return {"taskArns": [f"r{number}" for number in range(self.running)]}
        self.looks += 1
        return {"taskArns": [str(number) for number in range(min(self.looks - 1, len(self.ends)))]}

    def describe_tasks(self, tasks: list[str], **_: Any) -> dict[str, Any]:
        named = {"taskDefinitionArn": self.definition}
        runs = {"taskDefinitionArn": "d:2", "lastStatus": "RUNNING", "startedAt": datetime.now(UTC) - self.age}
        return {
            "tasks": [
                {"taskArn": arn, **(runs if arn.startswith("r") else {**named, **self.ends[int(arn)]})} for arn in tasks
            ]
        }


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path))
    monkeypatch.setenv("WAIT_FACTOR", "1")
    monkeypatch.setattr(engine_tasks, "SECONDS", 2.0)


def awaited(ecs: Ecs, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(engine_tasks, "client", lambda *_: ecs)
    return await_tasks(load()["aws"], OUTPUTS, {})


def test_tasks_that_run_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    assert awaited(Ecs(2), monkeypatch) == 2


def test_three_stopped_tasks_and_none_running_end_the_wait_with_the_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    told = r"engine tasks running: will not be so: 3 tasks stopped; .*; STOPPED \(CannotPullContainerError; no such image\); STOPPED"
    with pytest.raises(HarnessError, match=told) as failed:
        awaited(Ecs(0, PULL, CRASH, CRASH), monkeypatch)
    assert "STOPPED (Essential container in task exited; exit status 1)" in str(failed.value)


@pytest.mark.parametrize(
    "ecs",
    [
        pytest.param(Ecs(0, CRASH, CRASH), id="two-stopped"),
        pytest.param(Ecs(1, CRASH, CRASH, CRASH), id="one-runs"),
        pytest.param(Ecs(2, age=0), id="start-again-and-again"),
        pytest.param(Ecs(0, CRASH, CRASH, CRASH, definition="d:1"), id="of-an-earlier-definition"),
    ],
)
def test_less_is_waited_for_until_the_deadline(ecs: Ecs, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match=r"not so after 2 s; last observed: [01], 2 wanted"):
        awaited(ecs, monkeypatch)


def test_a_database_address_at_which_nothing_listens_is_a_record_only(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = {"PGHOST": "127.0.0.1", "PGPORT": str(free_port())}
    monkeypatch.setattr(engine_tasks, "database_environment", lambda *_: nobody)
    with pytest.raises(EngineError, match=f"nothing listens at the database's address 127.0.0.1:{nobody['PGPORT']}"):
        awaited(Ecs(2), monkeypatch)


def test_a_target_without_the_service_says_so() -> None:
    with pytest.raises(EngineError, match=r"^no engine task runs: target aws has no ECS service"):
        await_tasks(load()["aws"], {**OUTPUTS, "engine_service_name": ""}, {})
