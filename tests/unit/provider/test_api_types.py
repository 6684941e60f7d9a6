"""A REST API from its resources to its stage: made, read back, changed, replaced, drifted, destroyed by Terraform."""

from typing import Any

import pytest

from harness.provider.engine.planning import plan
from harness.provider.schema.provider_schema import load
from harness.provider.types.catalogue import resource_types
from harness.provider.values import UNKNOWN, complete
from tests.unit.provider.conftest import Stack

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
DEFAULTS = {
    "description": "Positions", "policy": "", "part": "positions", "body": "false", "authorization": "AWS_IAM",
    "parameter": '"method.request.querystring.isin" = true', "function": "arn:aws:lambda:us-east-1:000000000000:function:f:live",
    "routes": "1", "stage": "live", "xray": "true", "variable": 'kept = "1", gone = "2"',
    "access": 'access_log_settings {\n destination_arn = "arn:aws:logs:us-east-1:000000000000:log-group:api"\n format = "$context.requestId"\n }',
    "throttling": "throttling_burst_limit = 50\n throttling_rate_limit = 20.5",
}  # fmt: skip


def api(**changed: Any) -> str:
    return API % {**DEFAULTS, **changed}


def address(name: str) -> str:
    return f"aws_api_gateway_{name}"


def ids(stack: Stack) -> dict[str, str]:
    """The id of the API and its parts, as API calls name them."""
    made = stack.resources()
    return {"restApiId": made[address("rest_api.a")]["id"], "resourceId": made[address("resource.account")]["id"]}


def test_what_was_applied_is_there_and_a_second_plan_has_no_changes(stack: Stack) -> None:
    assert set(stack.apply(api()).values()) == {"create"}
    assert stack.plan() == {}
    client, named = stack.client("apigateway"), ids(stack)
    rest = client.get_rest_api(restApiId=named["restApiId"])
    assert rest["endpointConfiguration"]["types"] == ["REGIONAL"]
    method = client.get_method(**named, httpMethod="GET")
    assert method["authorizationType"] == "AWS_IAM"
    assert method["requestValidatorId"] == stack.resources()[address("request_validator.v")]["id"]
    assert method["requestParameters"] == {
        "method.request.path.safekeeping_account": True,
        "method.request.querystring.isin": True,
    }
    assert method["methodIntegration"]["uri"].endswith("function:f:live/invocations")
    stage = client.get_stage(restApiId=named["restApiId"], stageName="live")
    assert stage["deploymentId"] == stack.resources()[address("deployment.d")]["id"]
    assert stage["tracingEnabled"] is True
    assert stage["accessLogSettings"]["format"] == "$context.requestId"
    assert stage["variables"] == {"kept": "1", "gone": "2"}
    settings = stage["methodSettings"]["*/*"]
    assert (settings["throttlingBurstLimit"], settings["throttlingRateLimit"], settings["metricsEnabled"]) == (
        50,
        20.5,
        True,
    )
    for arn, purpose in ((address("rest_api.a"), "test"), (address("stage.s"), "stage")):
        tags = client.get_tags(resourceArn=stack.resources()[arn]["arn"])["tags"]
        assert tags == {"Application": "provider-tests", "Purpose": purpose}


def test_identifiers_have_the_real_providers_form(stack: Stack) -> None:
    stack.apply(api())
    made, named = stack.resources(), ids(stack)
    rest, resource = named["restApiId"], named["resourceId"]
    first = made[address("rest_api.a")]
    assert first["arn"] == f"arn:aws:apigateway:us-east-1::/restapis/{rest}"
    assert first["execution_arn"] == f"arn:aws:execute-api:us-east-1:000000000000:{rest}"
    assert made[address("resource.account")]["path"] == "/positions/{safekeeping_account}"
    assert made[address("method.m")]["id"] == f"agm-{rest}-{resource}-GET"
    assert made[address("integration.i")]["id"] == f"agi-{rest}-{resource}-GET"
    stage = made[address("stage.s")]
    assert stage["id"] == f"ags-{rest}-live"
    assert stage["invoke_url"] == f"https://{rest}.execute-api.us-east-1.amazonaws.com/live"
    assert stage["execution_arn"] == f"arn:aws:execute-api:us-east-1:000000000000:{rest}/live"
    assert stage["arn"] == f"arn:aws:apigateway:us-east-1::/restapis/{rest}/stages/live"
    assert made[address("method_settings.all")]["id"] == f"{rest}-live-*/*"


