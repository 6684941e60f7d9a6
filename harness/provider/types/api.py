"""API Gateway: REST APIs, resources, methods, integrations and request validators. Stages are in api_stages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import BY_ARN
from harness.provider.types.patching import Operation, camel, operations
from harness.provider.values import Block


@dataclass(frozen=True, kw_only=True)
class Patched(Plain):
    """A type that changes by patch operations. `paths`: attribute -> JSON pointer, for those that change in place."""

    service: str = "apigateway"
    paths: Mapping[str, str] = field(default_factory=dict)

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        """Changes what is no tag: one request with all operations; none where nothing has a pointer."""
        patch = self.patch(prior, planned, changed)
        if patch:
            aws.call(self.service, self.update, **self.named(planned), patchOperations=patch)

    def patch(self, prior: State, planned: State, changed: set[str]) -> list[Operation]:
        """The operations of one update."""
        return operations(self.paths, prior, planned, changed)


def camel_paths(*names: str) -> dict[str, str]:
    """The pointers of attributes that are named as in the API."""
    return {name: f"/{camel(name)}" for name in names}


@dataclass(frozen=True, kw_only=True)
class _RestApi(Patched):
    """A REST API. A `body` is handed to PutRestApi, after which the API's own parts are not compared with it."""

    def created(self, aws: Aws, block: Block, made: State) -> None:
        if made.get("body"):
            self._import(aws, made)

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen, identifier = super().observed(aws, block, state, resource), resource["id"]
        if seen["policy"]:
            seen["policy"] = json.loads(f'"{seen["policy"]}"')  # the API escapes the policy's own quotes
        seen["arn"] = f"arn:{aws.partition}:apigateway:{aws.region}::/restapis/{identifier}"
        return {**seen, "execution_arn": aws.arn("execute-api", identifier)}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        super().modify(aws, block, prior, planned, changed)
        if "body" in changed and planned.get("body"):
            self._import(aws, planned)

    def patch(self, prior: State, planned: State, changed: set[str]) -> list[Operation]:
        patch = super().patch(prior, planned, changed)
        if "endpoint_configuration" not in changed or not planned["endpoint_configuration"]:
            return patch
        before, after = ((state["endpoint_configuration"] or [{}])[0] for state in (prior, planned))
        if before.get("types") != after["types"]:
            # An API has one type. MiniStack takes the operation and shows the type as "0" from then on.
            patch.append({"op": "replace", "path": "/endpointConfiguration/types/0", "value": after["types"][0]})
        inner = {
            "vpc_endpoint_ids": "/endpointConfiguration/vpcEndpointIds",
            "ip_address_type": "/endpointConfiguration/ipAddressType",
        }
        return patch + operations(inner, before, after, {name for name in inner if before.get(name) != after.get(name)})

    def _import(self, aws: Aws, state: State) -> None:
        given = {"parameters": state.get("parameters"), "failOnWarnings": state.get("fail_on_warnings")}
        aws.call(
            "apigateway", "PutRestApi", restApiId=state["id"], mode=state.get("put_rest_api_mode") or "overwrite",
            body=state["body"].encode(), **{name: value for name, value in given.items() if value},
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Integration(Patched):
    """An integration: `httpMethod` of a request is the method's, of an answer the one by which the integration calls."""

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = super().observed(aws, block, state, resource)
        # MiniStack says POST of a mock too, which calls nothing.
        seen["integration_http_method"] = None if resource["type"] == "MOCK" else at("httpMethod", resource)
        return seen


_METHOD = {"restApiId": "rest_api_id", "resourceId": "resource_id", "httpMethod": "http_method"}

TYPES: dict[str, Plain] = {
    "aws_api_gateway_rest_api": _RestApi(
        create="CreateRestApi", made_at="", read="GetRestApi", update="UpdateRestApi", delete="DeleteRestApi", key={"restApiId": "id"},
        id="{id}", computed_blocks=frozenset({"endpoint_configuration"}),
        paths=camel_paths(
            "api_key_source", "binary_media_types", "description", "disable_execute_api_endpoint", "minimum_compression_size", "name",
            "policy", "security_policy", "endpoint_access_mode",
        ),
        tags=replace(BY_ARN, read="GetTags"),
    ),
    "aws_api_gateway_resource": Patched(
        create="CreateResource", made_at="", read="GetResource", update="UpdateResource", delete="DeleteResource",
        key={"restApiId": "rest_api_id", "resourceId": "id"}, id="{id}", import_id="{rest_api_id}/{id}",
        paths=camel_paths("parent_id", "path_part"), force_new=frozenset({"rest_api_id"}),
        recomputed={"path": ("parent_id", "path_part")},
    ),
    "aws_api_gateway_request_validator": Patched(
        create="CreateRequestValidator", made_at="", read="GetRequestValidator", update="UpdateRequestValidator",
        delete="DeleteRequestValidator", key={"restApiId": "rest_api_id", "requestValidatorId": "id"}, id="{id}",
        import_id="{rest_api_id}/{id}", paths=camel_paths("name", "validate_request_body", "validate_request_parameters"),
        force_new=frozenset({"rest_api_id"}),
    ),
    "aws_api_gateway_method": Patched(
        create="PutMethod", made_at="", read="GetMethod", update="UpdateMethod", delete="DeleteMethod", key=_METHOD,
        id="agm-{rest_api_id}-{resource_id}-{http_method}", import_id="{rest_api_id}/{resource_id}/{http_method}",
        names={"authorization": "authorizationType"},
        paths={
            "authorization": "/authorizationType",
            **camel_paths("api_key_required", "authorization_scopes", "authorizer_id", "operation_name", "request_models",
                          "request_parameters", "request_validator_id"),
        },
        force_new=frozenset({"rest_api_id", "resource_id", "http_method"}),
    ),
    "aws_api_gateway_integration": _Integration(
        create="PutIntegration", made_at="", read="GetIntegration", update="UpdateIntegration", delete="DeleteIntegration", key=_METHOD,
        id="agi-{rest_api_id}-{resource_id}-{http_method}", import_id="{rest_api_id}/{resource_id}/{http_method}",
        names={"timeout_milliseconds": "timeoutInMillis"},
        paths={
            "timeout_milliseconds": "/timeoutInMillis",
            **camel_paths("cache_key_parameters", "cache_namespace", "connection_id", "connection_type", "content_handling",
                          "request_parameters", "request_templates", "response_transfer_mode", "tls_config", "uri"),
        },
        force_new=frozenset({
            "rest_api_id", "resource_id", "http_method", "type", "integration_http_method", "credentials", "passthrough_behavior",
        }),
        defaults={"connection_type": "INTERNET", "timeout_milliseconds": 29000},
        unread=frozenset({"http_method"}),  # httpMethod of the answer is another one's
    ),
}  # fmt: skip
