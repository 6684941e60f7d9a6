"""What the function types ask of Lambda where MiniStack is more lenient than AWS: waiting between changes, and how settings are unset."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.deadline import TerminalStateError
from harness.provider.engine.aws import Aws
from harness.provider.schema.provider_schema import load
from harness.provider.types.catalogue import resource_types
from harness.provider.values import Block, complete

TYPES = resource_types()
_ACTIVE = {"State": "Active", "LastUpdateStatus": "Successful"}
_UPDATING = {"State": "Active", "LastUpdateStatus": "InProgress"}


class Scripted(Aws):
    """Lambda that answers reads of a function's state from a script, whose last line repeats; everything else with nothing."""

    def __init__(self, *states: Mapping[str, Any] | ClientError) -> None:
        super().__init__("us-east-1", {})
        self.states, self.asked = list(states), list[tuple[str, dict[str, Any]]]()

    def call(self, _service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        self.asked.append((operation, parameters))
        answer = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(answer, ClientError):
            raise answer
        return dict(answer)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]


def _object(type_name: str, **given: Any) -> tuple[Block, dict[str, Any]]:
    block = load()["resources"][type_name]
    return block, complete(block, given)


def test_code_is_changed_after_the_configuration_has_settled_and_a_version_after_both() -> None:
    aws = Scripted({}, _UPDATING, _ACTIVE, {}, _UPDATING, _ACTIVE)
    block, before = _object(
        "aws_lambda_function", function_name="f", timeout=3, s3_bucket="b", s3_key="1", publish=True
    )
    after = {**before, "timeout": 4, "s3_key": "2"}
    TYPES["aws_lambda_function"].modify(aws, block, before, after, {"timeout", "s3_key"})
    waiting = ["GetFunctionConfiguration"] * 2
    assert aws.operations == ["UpdateFunctionConfiguration", *waiting, "UpdateFunctionCode", *waiting, "PublishVersion"]


def test_a_function_that_failed_is_told_with_lambdas_reason() -> None:
    aws = Scripted({"State": "Failed", "StateReason": "no such key", "LastUpdateStatus": "Successful"})
    block, made = _object("aws_lambda_function", function_name="f", reserved_concurrent_executions=-1)
    with pytest.raises(TerminalStateError, match="no such key"):
        TYPES["aws_lambda_function"].created(aws, block, made)


@pytest.mark.parametrize(
    ("name", "block_name", "set_", "sent"),
    [
        ("aws_lambda_function", "dead_letter_config", {"target_arn": "q"}, {"DeadLetterConfig": {"TargetArn": ""}}),
        ("aws_lambda_function", "environment", {"variables": {"a": "b"}}, {"Environment": {"Variables": {}}}),
        ("aws_lambda_function", "snap_start", {"apply_on": "PublishedVersions"}, {"SnapStart": {"ApplyOn": "None"}}),
        (
            "aws_lambda_alias",
            "routing_config",
            {"additional_version_weights": {"1": 1}},
            {"RoutingConfig": {"AdditionalVersionWeights": {}}},
        ),
        (
            "aws_lambda_event_source_mapping",
            "destination_config",
            {"on_failure": []},
            {"DestinationConfig": {"OnFailure": {}}},
        ),
        ("aws_lambda_event_source_mapping", "filter_criteria", {"filter": []}, {"FilterCriteria": {"Filters": []}}),
    ],
)
def test_a_block_that_goes_is_unset_in_the_words_of_the_api(
    name: str, block_name: str, set_: dict[str, Any], sent: dict[str, Any]
) -> None:
    aws = Scripted({**_ACTIVE, "State": "Active" if name == "aws_lambda_function" else "Enabled"})
    block, before = _object(name, function_name="f", name="live", uuid="u", **{block_name: [set_]})
    TYPES[name].modify(aws, block, before, {**before, block_name: []}, {block_name})
    [parameters] = [parameters for operation, parameters in aws.asked if operation.startswith("Update")]
    assert sent.items() <= parameters.items()


def test_a_mapping_is_gone_only_when_lambda_no_longer_has_it() -> None:
    gone = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetEventSourceMapping")
    aws = Scripted({"State": "Deleting"}, {"State": "Deleting"}, gone)
    block, state = _object("aws_lambda_event_source_mapping", uuid="u")
    TYPES["aws_lambda_event_source_mapping"].remove(aws, block, state)
    assert aws.operations == ["DeleteEventSourceMapping", "GetEventSourceMapping", "GetEventSourceMapping"]


@pytest.mark.parametrize(
    ("identifier", "function", "qualifier"),
    [
        ("f/Sid", "f", None),
        ("f:live/Sid", "f", "live"),
        ("arn:aws:lambda:r:1:function:f/Sid", "arn:aws:lambda:r:1:function:f", None),
    ],
)
def test_a_permission_is_imported_by_function_qualifier_and_statement(
    identifier: str, function: str, qualifier: str | None
) -> None:
    # MiniStack shows the statements of every qualifier where AWS shows those of the function alone.
    found = TYPES["aws_lambda_permission"].imported(identifier)
    assert found == {"function_name": function, "qualifier": qualifier, "statement_id": "Sid", "id": "Sid"}
    assert TYPES["aws_lambda_permission"].imported("Sid") is None
