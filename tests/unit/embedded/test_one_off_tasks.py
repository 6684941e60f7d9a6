"""A command as a one-off task, from RunTask to the lines and the exit status that the caller sees: on the real emulator and its agent."""

import os
import signal
import threading
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from harness.deadline import DeadlineError, wait_for
from harness.embedded.clients import client
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder, read_json
from harness.failure import HarnessError
from harness.one_off import run_one_off
from tests.unit.embedded.test_engine_service import pushed, role

ENGINE = """
import os, sys, time
def main():
    print(os.environ["PLAIN"], *sys.argv[1:], flush=True)
    if sys.argv[1] == "lines":
        print("\\n".join(map(str, range(2_500))))
    while sys.argv[1] == "sleep":
        time.sleep(0.1)
    return int(sys.argv[2])
if __name__ == "__main__":
    sys.exit(main())
"""
Command = Callable[..., tuple[int, list[str]]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    made = RunFolder(tmp_path_factory.mktemp("one-off") / "run")
    made.make()
    yield made
    take_down(made)


@pytest.fixture(scope="module")
def clients(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """Clients of ECS and of logs, on a cluster whose service wants no tasks."""
    state = bring_up(run).state
    assert state is not None
    assert state.deployer is not None
    package = tmp_path_factory.mktemp("package") / "engine.zip"
    with zipfile.ZipFile(package, "w") as content:
        content.writestr("servicing_engine.py", ENGINE)
    ecs, logs = (client(service, state.endpoint, state.deployer) for service in ("ecs", "logs"))
    logs.create_log_group(logGroupName="/ecs/engine")
    allowed = [{"Action": action, "Resource": "*"} for action in ("ecr:GetAuthorizationToken", "logs:*")]
    options = {"awslogs-group": "/ecs/engine", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "engine"}
    container = {
        "name": "engine", "image": pushed(state, package), "environment": [{"name": "PLAIN", "value": "1"}], "stopTimeout": 5,
        "logConfiguration": {"logDriver": "awslogs", "options": options},
    }  # fmt: skip
    roles = {"taskRoleArn": role(state, "task"), "executionRoleArn": role(state, "execution", *allowed)}
    ecs.create_cluster(clusterName="engine")
    for family, changed in (("engine", {}), ("missing", {"image": "registry/engine:000000000000"})):
        ecs.register_task_definition(
            family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512", **roles,
            containerDefinitions=[container | changed],
        )  # fmt: skip
        ecs.create_service(
            cluster="engine", serviceName=family, taskDefinition=family, desiredCount=0, launchType="FARGATE"
        )
    return ecs, logs


@pytest.fixture
def command(clients: tuple[Any, Any]) -> Command:
    """Run a command and return its exit status and its lines."""

    def run(*words: str, service: str = "engine", seconds: float = 60) -> tuple[int, list[str]]:
        lines: list[str] = []
        return run_one_off(*clients, "engine", service, words, seconds, lines.append), lines

    return run


def processes(run: RunFolder) -> list[int]:
    return [task["pid"] for task in read_json(run.tasks_file).get("tasks", []) if psutil.pid_exists(task["pid"])]


def test_a_command_ends_with_its_containers_exit_status(command: Command) -> None:
    assert command("end", "3") == (3, ["1 end 3"])


def test_its_lines_are_told_in_their_order_to_the_last(command: Command) -> None:
    status, lines = command("lines", "0")
    assert status == 0
    assert lines == ["1 lines 0", *map(str, range(2_500))]


def test_a_task_that_cannot_start_is_an_error_with_its_reason(command: Command) -> None:
    with pytest.raises(HarnessError, match=r"did not come to its end: TaskFailedToStart; CannotPullContainerError"):
        command("end", "0", service="missing")


def test_a_service_that_is_not_there_is_named_with_the_remedy(command: Command) -> None:
    with pytest.raises(HarnessError, match=r"no active service nobody: run `make apply`"):
        command("end", "0", service="nobody")


def test_a_task_that_runs_too_long_is_stopped(command: Command, run: RunFolder) -> None:
    with pytest.raises(DeadlineError, match=r"task .* stopped: not so after 3 s; last observed: RUNNING"):
        command("sleep", "0", seconds=3)
    wait_for("no process of it", lambda: processes(run), lambda left: not left, 20)


def test_an_interrupted_command_stops_its_task(command: Command, run: RunFolder) -> None:
    def interrupt() -> None:
        wait_for("its process", lambda: processes(run), bool, 20)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        command("sleep", "0")
    thread.join()
    wait_for("no process of it", lambda: processes(run), lambda left: not left, 20)


def test_a_task_that_somebody_else_stops_is_no_success(command: Command, clients: tuple[Any, Any]) -> None:
    def stop() -> None:
        ecs = clients[0]
        arns = wait_for("the task", lambda: ecs.list_tasks(cluster="engine")["taskArns"], bool, 20)
        ecs.stop_task(cluster="engine", task=arns[0], reason="maintenance")

    threading.Thread(target=stop).start()
    with pytest.raises(HarnessError, match=r"did not come to its end: UserInitiated; maintenance"):
        command("sleep", "0")
