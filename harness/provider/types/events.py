"""EventBridge: buses, rules and their targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.mapping import to_api
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.types.naming import Named
from harness.provider.values import Block

_DEFAULT_BUS = "default"


def _bus_as_given(state: State, bus: str) -> str:
    """Return the name or ARN of the bus as the configuration gives it, or `bus`, its name, if the configuration gives another."""
    given = str(state.get("event_bus_name") or "")
    return given if given.rpartition("/")[2] == bus else bus


@dataclass(frozen=True, kw_only=True)
class _Rule(Named):
    """A rule: made and changed by one operation. `is_enabled` is the older word for `state`."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        return {**super().creation(aws, block, planned), "State": _rule_state(planned)}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        seen["event_bus_name"] = _bus_as_given(state, resource["EventBusName"])
        if state.get("is_enabled") is not None:
            seen["is_enabled"] = resource["State"] != "DISABLED"
            seen["state"] = state["state"] if resource["State"] == _rule_state(state) else resource["State"]
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        super().modify(aws, block, prior, {**planned, "state": _rule_state(planned)}, changed)

    def identity(self, state: State) -> str:
        bus = state["event_bus_name"]
        return str(state["name"]) if bus == _DEFAULT_BUS else f"{bus}/{state['name']}"

    def imported(self, identifier: str) -> dict[str, Any] | None:
        bus, _, name = identifier.rpartition("/")
        return {"event_bus_name": bus or _DEFAULT_BUS, "name": name, "id": identifier}


def _rule_state(state: State) -> str:
    return "DISABLED" if state.get("is_enabled") is False else str(state["state"])


@dataclass(frozen=True, kw_only=True)
class _Target(Named):
    """One target of a rule: an entry of a list, which has errors of its own."""

    naming: str = "target_id"

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        target = to_api(block, planned, aws.request_shape("events", self.create).members["Targets"].member, self.names)
        return {**self.named(planned), "Targets": [target]}

    def made(self, aws: Aws, block: Block, planned: State, answer: Mapping[str, Any]) -> dict[str, Any]:
        _refuse_failed(self.create, answer)
        return {}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        _refuse_failed(self.create, aws.call("events", self.create, **self.creation(aws, block, planned)))

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        rule, more = self.named(state), {"Ids": [state["target_id"]], "Force": bool(state.get("force_destroy"))}
        _refuse_failed("RemoveTargets", aws.call("events", "RemoveTargets", **rule, **more))

    def identity(self, state: State) -> str:
        bus, own = state["event_bus_name"], f"{state['rule']}-{state['target_id']}"
        return own if bus == _DEFAULT_BUS else f"{bus}-{own}"

    def imported(self, identifier: str) -> dict[str, Any] | None:
        *bus, rule, target = identifier.rsplit("/", 2) if "/" in identifier else ("", "")
        state = {"event_bus_name": bus[0] if bus else _DEFAULT_BUS, "rule": rule, "target_id": target}
        return {**state, "id": self.identity(state)} if rule and target else None


def _refuse_failed(operation: str, answer: Mapping[str, Any]) -> None:
    """Raises the ClientError that an entry of an answer stands for."""
    failed = at("FailedEntries[0]", answer)
    if failed:
        raise ClientError({"Error": {"Code": failed["ErrorCode"], "Message": failed["ErrorMessage"]}}, operation)


TYPES: dict[str, Plain] = {
    "aws_cloudwatch_event_bus": Plain(
        service="events", create="CreateEventBus", made_at="", read="DescribeEventBus", update="UpdateEventBus", delete="DeleteEventBus",
        key={"Name": "name"}, id="{name}", force_new=frozenset({"name", "event_source_name"}),
        tags=Tags(read="ListTagsForResource", key={"ResourceARN": "arn"}),
    ),
    "aws_cloudwatch_event_rule": _Rule(
        service="events", create="PutRule", made_at="", read="DescribeRule", update="PutRule", delete="DeleteRule",
        key={"Name": "name", "EventBusName": "event_bus_name"}, id="", names={"tags": None},
        delete_key={"Name": "name", "EventBusName": "event_bus_name", "Force": "force_destroy"},
        force_new=frozenset({"name", "name_prefix", "event_bus_name"}),
        defaults={"event_bus_name": _DEFAULT_BUS, "state": "ENABLED"},
        tags=Tags(read="ListTagsForResource", key={"ResourceARN": "arn"}),
    ),
    "aws_cloudwatch_event_target": _Target(
        service="events", create="PutTargets", read="ListTargetsByRule", delete="RemoveTargets", at="Targets[?Id=='{target_id}'] | [0]",
        key={"Rule": "rule", "EventBusName": "event_bus_name"}, id="",
        names={
            "id": None, "target_id": "Id", "appsync_target": "AppSyncParameters", "appsync_target.graphql_operation": "GraphQLOperation",
            "http_target": "HttpParameters", "input_transformer.input_paths": "InputPathsMap", "kinesis_target": "KinesisParameters",
            "redshift_target": "RedshiftDataParameters", "redshift_target.secrets_manager_arn": "SecretManagerArn",
            "sqs_target": "SqsParameters",
        },
        force_new=frozenset({"event_bus_name", "rule", "target_id"}), defaults={"event_bus_name": _DEFAULT_BUS},
        unmade=frozenset({"batch_target", "ecs_target", "run_command_targets", "sagemaker_pipeline_target"}),
    ),
}  # fmt: skip