def test_everything_that_may_change_in_place_does_and_unsets_what_is_no_longer_wanted(stack: Stack) -> None:
    policy = (
        'policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", '
        'Action = "execute-api:Invoke", Resource = "*" }] })'
    )
    changed: dict[str, Any] = {
        "description": "", "policy": policy, "part": "holdings", "body": "true", "authorization": "NONE",
        "parameter": "", "function": "arn:aws:lambda:us-east-1:000000000000:function:g", "xray": "false", "access": "",
        "variable": 'kept = "3", new = "4"', "throttling": "throttling_rate_limit = 10",
    }  # fmt: skip
    stack.apply(api())
    assert stack.apply(api(**changed)) == {
        address(name): "update"
        for name in (
            "rest_api.a",
            "resource.positions",
            "request_validator.v",
            "method.m",
            "integration.i",
            "stage.s",
            "method_settings.all",
        )
    }
    assert stack.plan() == {}
    client, named = stack.client("apigateway"), ids(stack)
    method = client.get_method(**named, httpMethod="GET")
    assert method["authorizationType"] == "NONE"
    assert list(method["requestParameters"]) == ["method.request.path.safekeeping_account"]
    assert method["methodIntegration"]["uri"].endswith("function:g/invocations")
    stage = client.get_stage(restApiId=named["restApiId"], stageName="live")
    assert (stage["tracingEnabled"], stage["variables"]) == (False, {"kept": "3", "new": "4"})
    assert not stage.get("accessLogSettings")
    settings = stage["methodSettings"]["*/*"]
    assert (settings["throttlingBurstLimit"], settings["throttlingRateLimit"]) == (-1, 10)
    assert client.get_request_validator(restApiId=named["restApiId"], requestValidatorId=method["requestValidatorId"])[
        "validateRequestBody"
    ]


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


def test_a_new_stage_name_replaces_the_stage_and_its_settings(stack: Stack) -> None:
    stack.apply(api())
    assert stack.plan(api(stage="blue")) == {address("stage.s"): "replace", address("method_settings.all"): "replace"}


@pytest.mark.parametrize(
    ("operation", "parameters", "shown"),
    [
        (
            "update_stage",
            {"patchOperations": [{"op": "replace", "path": "/tracingEnabled", "value": "false"}]},
            "stage.s",
        ),
        ("update_stage", {"patchOperations": [{"op": "remove", "path": "/accessLogSettings"}]}, "stage.s"),
        (
            "update_stage",
            {"patchOperations": [{"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "1"}]},
            "method_settings.all",
        ),
        (
            "update_method",
            {"patchOperations": [{"op": "replace", "path": "/authorizationType", "value": "NONE"}]},
            "method.m",
        ),
        (
            "update_integration",
            {"patchOperations": [{"op": "replace", "path": "/uri", "value": "elsewhere"}]},
            "integration.i",
        ),
        (
            "update_rest_api",
            {"patchOperations": [{"op": "replace", "path": "/description", "value": "?"}]},
            "rest_api.a",
        ),
    ],
)
def test_what_was_changed_behind_terraforms_back_shows_in_the_plan_and_is_mended(
    stack: Stack, operation: str, parameters: dict[str, Any], shown: str
) -> None:
    stack.apply(api())
    named = {**ids(stack), "httpMethod": "GET", "stageName": "live"}
    client = stack.client("apigateway")
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
    getattr(client, operation)(
        **{key: value for key, value in named.items() if key in shape.required_members}, **parameters
    )
    assert stack.plan() == {address(shown): "update"}
    stack.apply(api())
    assert stack.plan() == {}


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


def test_after_destroy_nothing_is_left(stack: Stack) -> None:
    stack.apply(api())
    stack.destroy()
    assert stack.client("apigateway").get_rest_apis()["items"] == []


def test_the_whole_api_is_imported_by_the_paths_of_its_parts(stack: Stack) -> None:
    stack.apply(api())
    made, rest = stack.resources(), ids(stack)["restApiId"]
    method = f"{rest}/{ids(stack)['resourceId']}/GET"
    identifiers = {
        "rest_api.a": rest,
        "resource.account": f"{rest}/{ids(stack)['resourceId']}",
        "request_validator.v": f"{rest}/{made[address('request_validator.v')]['id']}",
        "method.m": method,
        "integration.i": method,
        "stage.s": f"{rest}/live",
        "method_settings.all": f"{rest}/live/*/*",
    }
    with stack.driver() as driver:
        for name, identifier in identifiers.items():
            assert driver.run("state rm", address(name)).returncode == 0
            imported = driver.run("import", address(name), identifier)
            assert imported.returncode == 0, imported.stderr
    assert stack.plan() == {}
    assert {name: stack.resources()[name]["id"] for name in made} == {name: each["id"] for name, each in made.items()}
