"""An embedded instance of its own from nothing to nothing: apply, apply again, a shuffled feed, destroy, down."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.coverage.used import each_used
from harness.embedded.clients import ROOT, client
from harness.embedded.fault_layer import layer_at
from harness.embedded.processes import answers
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import FaultPort, TargetState
from harness.faults.rules import Rule
from harness.system import System
from harness.targets.registry import choose
from tests.first_day import EXPECTED, FEED, comparable
from tests.unit.coverage.test_used import CODE, called

CHECKOUT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.exclusive
CALLS = Rule("calls", {"kind": "delay", "seconds": 0.0001}, "*", (), {"principal": f"^(?!{ROOT.access_key_id}$)"})
OF_FAULTS: Counter[str] = Counter()
"""Changes nothing, and counts the calls of everybody but of these tests."""
LOOKS_ON = {
    ("dynamodb", "Scan"), ("kinesis", "GetRecords"), ("kinesis", "GetShardIterator"), ("kinesis", "ListShards"),
    ("sqs", "ChangeMessageVisibilityBatch"),
}  # fmt: skip
"""What `verify` alone calls: it looks at the system and is no part of it."""
JUDGED_ON = {("sqs", "SendMessage"), *(("dynamodb", name) for name in ("BatchWriteItem", "PutItem", "UpdateItem"))}
"""What the system called once: the scenarios of it stay, as ids never change."""
Run = Callable[..., "subprocess.CompletedProcess[str]"]

LISTS: dict[tuple[str, str], str] = {
    ("kinesis", "list_streams"): "StreamNames",
    ("lambda", "list_functions"): "Functions",
    ("lambda", "list_event_source_mappings"): "EventSourceMappings",
    ("ecs", "list_clusters"): "clusterArns",
    ("ecr", "describe_repositories"): "repositories",
    ("dynamodb", "list_tables"): "TableNames",
    ("rds", "describe_db_instances"): "DBInstances",
    ("rds", "describe_db_subnet_groups"): "DBSubnetGroups",
    ("s3", "list_buckets"): "Buckets",
    ("sqs", "list_queues"): "QueueUrls",
    ("sns", "list_topics"): "Topics",
    ("sns", "list_subscriptions"): "Subscriptions",
    ("events", "list_rules"): "Rules",
    ("appconfig", "list_applications"): "Items",
    ("apigateway", "get_rest_apis"): "items",
    ("kms", "list_aliases"): "Aliases",
    ("iam", "list_roles"): "Roles",
    ("secretsmanager", "list_secrets"): "SecretList",
    ("logs", "describe_log_groups"): "logGroups",
    ("cloudwatch", "describe_alarms"): "MetricAlarms",
    ("cloudwatch", "list_dashboards"): "DashboardEntries",
    ("codebuild", "list_projects"): "projects",
    ("codecommit", "list_repositories"): "repositories",
    ("codedeploy", "list_applications"): "applications",
    ("codepipeline", "list_pipelines"): "pipelines",
}


@pytest.fixture(scope="module")
def instance(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunFolder, Run]]:
    """A run folder and how to run a harness command on it, beside the system that the other tests use."""
    if choose(system.target).started_by != "harness":
        pytest.skip("unsupported: only a target that our supervisor runs can have a second instance")
    run = RunFolder(tmp_path_factory.mktemp("instance") / "run")

    def harness(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "harness", *arguments, "--target", system.target]
        environment = {**os.environ, "RUN_FOLDER": str(run.path), "FAULT_LAYER": "1"}
        return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)

    try:
        assert harness("up").returncode == 0
        layer_at(fault_port(run)).plant([CALLS])
        assert harness("apply").returncode == 0
        yield run, harness
    finally:
        harness("down")


def fault_port(run: RunFolder) -> FaultPort:
    port = state_of(run).fault_layer
    assert port is not None
    return port


def state_of(run: RunFolder) -> TargetState:
    state = TargetState.read(run)
    assert state is not None
    return state


def test_a_second_apply_of_a_fresh_system_changes_nothing(instance: tuple[RunFolder, Run]) -> None:
    again = instance[1]("apply")
    assert again.returncode == 0, again.stderr
    assert "No changes" in again.stderr


def test_plan_says_which_function_waits_to_be_shipped(instance: tuple[RunFolder, Run]) -> None:
    aws_lambda, name = client("lambda", state_of(instance[0]).endpoint, ROOT), "asset-servicing-reconciliation"
    timeout = aws_lambda.get_function_configuration(FunctionName=name)["Timeout"]

    def configure(seconds: int) -> None:
        aws_lambda.update_function_configuration(FunctionName=name, Timeout=seconds)
        aws_lambda.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})

    configure(timeout + 30)
    version = aws_lambda.publish_version(FunctionName=name)["Version"]
    aws_lambda.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    configure(timeout)
    planned = instance[1]("plan")
    assert planned.stdout.splitlines() == [
        "No changes. The infrastructure matches the configuration.",
        f"{name}: waits to be shipped: timeout {timeout + 30} -> {timeout}",
    ]


def test_the_shuffled_first_day_gives_the_same_figures_in_a_fresh_system(
    instance: tuple[RunFolder, Run], tmp_path: Path
) -> None:
    lines = FEED.read_bytes().splitlines(keepends=True)
    random.Random(7).shuffle(lines)
    (tmp_path / "shuffled.jsonl").write_bytes(b"".join(lines))
    fed = instance[1]("feed", str(tmp_path / "shuffled.jsonl"), "--json")
    assert fed.returncode == 0, fed.stderr
    expected = EXPECTED["entitlements"]
    assert comparable(json.loads(fed.stdout)["entitlements"], expected) == comparable(expected, expected)


def test_a_system_that_nobody_disturbed_is_whole_by_verify_which_counts_what_it_judged(
    instance: tuple[RunFolder, Run],
) -> None:
    verified = instance[1]("verify", "--json")
    said = json.loads(verified.stdout)
    assert (verified.returncode, said["exit_status"]) == (0, 0), said
    judged = {row["invariant"]: row["judged"] for row in said["invariants"]}
    assert judged["each record that the stream accepted is in queue-state"] == len(FEED.read_bytes().splitlines())
    assert judged["the projected entitlements are those that PostgreSQL gives"] == len(EXPECTED["entitlements"])


def test_a_few_kills_and_faults_are_survived(instance: tuple[RunFolder, Run]) -> None:
    """`make test-faults` does all of them. What it calls itself, the system does not."""
    before = calls_until_now(instance[0])
    few = ["--keep", "--no-emulator", "--failpoints", "2", "--schedules", "2", "--seed", "22"]
    command = [sys.executable, "-m", "tests.faults", *few]
    environment = {**os.environ, "RUN_FOLDER": str(instance[0].path)}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    OF_FAULTS.update(calls_until_now(instance[0]) - before)
    assert done.returncode == 0, done.stdout + done.stderr


def test_destroy_leaves_no_resource(instance: tuple[RunFolder, Run]) -> None:
    run, harness = instance
    destroyed = harness("destroy")
    assert destroyed.returncode == 0, destroyed.stderr
    left = {f"{service}.{operation}": listed(state_of(run), service, operation) for service, operation in LISTS}
    assert {name: found for name, found in left.items() if found} == {}
    [network] = client("ec2", state_of(run).endpoint, ROOT).describe_vpcs()["Vpcs"]
    assert network["IsDefault"], "only the account's default VPC is left"


def test_the_list_of_what_the_system_uses_is_what_it_called_and_what_its_code_names(
    instance: tuple[RunFolder, Run],
) -> None:
    seen = {tuple(call.split(":")) for call in calls_until_now(instance[0]) - OF_FAULTS if ":" in call}
    seen = {(service, operation) for service, operation in seen if service and operation}
    named = {call for folder in CODE for call in called(folder)}
    assert seen - {*each_used()} - LOOKS_ON == set(), "add them to harness/coverage/used.yaml"
    assert sorted({*each_used()} - seen - named - JUDGED_ON) == [], (
        "nothing uses these operations of harness/coverage/used.yaml"
    )


def calls_until_now(run: RunFolder) -> Counter[str]:
    """How often each `service:Operation` was called."""
    of_resources = layer_at(fault_port(run)).calls()[CALLS.id]
    return Counter({call: sum(counts.values()) for call, counts in of_resources.items()})


def listed(state: TargetState, service: str, operation: str) -> list[Any]:
    endpoints = state.endpoint_variables()
    endpoint = endpoints.get(f"AWS_ENDPOINT_URL_{service.upper()}", state.endpoint)
    return list(getattr(client(service, endpoint, ROOT), operation)().get(LISTS[service, operation]) or [])


def test_down_leaves_no_process_no_port_and_no_state(instance: tuple[RunFolder, Run]) -> None:
    run, harness = instance
    state = state_of(run)
    pids = [record.pid for record in state.processes.values()]
    assert harness("down").returncode == 0
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []
    assert [port for port in state.ports.values() if answers(port)] == []
    assert not run.state_file.exists()
    assert not run.terraform_state.exists()
    assert state.temporary_folder is None or not state.temporary_folder.exists()
