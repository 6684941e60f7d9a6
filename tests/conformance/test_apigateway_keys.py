"""Keys of usage plans, and responses of the gateway itself that are replaced."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.deployed_apis import STAGE, ask_api
from tests.conformance.makers import Cleanup, a_rest_api, new_name
from tests.conformance.refusing import refusal

pytestmark = scenario(
    service="apigateway", lane="control plane", feature="gateway responses", aws="apigateway:PutGatewayResponse"
)
SECONDS = 40
KEYS = scenario(lane="security", feature="usage plans", aws="apigateway-guide:api-gateway-setup-api-key-with-restapi")
MISSING = ("NotFoundException", 404)
DEFAULT = {"application/json": '{"message":$context.error.messageString}'}


@pytest.fixture
def api(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return a_rest_api(aws, name, cleanup)


def _mocked(gateway: Any, api: str, **method: Any) -> None:
    """GET / answers an empty document; `method`: more of PutMethod."""
    [root] = gateway.get_resources(restApiId=api)["items"]
    which = {"restApiId": api, "resourceId": root["id"], "httpMethod": "GET"}
    gateway.put_method(**which, authorizationType="NONE", **method)
    gateway.put_method_response(**which, statusCode="200")
    gateway.put_integration(**which, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_integration_response(**which, statusCode="200", responseTemplates={"application/json": "{}"})
    gateway.create_deployment(restApiId=api, stageName=STAGE)


def _until(aws: AwsClients, api: str, status: int, path: str = "/", **headers: str) -> tuple[Any, dict[str, str]]:
    answer = wait_for(
        f"answered {status}", lambda: ask_api(aws, api, path, **headers), lambda found: found[0] == status, SECONDS
    )
    return answer[1:]


@pytest.fixture
def key(gateway: Any, api: str, cleanup: Cleanup) -> dict[str, Any]:
    """A key of a usage plan for the API, whose method needs one."""
    _mocked(gateway, api, apiKeyRequired=True)
    plan = gateway.create_usage_plan(name=new_name(), apiStages=[{"apiId": api, "stage": STAGE}])["id"]
    cleanup(gateway.delete_usage_plan, usagePlanId=plan)
    made = gateway.create_api_key(name=new_name(), enabled=True)
    cleanup(gateway.delete_api_key, apiKey=made["id"])
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
    stages = [{"op": "remove", "path": "/apiStages", "value": f"{api}:{STAGE}"}]
    cleanup(gateway.update_usage_plan, usagePlanId=plan, patchOperations=stages)
    return dict(made)


@KEYS
@scenario("apigateway.keys.required")
@pytest.mark.parametrize("headers", [{}, {"x_api_key": "no-such-key-0123456789"}], ids=["no-key", "wrong-key"])
def test_a_method_that_needs_a_key_is_forbidden_without_one_of_its_plan(
    aws: AwsClients, api: str, key: dict[str, Any], headers: dict[str, str]
) -> None:
    assert key["enabled"] is True
    assert _until(aws, api, 403, **headers)[0] == {"message": "Forbidden"}


@KEYS
@scenario("apigateway.keys.accepted")
def test_a_method_that_needs_a_key_answers_one_of_its_plan(aws: AwsClients, api: str, key: dict[str, Any]) -> None:
    assert _until(aws, api, 200, x_api_key=key["value"])[0] == {}


@KEYS
@scenario("apigateway.keys.disabled", aws="apigateway:UpdateApiKey")
def test_a_key_that_was_disabled_is_forbidden(aws: AwsClients, gateway: Any, api: str, key: dict[str, Any]) -> None:
    _until(aws, api, 200, x_api_key=key["value"])
    disabled = [{"op": "replace", "path": "/enabled", "value": "false"}]
    assert gateway.update_api_key(apiKey=key["id"], patchOperations=disabled)["enabled"] is False
    _until(aws, api, 403, x_api_key=key["value"])


@scenario("apigateway.responses.default", aws="apigateway:GetGatewayResponse")
def test_a_response_of_the_gateway_has_its_default(gateway: Any, api: str) -> None:
    found = gateway.get_gateway_response(restApiId=api, responseType="MISSING_AUTHENTICATION_TOKEN")
    assert (found["defaultResponse"], found["statusCode"]) == (True, "403")
    assert (found["responseTemplates"], found.get("responseParameters", {})) == (DEFAULT, {})


@scenario("apigateway.responses.replaced")
def test_a_response_of_the_gateway_is_replaced_whole_and_its_default_comes_back(gateway: Any, api: str) -> None:
    which = {"restApiId": api, "responseType": "MISSING_AUTHENTICATION_TOKEN"}
    gateway.put_gateway_response(**which, statusCode="404", responseTemplates={"application/json": "{}"})
    put = gateway.put_gateway_response(**which, responseParameters={"gatewayresponse.header.x": "'a'"})
    assert (put.get("statusCode"), put["responseTemplates"], put["defaultResponse"]) == ("403", DEFAULT, False)
    gateway.delete_gateway_response(**which)
    assert gateway.get_gateway_response(**which)["defaultResponse"] is True


@scenario("apigateway.responses.listed", aws="apigateway:GetGatewayResponses")
def test_all_responses_of_the_gateway_are_listed_with_the_replaced_one(gateway: Any, api: str) -> None:
    gateway.put_gateway_response(restApiId=api, responseType="MISSING_AUTHENTICATION_TOKEN", statusCode="404")
    listed = {one["responseType"]: one for one in gateway.get_gateway_responses(restApiId=api)["items"]}
    assert {"ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR"} <= listed.keys()
    assert listed["ACCESS_DENIED"]["defaultResponse"] is True
    assert listed["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == "404"


@scenario("apigateway.responses.missing", feature="error codes", aws="apigateway:DeleteGatewayResponse")
def test_a_response_that_was_not_replaced_is_not_deleted(gateway: Any, api: str) -> None:
    assert refusal(gateway.delete_gateway_response, restApiId=api, responseType="DEFAULT_4XX") == MISSING


@scenario("apigateway.responses.no-api", feature="error codes", aws="apigateway:GetGatewayResponse")
@pytest.mark.parametrize("operation", ["get_gateway_response", "delete_gateway_response"])
def test_responses_of_no_api_are_not_found(gateway: Any, operation: str) -> None:
    asked = {"restApiId": "abcdefghij", "responseType": "DEFAULT_4XX"}
    assert refusal(getattr(gateway, operation), **asked) == MISSING


@scenario("apigateway.responses.sent", lane="data plane", aws="apigateway-guide:api-gateway-gatewayResponse-definition")
def test_a_replaced_response_is_what_a_client_gets(aws: AwsClients, gateway: Any, api: str) -> None:
    gateway.put_gateway_response(
        restApiId=api,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseParameters={"gatewayresponse.header.Access-Control-Allow-Origin": "'a.b.c'"},
        responseTemplates={"application/json": '{"said": $context.error.messageString, "kind": "none"}'},
    )
    _mocked(gateway, api)
    _until(aws, api, 200)
    document, headers = _until(aws, api, 404, "/none")
    assert document == {"said": "Missing Authentication Token", "kind": "none"}
    assert headers.get("access-control-allow-origin") == "a.b.c"
