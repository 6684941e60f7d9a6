"""A REST API from its resources to its stage."""

from collections.abc import Iterable
from typing import Any

from harness.provider.engine.planning import plan
from harness.provider.schema.provider_schema import load
from harness.provider.types.catalogue import resource_types
from harness.provider.values import UNKNOWN, complete
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

API = """
resource "aws_api_gateway_rest_api" "a" {
  name        = "a"
  description = "%(description)s"
  tags        = { Purpose = "test" }
  %(policy)s
  endpoint_configuration {
    types = ["REGIONAL"]
  }
}
resource "aws_api_gateway_resource" "positions" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  parent_id   = aws_api_gateway_rest_api.a.root_resource_id
  path_part   = "%(part)s"
}
resource "aws_api_gateway_resource" "account" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  parent_id   = aws_api_gateway_resource.positions.id
  path_part   = "{safekeeping_account}"
}
resource "aws_api_gateway_request_validator" "v" {
  rest_api_id                 = aws_api_gateway_rest_api.a.id
  name                        = "parameters"
  validate_request_body       = %(body)s
  validate_request_parameters = true
}
resource "aws_api_gateway_method" "m" {
  rest_api_id          = aws_api_gateway_rest_api.a.id
  resource_id          = aws_api_gateway_resource.account.id
  http_method          = "GET"
  authorization        = "%(authorization)s"
  request_validator_id = aws_api_gateway_request_validator.v.id
  request_parameters   = { "method.request.path.safekeeping_account" = true, %(parameter)s }
}
resource "aws_api_gateway_integration" "i" {
  rest_api_id             = aws_api_gateway_rest_api.a.id
  resource_id             = aws_api_gateway_resource.account.id
  http_method             = aws_api_gateway_method.m.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/%(function)s/invocations"
}
resource "aws_api_gateway_deployment" "d" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  triggers    = { routes = "%(routes)s" }
  depends_on  = [aws_api_gateway_integration.i, aws_api_gateway_method.m]
  lifecycle {
    create_before_destroy = true
  }
}
resource "aws_api_gateway_stage" "s" {
  rest_api_id          = aws_api_gateway_rest_api.a.id
  deployment_id        = aws_api_gateway_deployment.d.id
  stage_name           = "%(stage)s"
  description          = "What clients call"
  xray_tracing_enabled = %(xray)s
  variables            = { %(variable)s }
  tags                 = { Purpose = "stage" }
  %(access)s
}
resource "aws_api_gateway_method_settings" "all" {
  rest_api_id = aws_api_gateway_rest_api.a.id
  stage_name  = aws_api_gateway_stage.s.stage_name
  method_path = "*/*"
  settings {
    data_trace_enabled = false
    logging_level      = "OFF"
    metrics_enabled    = true
    %(throttling)s
  }
}
"""
api = Root(API, {
    "description": "Positions", "policy": "", "part": "positions", "body": "false", "authorization": "AWS_IAM",
    "parameter": '"method.request.querystring.isin" = true', "function": "arn:aws:lambda:us-east-1:000000000000:function:f:live",
    "routes": "1", "stage": "live", "xray": "true", "variable": 'kept = "1", gone = "2"',
    "access": 'access_log_settings {\n destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:api"\n format = "$context.requestId"\n }',
    "throttling": "throttling_burst_limit = 50\n throttling_rate_limit = 20.5",
})  # fmt: skip
POLICY = (
    'policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", '
    'Action = "execute-api:Invoke", Resource = "*" }] })'
)


def address(name: str) -> str:
    return f"aws_api_gateway_{name}"


def ids(stack: Stack) -> dict[str, str]:
    """The id of the API and its parts, as API calls name them."""
    made = stack.resources()
    return {"restApiId": made[address("rest_api.a")]["id"], "resourceId": made[address("resource.account")]["id"]}


