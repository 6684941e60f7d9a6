"""API Gateway: a REST API whose integration is a mock, asked over HTTP; its stage's settings; how a wrong request is refused."""

from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.principals import Keys
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.deployed_apis import STAGE, ask_api
from tests.conformance.makers import Cleanup, policy
from tests.conformance.principals import new_user
from tests.conformance.refusing import refusal

pytestmark = scenario(service="apigateway", lane="control plane")
NOT_FOUND = ("NotFoundException", 404)
PATCHES = "https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html"
LOGS_POLICY = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


@dataclass(frozen=True)
class Api:
    """A REST API with the resource /positions."""

    gateway: Any
    aws: AwsClients
    id: str
    positions: str

    @property
    def method(self) -> dict[str, str]:
        return {"restApiId": self.id, "resourceId": self.positions, "httpMethod": "GET"}

    @property
    def stage(self) -> dict[str, str]:
        return {"restApiId": self.id, "stageName": STAGE}

    def mocked(self, **method: Any) -> None:
        """GET /positions, answered with a fixed document; `method`: more of PutMethod."""
        gateway = self.gateway
        gateway.put_method(**self.method, **{"authorizationType": "NONE", **method})
        gateway.put_integration(
            **self.method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}
        )
        gateway.put_method_response(**self.method, statusCode="200")
        gateway.put_integration_response(
            **self.method, statusCode="200", responseTemplates={"application/json": '{"positions": []}'}
        )

    def deployed(self) -> None:
        self.gateway.create_deployment(restApiId=self.id, stageName=STAGE)

    def get(self, path: str, keys: Keys | None = None) -> tuple[int, Any]:
        """Return status and document of a request, signed where keys are given."""
        return ask_api(self.aws, self.id, path, keys=keys)[:2]


@pytest.fixture
def api(aws: AwsClients, gateway: Any, name: str, cleanup: Cleanup) -> Api:
    regional = {"types": ["REGIONAL"]}
    made = makers.a_rest_api(aws, name, cleanup, description="conformance", endpointConfiguration=regional)
    [root] = gateway.get_resources(restApiId=made)["items"]
    positions = gateway.create_resource(restApiId=made, parentId=root["id"], pathPart="positions")["id"]
    return Api(gateway, aws, made, positions)


@scenario(
    "apigateway.mock.answers", lane="data plane", feature="invocation", aws="apigateway-guide:how-to-mock-integration"
)
def test_a_deployed_method_answers_what_its_integration_says(api: Api) -> None:
    api.mocked()
    api.deployed()
    await_answer((200, {"positions": []}), api.get, "/positions")


@scenario(
    "apigateway.deployments.snapshot",
    lane="data plane",
    feature="deployments",
    aws="apigateway-guide:how-to-deploy-api",
)
def test_what_was_not_deployed_is_not_answered(api: Api) -> None:
    api.mocked()
    api.deployed()
    await_answer((200, {"positions": []}), api.get, "/positions")
    api.gateway.put_integration_response(
        **api.method, statusCode="200", responseTemplates={"application/json": '{"changed": true}'}
    )
    assert wait_for("the stage answers", lambda: api.get("/positions"), lambda found: found[0] == 200)[1] == {
        "positions": []
    }
    api.deployed()
    await_answer((200, {"changed": True}), api.get, "/positions")


@scenario(
    "apigateway.errors.no-route",
    lane="data plane",
    feature="error shapes",
    aws="apigateway-guide:supported-gateway-response-types",
)
def test_a_path_that_no_resource_has_is_forbidden_with_a_message(api: Api) -> None:
    api.mocked()
    api.deployed()
    await_answer((200, {"positions": []}), api.get, "/positions")
    await_answer((403, {"message": "Missing Authentication Token"}), api.get, "/none")


@scenario(
    "apigateway.validation.parameter",
    lane="data plane",
    feature="request validation",
    aws="apigateway-guide:api-gateway-method-request-validation",
)
def test_a_request_without_a_required_parameter_is_refused_with_its_name(api: Api) -> None:
    validator = api.gateway.create_request_validator(
        restApiId=api.id, name="parameters", validateRequestParameters=True
    )["id"]
    api.mocked(requestValidatorId=validator, requestParameters={"method.request.querystring.account": True})
    api.deployed()
    await_answer((200, {"positions": []}), api.get, "/positions?account=ACC-1")
    await_answer((400, {"message": "Missing required request parameters: [account]"}), api.get, "/positions")


