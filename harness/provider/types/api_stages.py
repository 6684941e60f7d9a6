"""API Gateway: deployments, stages and the settings of a stage's methods."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.provider.engine.aws import Aws
from harness.provider.engine.mapping import from_api
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import BY_ARN
from harness.provider.types.api import Patched, camel_paths
from harness.provider.types.patching import Operation, operations
from harness.provider.values import Block, empty

_SETTINGS = {
    "cache_data_encrypted": "caching/dataEncrypted",
    "cache_ttl_in_seconds": "caching/ttlInSeconds",
    "caching_enabled": "caching/enabled",
    "data_trace_enabled": "logging/dataTrace",
    "logging_level": "logging/loglevel",
    "metrics_enabled": "metrics/enabled",
    "require_authorization_for_cache_control": "caching/requireAuthorizationForCacheControl",
    "throttling_burst_limit": "throttling/burstLimit",
    "throttling_rate_limit": "throttling/rateLimit",
    "unauthorized_cache_control_header_strategy": "caching/unauthorizedCacheControlHeaderStrategy",
}


@dataclass(frozen=True, kw_only=True)
class _Stage(Patched):
    """A stage. What CreateStage does not take is patched on afterwards."""

    def made(self, aws: Aws, block: Block, planned: State, answer: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().made(aws, block, planned, answer), **_addresses(aws, planned)}

    def created(self, aws: Aws, block: Block, made: State) -> None:
        later = {"access_log_settings", "client_certificate_id"}
        self.modify(aws, block, {}, made, {name for name in later if made.get(name)})

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        return {**super().observed(aws, block, state, resource), **_addresses(aws, state)}


def _addresses(aws: Aws, state: State) -> dict[str, str]:
    api, stage = state["rest_api_id"], state["stage_name"]
    return {
        "arn": f"arn:{aws.partition}:apigateway:{aws.region}::/restapis/{api}/stages/{stage}",
        "execution_arn": aws.arn("execute-api", f"{api}/{stage}"),
        "invoke_url": f"https://{api}.execute-api.{aws.region}.amazonaws.com/{stage}",
    }


@dataclass(frozen=True, kw_only=True)
class _MethodSettings(Patched):
    """The settings of a stage's method, or of all of them ("*/*"): a part of the stage, made by patching it and removed so."""

    def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        self.modify(aws, block, {"settings": [{}]}, planned, {"settings"})
        return {**planned, "id": self.identity(planned)}

    def observe(self, aws: Aws, state: State) -> Any:
        return (
            aws.call("apigateway", "GetStage", **self.named(state)).get("methodSettings", {}).get(state["method_path"])
        )

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        shape = aws.answer_shape("apigateway", "GetStage").members["methodSettings"].value
        inner = block["b"]["settings"]
        return {"settings": [{**empty(inner), **from_api(inner, resource, shape, {})}]}

    def patch(self, prior: State, planned: State, changed: set[str]) -> list[Operation]:
        before, after = prior["settings"][0], planned["settings"][0]
        paths = {name: f"/{planned['method_path']}/{setting}" for name, setting in _SETTINGS.items()}
        return operations(
            paths, before, after, {n for n in paths if after.get(n) is not None and after[n] != before.get(n)}
        )

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        patch = [{"op": "remove", "path": f"/{state['method_path']}"}]
        aws.call("apigateway", "UpdateStage", **self.named(state), patchOperations=patch)


_STAGE = {"restApiId": "rest_api_id", "stageName": "stage_name"}

TYPES: dict[str, Plain] = {
    "aws_api_gateway_deployment": Patched(
        create="CreateDeployment", made_at="", read="GetDeployment", update="UpdateDeployment", delete="DeleteDeployment",
        key={"restApiId": "rest_api_id", "deploymentId": "id"}, id="{id}", import_id="{rest_api_id}/{id}",
        paths=camel_paths("description"), force_new=frozenset({"rest_api_id", "triggers", "variables"}),
    ),
    "aws_api_gateway_stage": _Stage(
        create="CreateStage", made_at="", read="GetStage", update="UpdateStage", delete="DeleteStage", key=_STAGE,
        id="ags-{rest_api_id}-{stage_name}", import_id="{rest_api_id}/{stage_name}",
        names={"tags": None, "xray_tracing_enabled": "tracingEnabled"},
        paths={
            "xray_tracing_enabled": "/tracingEnabled",
            **camel_paths("access_log_settings", "cache_cluster_enabled", "cache_cluster_size", "canary_settings", "client_certificate_id",
                          "deployment_id", "description", "documentation_version", "variables"),
        },
        force_new=frozenset({"rest_api_id", "stage_name"}),
        # MiniStack keeps the tags of CreateStage where GetTags does not find them.
        tags=replace(BY_ARN, read="GetTags", create=None),
    ),
    "aws_api_gateway_method_settings": _MethodSettings(
        create="", update="UpdateStage", key=_STAGE, id="{rest_api_id}-{stage_name}-{method_path}",
        import_id="{rest_api_id}/{stage_name}/{method_path}", force_new=frozenset({"rest_api_id", "stage_name", "method_path"}),
        defaults={"settings.throttling_burst_limit": -1, "settings.throttling_rate_limit": -1},  # no limit
    ),
}  # fmt: skip