def throttling(stage: dict[str, Any]) -> tuple[int, float]:
    settings = stage["methodSettings"]["*/*"]
    return settings["throttlingBurstLimit"], settings["throttlingRateLimit"]


def replace(path: str, value: str) -> dict[str, str]:
    return {"op": "replace", "path": path, "value": value}


class TestApi(Life):
    root = api
    named = {
        address("rest_api.a"): {
            "arn": "arn:aws:apigateway:us-east-1::/restapis/{id}",
            "execution_arn": "arn:aws:execute-api:us-east-1:000000000000:{id}",
        },
        address("resource.account"): {"path": "/positions/{{safekeeping_account}}"},
        address("method.m"): {"id": "agm-{rest_api_id}-{resource_id}-GET"},
        address("integration.i"): {"id": "agi-{rest_api_id}-{resource_id}-GET"},
        address("stage.s"): {
            "id": "ags-{rest_api_id}-live",
            "invoke_url": "https://{rest_api_id}.execute-api.us-east-1.amazonaws.com/live",
            "execution_arn": "arn:aws:execute-api:us-east-1:000000000000:{rest_api_id}/live",
            "arn": "arn:aws:apigateway:us-east-1::/restapis/{rest_api_id}/stages/live",
        },
        address("method_settings.all"): {"id": "{rest_api_id}-live-*/*"},
    }
    imported_by = {
        address("rest_api.a"): "{id}",
        address("resource.account"): "{rest_api_id}/{id}",
        address("request_validator.v"): "{rest_api_id}/{id}",
        address("method.m"): "{rest_api_id}/{resource_id}/GET",
        address("integration.i"): "{rest_api_id}/{resource_id}/GET",
        address("stage.s"): "{rest_api_id}/live",
        address("method_settings.all"): "{rest_api_id}/live/*/*",
    }
    changes = {
        "description": "", "policy": POLICY, "part": "holdings", "body": "true", "authorization": "NONE", "parameter": "",
        "function": "arn:aws:lambda:us-east-1:000000000000:function:g", "xray": "false", "access": "",
        "variable": 'kept = "3", new = "4"', "throttling": "throttling_rate_limit = 10",
    }  # fmt: skip
    updated = [
        address(name)
        for name in (
            "rest_api.a",
            "resource.positions",
            "request_validator.v",
            "method.m",
            "integration.i",
            "stage.s",
            "method_settings.all",
        )
    ]
    replaced = [({"stage": "blue"}, [address("stage.s"), address("method_settings.all")])]
    drifted = {
        address(name): "update"
        for name in ("rest_api.a", "method.m", "integration.i", "stage.s", "method_settings.all")
    }

    def applied(self, stack: Stack) -> None:
        client, named, made = stack.client("apigateway"), ids(stack), stack.resources()
        rest = client.get_rest_api(restApiId=named["restApiId"])
        assert (rest["description"], rest["endpointConfiguration"]["types"]) == ("Positions", ["REGIONAL"])
        method = client.get_method(**named, httpMethod="GET")
        assert method["authorizationType"] == "AWS_IAM"
        assert method["requestValidatorId"] == made[address("request_validator.v")]["id"]
        wanted = ("method.request.path.safekeeping_account", "method.request.querystring.isin")
        assert method["requestParameters"] == dict.fromkeys(wanted, True)
        assert method["methodIntegration"]["uri"].endswith("function:f:live/invocations")
        stage = client.get_stage(restApiId=named["restApiId"], stageName="live")
        assert stage["deploymentId"] == made[address("deployment.d")]["id"]
        assert stage["tracingEnabled"] is True
        assert stage["accessLogSettings"]["format"] == "$context.requestId"
        assert stage["variables"] == {"kept": "1", "gone": "2"}
        assert throttling(stage) == (50, 20.5)
        assert stage["methodSettings"]["*/*"]["metricsEnabled"] is True
        for name, purpose in (("rest_api.a", "test"), ("stage.s", "stage")):
            tags = client.get_tags(resourceArn=made[address(name)]["arn"])["tags"]
            assert tags == {"Application": "provider-tests", "Purpose": purpose}

    def changed(self, stack: Stack) -> None:
        client, named = stack.client("apigateway"), ids(stack)
        method = client.get_method(**named, httpMethod="GET")
        assert method["authorizationType"] == "NONE"
        assert list(method["requestParameters"]) == ["method.request.path.safekeeping_account"]
        assert method["methodIntegration"]["uri"].endswith("function:g/invocations")
        stage = client.get_stage(restApiId=named["restApiId"], stageName="live")
        assert (stage["tracingEnabled"], stage["variables"]) == (False, {"kept": "3", "new": "4"})
        assert not stage.get("accessLogSettings")
        assert throttling(stage) == (-1, 10)
        validator = {"restApiId": named["restApiId"], "requestValidatorId": method["requestValidatorId"]}
        assert client.get_request_validator(**validator)["validateRequestBody"]

    def drift(self, stack: Stack) -> None:
        client, named = stack.client("apigateway"), ids(stack)
        api, method = {"restApiId": named["restApiId"]}, {**named, "httpMethod": "GET"}
        stage = [replace("/tracingEnabled", "false"), {"op": "remove", "path": "/accessLogSettings"}]
        stage.append(replace("/*/*/throttling/burstLimit", "1"))
        client.update_stage(**api, stageName="live", patchOperations=stage)
        client.update_method(**method, patchOperations=[replace("/authorizationType", "NONE")])
        client.update_integration(**method, patchOperations=[replace("/uri", "elsewhere")])
        client.update_rest_api(**api, patchOperations=[replace("/description", "?")])

    def left(self, stack: Stack) -> Iterable[Any]:
        yield from stack.client("apigateway").get_rest_apis()["items"]