@scenario(
    "apigateway.authorization.iam",
    lane="security",
    feature="IAM authorization",
    aws="apigateway-guide:api-gateway-control-access-using-iam-policies-to-invoke-api",
)
def test_a_method_under_iam_answers_who_may_invoke_it_and_nobody_else(api: Api, name: str, cleanup: Cleanup) -> None:
    api.mocked(authorizationType="AWS_IAM")
    api.deployed()
    keys = new_user(api.aws, name, cleanup)
    # A stage that is not ready says "Forbidden".
    await_answer((403, {"message": "Missing Authentication Token"}), api.get, "/positions")
    assert api.get("/positions", keys)[0] == 403
    iam, resource = api.aws.client("iam"), f"arn:aws:execute-api:{api.aws.region}:*:{api.id}/{STAGE}/GET/positions"
    document = policy({"Action": "execute-api:Invoke", "Resource": resource})
    iam.put_user_policy(UserName=name, PolicyName="scenario", PolicyDocument=document)
    cleanup(iam.delete_user_policy, UserName=name, PolicyName="scenario")
    await_answer((200, {"positions": []}), api.get, "/positions", keys)


@scenario("apigateway.stages.settings", feature="stage settings", aws=PATCHES)
def test_a_stages_settings_are_patched_one_by_one_and_the_others_stay(api: Api) -> None:
    api.mocked()
    api.deployed()
    patches = [
        ("/*/*/metrics/enabled", "true"),
        ("/*/*/throttling/burstLimit", "50"),
        ("/tracingEnabled", "true"),
        ("/variables/desk", "tax"),
    ]
    for path, value in patches:
        api.gateway.update_stage(**api.stage, patchOperations=[{"op": "replace", "path": path, "value": value}])
    found = api.gateway.get_stage(**api.stage)
    settings = found["methodSettings"]["*/*"]
    assert (settings["metricsEnabled"], settings["throttlingBurstLimit"]) == (True, 50)
    assert (found["tracingEnabled"], found["variables"]) == (True, {"desk": "tax"})


@scenario("apigateway.stages.next-deployment", feature="stage settings", aws="apigateway:CreateDeployment")
def test_another_deployment_to_a_stage_leaves_its_settings_as_they_were(api: Api) -> None:
    api.mocked()
    api.deployed()
    patch = {"op": "replace", "path": "/*/*/metrics/enabled", "value": "true"}
    before = api.gateway.update_stage(
        **api.stage, patchOperations=[patch, {"op": "replace", "path": "/tracingEnabled", "value": "true"}]
    )
    api.deployed()
    after = api.gateway.get_stage(**api.stage)
    assert after["deploymentId"] != before["deploymentId"]
    assert (after["methodSettings"]["*/*"]["metricsEnabled"], after["tracingEnabled"]) == (True, True)


@scenario("apigateway.stages.access-log", feature="access log", aws="apigateway-guide:set-up-logging")
def test_a_stages_access_log_is_read_as_it_was_set(api: Api, name: str, cleanup: Cleanup) -> None:
    """The account must have a role for API Gateway's logs; where it has none, it gets one of ours for as long as this takes."""
    api.mocked()
    api.deployed()
    if not api.gateway.get_account().get("cloudwatchRoleArn"):
        role = makers.a_role(api.aws, name, cleanup, "apigateway")
        api.aws.client("iam").attach_role_policy(RoleName=name, PolicyArn=LOGS_POLICY)
        cleanup(api.aws.client("iam").detach_role_policy, RoleName=name, PolicyArn=LOGS_POLICY)
        makers.await_role(
            api.gateway.update_account, patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
        )
        cleanup(
            api.gateway.update_account, patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}]
        )
    group = makers.a_log_group(api.aws, name, cleanup)
    wanted = {
        "destinationArn": f"arn:aws:logs:{api.aws.region}:{makers.account(api.aws)}:log-group:{group}",
        "format": "$context.requestId $context.status",
    }
    patches = [{"op": "replace", "path": f"/accessLogSettings/{key}", "value": value} for key, value in wanted.items()]
    api.gateway.update_stage(**api.stage, patchOperations=patches)
    assert api.gateway.get_stage(**api.stage)["accessLogSettings"] == wanted


