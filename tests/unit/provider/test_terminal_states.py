"""What will never be ready is not waited for: every type that waits ends at a terminal state, with the service's reason."""

from collections.abc import Mapping
from typing import Any

import pytest

from harness.deadline import TerminalStateError
from harness.provider.engine.aws import Aws
from harness.provider.schema.provider_schema import load
from harness.provider.types.catalogue import resource_types
from harness.provider.values import complete

TYPES = resource_types()
FAILED_ROLLOUT = {"status": "PRIMARY", "rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start"}


class Constant(Aws):
    """A service that gives the same answer to everything."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        super().__init__("us-east-1", {})
        self.answer = dict(answer)

    def call(self, _service: str, _operation: str, /, **_parameters: Any) -> dict[str, Any]:
        return self.answer


@pytest.mark.parametrize(
    ("name", "made", "answer", "told"),
    [
        pytest.param(
            "aws_db_instance",
            {"identifier": "d"},
            {"DBInstances": [{"DBInstanceStatus": "incompatible-network", "StatusInfos": [{"Message": "no subnet"}]}]},
            r"instance d is available: will not be so: state incompatible-network \(no subnet\)",
            id="database",
        ),
        pytest.param(
            "aws_dynamodb_table",
            {"name": "t"},
            {"Table": {"TableStatus": "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}},
            "t is active: will not be so: state INACCESSIBLE_ENCRYPTION_CREDENTIALS",
            id="table",
        ),
        pytest.param(
            "aws_kinesis_stream",
            {"name": "s"},
            {"StreamDescriptionSummary": {"StreamStatus": "DELETING"}},
            "s is active: will not be so: state DELETING",
            id="stream",
        ),
        pytest.param(
            "aws_vpc_endpoint",
            {"id": "e", "state": "pending"},
            {"VpcEndpoints": [{"State": "failed", "LastError": {"Message": "quota"}}]},
            r"endpoint e is available: will not be so: state failed \(quota\)",
            id="endpoint",
        ),
        pytest.param(
            "aws_ecs_service",
            {"name": "s", "cluster": "c", "wait_for_steady_state": True},
            {"services": [{"status": "ACTIVE", "deployments": [FAILED_ROLLOUT], "runningCount": 0, "desiredCount": 1}]},
            r"service s is steady: will not be so: state FAILED \(tasks failed to start\)",
            id="service",
        ),
        pytest.param(
            "aws_lambda_event_source_mapping",
            {"uuid": "u", "state": "Creating"},
            {"State": "Deleting", "StateTransitionReason": "USER_INITIATED"},
            r"mapping u Enabled or Disabled: will not be so: state Deleting \(USER_INITIATED\)",
            id="mapping",
        ),
    ],
)
def test_it_is_told_at_once(name: str, made: dict[str, Any], answer: dict[str, Any], told: str) -> None:
    block = load()["resources"][name]
    with pytest.raises(TerminalStateError, match=told):
        TYPES[name].created(Constant(answer), block, complete(block, made))