def test_a_moved_resource_has_a_path_that_only_the_api_will_tell() -> None:
    block, kind = load()["resources"][address("resource")], resource_types()[address("resource")]
    prior = complete(
        block, {"rest_api_id": "a", "parent_id": "r", "path_part": "positions", "path": "/positions", "id": "1"}
    )
    assert plan(block, kind, prior, {**prior, "path_part": "holdings"}, {}).state["path"] is UNKNOWN
    assert plan(block, kind, prior, prior, {}).state["path"] == "/positions"


def test_new_routes_deploy_anew_and_the_stage_follows(stack: Stack) -> None:
    stack.apply(api())
    before = stack.resources()[address("deployment.d")]["id"]
    assert stack.plan(api(routes="2"))[address("deployment.d")] == "replace"
    stack.apply(api(routes="2"))
    assert stack.plan() == {}
    client, rest = stack.client("apigateway"), ids(stack)["restApiId"]
    deployed = client.get_stage(restApiId=rest, stageName="live")["deploymentId"]
    assert deployed != before
    assert [each["id"] for each in client.get_deployments(restApiId=rest)["items"]] == [deployed]


def test_settings_and_a_method_that_were_deleted_behind_terraforms_back_are_made_again(stack: Stack) -> None:
    stack.apply(api())
    client, named = stack.client("apigateway"), ids(stack)
    client.delete_method(**named, httpMethod="GET")
    client.update_stage(
        restApiId=named["restApiId"], stageName="live", patchOperations=[{"op": "remove", "path": "/*/*"}]
    )
    made_again = {address(name): "create" for name in ("method.m", "integration.i", "method_settings.all")}
    assert stack.plan() == made_again


def test_settings_are_removed_from_a_stage_that_stays(stack: Stack) -> None:
    stack.apply(api())
    without = api().partition('resource "aws_api_gateway_method_settings"')[0]
    stack.apply(without)
    assert (
        stack.client("apigateway").get_stage(restApiId=ids(stack)["restApiId"], stageName="live")["methodSettings"]
        == {}
    )