@scenario("apigateway.methods.read-back", feature="methods", aws="apigateway:GetMethod")
def test_a_method_is_read_as_it_was_put(api: Api) -> None:
    api.mocked(
        authorizationType="AWS_IAM",
        apiKeyRequired=False,
        requestParameters={"method.request.querystring.account": True},
    )
    found = api.gateway.get_method(**api.method)
    assert (found["httpMethod"], found["authorizationType"], found["apiKeyRequired"]) == ("GET", "AWS_IAM", False)
    assert found["requestParameters"] == {"method.request.querystring.account": True}
    assert (found["methodIntegration"]["type"], list(found["methodResponses"])) == ("MOCK", ["200"])


@scenario("apigateway.resources.tree", feature="resources", aws="apigateway:DeleteResource")
def test_a_resource_has_its_path_and_takes_its_children_along_when_it_goes(api: Api) -> None:
    child = api.gateway.create_resource(restApiId=api.id, parentId=api.positions, pathPart="{isin}")
    assert child["path"] == "/positions/{isin}"
    api.gateway.delete_resource(restApiId=api.id, resourceId=api.positions)
    assert "/positions/{isin}" not in [one["path"] for one in api.gateway.get_resources(restApiId=api.id)["items"]]


@scenario("apigateway.resources.deleted", feature="resources", aws="apigateway:DeleteResource")
def test_a_deleted_resource_is_gone(api: Api) -> None:
    api.gateway.delete_resource(restApiId=api.id, resourceId=api.positions)
    assert [one["path"] for one in api.gateway.get_resources(restApiId=api.id)["items"]] == ["/"]


@scenario("apigateway.resources.conflict", feature="error codes", aws="apigateway:CreateResource")
def test_a_path_is_given_once(api: Api) -> None:
    [root] = [one["id"] for one in api.gateway.get_resources(restApiId=api.id)["items"] if one["path"] == "/"]
    again = refusal(api.gateway.create_resource, restApiId=api.id, parentId=root, pathPart="positions")
    assert again == ("ConflictException", 409)


@scenario("apigateway.errors.not-found", feature="error codes", aws="apigateway:GetRestApi")
def test_what_is_not_there_is_not_found(api: Api) -> None:
    assert refusal(api.gateway.get_rest_api, restApiId="abcdefghij") == NOT_FOUND
    assert refusal(api.gateway.get_method, **api.method) == NOT_FOUND


@scenario("apigateway.errors.part-not-found", feature="error codes", aws="apigateway:GetStage")
def test_a_part_of_an_api_that_is_not_there_is_not_found(api: Api) -> None:
    assert refusal(api.gateway.get_stage, restApiId=api.id, stageName="none") == NOT_FOUND
    assert refusal(api.gateway.get_resource, restApiId=api.id, resourceId="abcdef") == NOT_FOUND


@scenario("apigateway.errors.not-deleted", feature="error codes", aws="apigateway:DeleteRestApi")
def test_an_api_that_is_not_there_cannot_be_deleted(api: Api) -> None:
    assert refusal(api.gateway.delete_rest_api, restApiId="abcdefghij") == NOT_FOUND


@scenario("apigateway.apis.patched", feature="updates", aws=PATCHES)
def test_an_apis_description_is_patched_and_its_name_and_endpoint_stay(api: Api, name: str) -> None:
    api.gateway.update_rest_api(
        restApiId=api.id, patchOperations=[{"op": "replace", "path": "/description", "value": "another"}]
    )
    found = api.gateway.get_rest_api(restApiId=api.id)
    assert (found["name"], found["description"], found["endpointConfiguration"]["types"]) == (
        name,
        "another",
        ["REGIONAL"],
    )


@scenario("apigateway.stages.exists", feature="error codes", aws="apigateway:CreateStage")
def test_a_stages_name_is_given_once(api: Api) -> None:
    api.mocked()
    api.deployed()
    deployment = api.gateway.get_stage(**api.stage)["deploymentId"]
    assert refusal(api.gateway.create_stage, **api.stage, deploymentId=deployment) == ("ConflictException", 409)


@scenario("apigateway.deployments.in-use", feature="error codes", aws="apigateway:DeleteDeployment")
def test_a_deployment_that_a_stage_points_to_is_not_deleted(api: Api) -> None:
    api.mocked()
    api.deployed()
    deployment = api.gateway.get_stage(**api.stage)["deploymentId"]
    in_use = refusal(api.gateway.delete_deployment, restApiId=api.id, deploymentId=deployment)
    assert in_use == ("BadRequestException", 400)
