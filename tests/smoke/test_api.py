"""API Gateway: the REST API for positions, corporate actions and entitlements."""

from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.api_calls import signed_call, unsigned_call
from tests.resources import ALIAS, rest_api

pytestmark = scenario(service="apigateway", lane="control plane", aws="apigateway:GetMethod")

# The routes of contracts.md, with the query parameters that a caller must give.
ROUTES: dict[str, tuple[str, ...]] = {
    "DELETE /corporate-actions/{corporate_action_event_id}": (),
    "DELETE /positions/{safekeeping_account}/{isin}": ("as_of_date", "safekeeping_place", "sequence"),
    "GET /corporate-actions/{corporate_action_event_id}": (),
    "GET /entitlements": (),
    "GET /entitlements/{corporate_action_event_id}/{safekeeping_account}": (),
    "GET /positions": ("safekeeping_account",),
    "GET /positions/{safekeeping_account}/{isin}": (),
    "POST /corporate-actions": (),
    "PUT /positions/{safekeeping_account}/{isin}": (),
}

each_route = pytest.mark.parametrize("route", ROUTES)


def _methods(system: System) -> dict[str, dict[str, Any]]:
    """`METHOD /path` -> what API Gateway says of that method."""
    gateway, api = system.client("apigateway"), rest_api(system)["id"]
    pages = gateway.get_paginator("get_resources").paginate(restApiId=api)
    resources = [resource for page in pages for resource in page["items"]]
    return {
        f"{verb} {resource['path']}": gateway.get_method(restApiId=api, resourceId=resource["id"], httpMethod=verb)
        for resource in resources
        for verb in resource.get("resourceMethods", {})
    }


@pytest.fixture
def stage(system: System) -> dict[str, Any]:
    return dict(system.client("apigateway").get_stage(restApiId=rest_api(system)["id"], stageName=ALIAS))


@scenario("apigateway.api.routes", feature="resources and methods", aws="apigateway:GetResources")
def test_the_api_has_the_contracts_routes_and_no_other(system: System) -> None:
    assert _methods(system).keys() == ROUTES.keys()


@scenario("apigateway.api.iam-authorization", feature="IAM authorization")
@each_route
def test_a_method_wants_iam_authorization(system: System, route: str) -> None:
    assert _methods(system)[route]["authorizationType"] == "AWS_IAM"


@scenario("apigateway.api.request-validator", feature="request validation", aws="apigateway:GetRequestValidator")
@each_route
def test_a_method_checks_a_requests_parameters(system: System, route: str) -> None:
    gateway, api = system.client("apigateway"), rest_api(system)["id"]
    validator = _methods(system)[route].get("requestValidatorId")
    assert validator
    found = gateway.get_request_validator(restApiId=api, requestValidatorId=validator)
    assert found["validateRequestParameters"] is True


@scenario("apigateway.api.required-parameters", feature="request validation")
@each_route
def test_a_method_requires_its_parameters(system: System, route: str) -> None:
    path = [part[1:-1] for part in route.split("/") if part.startswith("{")]
    expected = {f"method.request.path.{name}": True for name in path}
    expected |= {f"method.request.querystring.{name}": True for name in ROUTES[route]}
    assert _methods(system)[route].get("requestParameters", {}) == expected


@scenario(
    "apigateway.api.integration",
    feature="Lambda proxy integration",
    aws="apigateway-guide:set-up-lambda-proxy-integrations",
)
@each_route
def test_a_method_is_handed_to_the_alias_of_the_api_handler(system: System, route: str) -> None:
    integration = _methods(system)[route]["methodIntegration"]
    function = f"{system.outputs['function_names']['api_handler']}:{ALIAS}"
    assert (integration["type"], f":function:{function}/invocations" in integration["uri"]) == ("AWS_PROXY", True)


@scenario("apigateway.api-stage.tracing", feature="stage settings", aws="apigateway:GetStage")
def test_the_stage_is_traced(stage: dict[str, Any]) -> None:
    assert stage.get("tracingEnabled") is True


def _settings(stage: dict[str, Any]) -> dict[str, Any]:
    """What holds for all methods."""
    return dict(stage.get("methodSettings", {}).get("*/*", {}))


@scenario("apigateway.api-stage.metrics", feature="stage settings", aws="apigateway:MethodSetting")
def test_the_stage_reports_metrics(stage: dict[str, Any]) -> None:
    assert _settings(stage).get("metricsEnabled") is True


@scenario("apigateway.api-stage.no-bodies", feature="stage settings", aws="apigateway:MethodSetting")
def test_the_stage_logs_no_bodies(stage: dict[str, Any]) -> None:
    assert _settings(stage).get("dataTraceEnabled") is False


@scenario("apigateway.api-stage.throttling", feature="stage settings", aws="apigateway:MethodSetting")
@pytest.mark.parametrize("limit", ["throttlingBurstLimit", "throttlingRateLimit"])
def test_the_stage_limits_requests(stage: dict[str, Any], limit: str) -> None:
    assert _settings(stage).get(limit, 0) > 0


@scenario(
    "apigateway.api.unsigned-refused",
    feature="IAM authorization",
    aws="apigateway-guide:api-gateway-control-access-using-iam-policies-to-invoke-api",
    lane="security",
)
def test_an_unsigned_request_is_refused(system: System) -> None:
    assert unsigned_call(system, "GET", "/positions?safekeeping_account=ACC-0")[0] == 403


@scenario(
    "apigateway.api.signed-answered",
    feature="invocation",
    aws="apigateway-guide:api-gateway-control-access-using-iam-policies-to-invoke-api",
    lane="data plane",
)
def test_a_signed_request_is_answered(system: System, fresh: str) -> None:
    status, document, _ = signed_call(system, "GET", f"/positions?safekeeping_account=ACC-{fresh}")
    assert (status, document.get("positions")) == (200, [])


@scenario(
    "apigateway.api.parameter-missing",
    feature="request validation",
    aws="apigateway-guide:api-gateway-method-request-validation",
    lane="data plane",
)
def test_a_request_without_a_required_parameter_is_refused(system: System) -> None:
    assert signed_call(system, "GET", "/positions")[0] == 400
