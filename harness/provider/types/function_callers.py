"""Lambda: by whom and what a function is called: aliases, permissions, event sources."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws, wait_until
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.types.naming import Named
from harness.provider.values import Block
from harness.terminal_states import MAPPING

_DEFAULT_BATCHES = (10, 100)  # queues; streams (where MiniStack says 10 too)


def invoke_arn(region: str, arn: str) -> str:
    """The ARN by which API Gateway calls a function, version or alias."""
    return f"arn:{arn.split(':')[1]}:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _same_function(left: str, right: str) -> bool:
    """Whether two names or ARNs say the same function, version or alias of one account."""
    return left.rpartition(":function:")[2] == right.rpartition(":function:")[2]


@dataclass(frozen=True, kw_only=True)
class _Alias(Plain):
    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen, arn = super().observed(aws, block, state, resource), resource["AliasArn"]
        return {**seen, "id": arn, "invoke_arn": invoke_arn(aws.region, arn)}


@dataclass(frozen=True, kw_only=True)
class _Permission(Named):
    """A statement of the policy of a function, version or alias: all of it is made anew when anything changes."""

    naming: str = "statement_id"

    def observe(self, aws: Aws, state: State) -> Any:
        policy = json.loads(aws.call("lambda", "GetPolicy", **self.named(state, self.read_key))["Policy"])
        statements = (statement for statement in policy["Statement"] if statement.get("Sid") == state["statement_id"])
        return next(statements, None)

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        conditions = _conditions(resource)
        function, _, qualifier = resource["Resource"].rpartition(":function:")[2].partition(":")
        given = state["function_name"]
        viewed = conditions.get("lambda:invokedviafunctionurl")
        return {
            "action": resource["Action"],
            "event_source_token": conditions.get("lambda:eventsourcetoken"),
            "function_name": given if _same_function(given, function) else function,
            "function_url_auth_type": conditions.get("lambda:functionurlauthtype"),
            "invoked_via_function_url": None if viewed is None else viewed in (True, "true"),
            "principal": _principal(resource["Principal"], state.get("principal")),
            "principal_org_id": conditions.get("aws:principalorgid"),
            "qualifier": qualifier or None,
            "source_account": conditions.get("aws:sourceaccount"),
            "source_arn": conditions.get("aws:sourcearn"),
        }

    def named(self, state: State, key: Mapping[str, str] | None = None) -> dict[str, Any]:
        return {parameter: value for parameter, value in super().named(state, key).items() if value}

    def imported(self, identifier: str) -> dict[str, Any] | None:
        function, _, sid = identifier.rpartition("/")
        name, _, qualifier = function.partition(":") if ":function:" not in function else (function, "", "")
        return {"function_name": name, "qualifier": qualifier or None, "statement_id": sid, "id": sid} if name else None


def _conditions(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Value by condition key in lower case, whatever the operator."""
    conditions = statement.get("Condition", {}).values()
    return {key.lower(): value for condition in conditions for key, value in condition.items()}


def _principal(principal: Any, given: str | None) -> str:
    """The principal as it is written in HCL: a bare account where that was given, which the API spells as its root."""
    name = str(next(iter(principal.values()))) if isinstance(principal, Mapping) else str(principal)
    return given if given and name.endswith(f":{given}:root") else name


@dataclass(frozen=True, kw_only=True)
class _EventSource(Plain):
    """A mapping from stream or queue to function. The API names the function by its ARN, however it was given."""

    def created(self, aws: Aws, block: Block, made: State) -> None:
        if made.get("state") not in ("Enabled", "Disabled"):
            self._await(aws, made, "Enabled", "Disabled")

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen, given = super().observed(aws, block, state, resource), state.get("function_name") or ""
        seen["enabled"] = resource["State"] in ("Creating", "Enabled", "Enabling", "Updating")
        seen["function_name"] = given if _same_function(given, resource["FunctionArn"]) else resource["FunctionArn"]
        if not state.get("batch_size") and seen["batch_size"] in _DEFAULT_BATCHES:
            seen["batch_size"] = None
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        super().modify(aws, block, prior, planned, changed)
        self._await(aws, planned, "Enabled", "Disabled")

    def _await(self, aws: Aws, state: State, *wanted: str) -> None:
        what = f"event source mapping {state['uuid']} {' or '.join(wanted)}"
        wait_until(what, lambda: self.observe(aws, state), lambda seen: seen["State"] in wanted, ended=MAPPING)


TYPES: dict[str, Plain] = {
    "aws_lambda_alias": _Alias(
        service="lambda", create="CreateAlias", read="GetAlias", update="UpdateAlias", delete="DeleteAlias",
        key={"FunctionName": "function_name", "Name": "name"}, id="{arn}", import_id="{function_name}/{name}", names={"arn": "AliasArn"},
        force_new=frozenset({"function_name", "name"}),
        cleared={"routing_config": {"AdditionalVersionWeights": {}}},
    ),
    "aws_lambda_permission": _Permission(
        service="lambda", create="AddPermission", made_at="", read="GetPolicy", delete="RemovePermission",
        key={"FunctionName": "function_name", "StatementId": "statement_id", "Qualifier": "qualifier"},
        read_key={"FunctionName": "function_name", "Qualifier": "qualifier"}, id="{statement_id}",
        force_new=frozenset({
            "action", "event_source_token", "function_name", "function_url_auth_type", "invoked_via_function_url", "principal",
            "principal_org_id", "qualifier", "source_account", "source_arn", "statement_id", "statement_id_prefix",
        }),
    ),
    "aws_lambda_event_source_mapping": _EventSource(
        service="lambda", create="CreateEventSourceMapping", made_at="", read="GetEventSourceMapping",
        update="UpdateEventSourceMapping", delete="DeleteEventSourceMapping", key={"UUID": "uuid"}, id="{uuid}", lingers=True,
        names={
            "arn": "EventSourceMappingArn", "destination_config.on_failure.destination_arn": "Destination",
            "filter_criteria.filter": "Filters", "self_managed_event_source.endpoints": "Endpoints",
            "source_access_configuration": "SourceAccessConfigurations",
        },
        force_new=frozenset({
            "event_source_arn", "queues", "self_managed_event_source", "starting_position", "starting_position_timestamp", "topics",
        }),
        defaults={"enabled": True},
        recomputed={"last_modified": (), "function_arn": ("function_name",)},
        cleared={"destination_config": {"OnFailure": {}}, "filter_criteria": {"Filters": []}},
        # MiniStack drops both, and has no place for them in its answer.
        unread=frozenset({"tumbling_window_in_seconds", "kms_key_arn"}),
        tags=Tags(read="ListTags", key={"Resource": "arn"}, pair=None),
    ),
}  # fmt: skip
