"""The embedded target with FAULT_LAYER=1: everybody talks through the layer, the supervisor does not."""

import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.deadline import wait_for
from harness.embedded.clients import client
from harness.embedded.fault_layer import layer_at
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import TargetState
from harness.embedded.supervisor import ROUND_SECONDS
from harness.failure import HarnessError
from harness.faults.rules import Rule


@pytest.fixture(scope="module")
def layered(run: RunFolder) -> Iterator[TargetState]:
    run.make()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULT_LAYER", "1")
        yield bring_up(run).state
    take_down(run)


def _call(state: TargetState, service: str, endpoint: str | None = None) -> Any:
    assert state.deployer
    own = state.endpoint_variables().get(f"AWS_ENDPOINT_URL_{service.upper()}", state.endpoint)
    return client(service, endpoint or own, state.deployer)


@pytest.mark.parametrize(
    ("service", "operation", "method"),
    [("sqs", "ListQueues", "list_queues"), ("codedeploy", "ListApplications", "list_applications")],
)
def test_both_emulators_stand_behind_the_layer(layered: TargetState, service: str, operation: str, method: str) -> None:
    assert layered.fault_layer
    layer = layer_at(layered.fault_layer)
    change = {"kind": "answer", "status": 400, "code": "Planted"}
    layer.plant([Rule("p", change, service, (operation,))])
    try:
        with pytest.raises(ClientError, match="Planted"):
            getattr(_call(layered, service), method)()
        assert layer.counters()["p"]["fired"] == 1
    finally:
        layer.clear()
    getattr(_call(layered, service), method)()


def test_a_changed_request_of_the_deployer_is_still_the_deployers(layered: TargetState) -> None:
    assert layered.fault_layer
    layer = layer_at(layered.fault_layer)
    asked = {"kind": "replace", "in": "request", "pattern": "Version=", "with": "X=1&Version="}
    layer.plant([Rule("p", asked, "sts", ("GetCallerIdentity",))])
    try:
        assert _call(layered, "sts").get_caller_identity()["Arn"].endswith("user/deployer")
        assert layer.counters()["p"]["fired"] == 1
    finally:
        layer.clear()


def test_what_the_supervisor_asks_does_not_pass_the_layer(layered: TargetState) -> None:
    assert layered.inner_endpoint != layered.endpoint
    queue = _call(layered, "sqs", layered.inner_endpoint).create_queue(QueueName="inner")["QueueUrl"]
    assert queue.startswith(layered.inner_endpoint)
    assert _call(layered, "sqs").get_queue_url(QueueName="inner")["QueueUrl"].startswith(layered.endpoint)


def test_the_token_is_for_the_owner_only(layered: TargetState, run: RunFolder) -> None:
    assert layered.fault_layer
    assert layered.fault_layer.token in run.state_file.read_text()
    assert stat.S_IMODE(run.state_file.stat().st_mode) == 0o600
    logs = "".join(log.read_text(errors="replace") for log in run.logs.glob("*.log"))
    assert layered.fault_layer.token not in logs


def test_without_the_variable_there_is_no_hop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAULT_LAYER", raising=False)
    run = RunFolder(tmp_path / "run")
    run.make()
    try:
        state = bring_up(run).state
        assert (state.fault_layer, dict(state.inner_ports), state.inner_endpoint) == (None, {}, state.endpoint)
        assert "fault_layer" not in state.processes
        monkeypatch.setenv("FAULT_LAYER", "1")
        with pytest.raises(HarnessError, match="up without the fault layer: take it down first"):
            bring_up(run)
    finally:
        take_down(run)


def test_a_defect_of_ecs_does_not_reach_the_supervisors_own_rounds(layered: TargetState, run: RunFolder) -> None:
    """Each round lists clusters: with the rule planted, several rounds pass and it has not fired."""
    assert layered.fault_layer
    layer, pause = layer_at(layered.fault_layer), threading.Event()
    wait_for("the first round", run.tasks_file.exists, bool)
    layer.plant([Rule("p", {"kind": "answer", "status": 400, "code": "Planted"}, "ecs")])
    try:
        pause.wait(3 * ROUND_SECONDS)
        assert layer.counters()["p"]["matched"] == 0
    finally:
        layer.clear()
