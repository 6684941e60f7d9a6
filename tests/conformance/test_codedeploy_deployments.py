"""CodeDeploy's deployments of functions: an alias is at the other version when one has succeeded, and where it was when one has failed."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup, function_settled, policy, zipped
from tests.conformance.refusing import refusal

pytestmark = scenario(service="codedeploy", lane="data plane")


@dataclass(frozen=True)
class Deployer:
    """A group whose role may move the alias `live` of a function with the versions 1 (there now) and 2."""

    aws: AwsClients
    name: str

    @property
    def client(self) -> Any:
        return self.aws.client("codedeploy")

    def deploy(self, current: str, target: str, **parts: Any) -> dict[str, Any]:
        """Deploy as soon as the role's rights have arrived, and return the deployment at its end. `parts`: more of the AppSpec."""
        return wait_for(
            "the role may deploy",
            lambda: self._deploy(current, target, parts),
            lambda found: found.get("errorInformation", {}).get("code") != "IAM_ROLE_PERMISSIONS",
        )

    def _deploy(self, current: str, target: str, parts: dict[str, Any]) -> dict[str, Any]:
        properties = {"Name": self.name, "Alias": "live", "CurrentVersion": current, "TargetVersion": target}
        spec = {
            "version": 0.0,
            "Resources": [{"function": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
            **parts,
        }
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(spec)}}
        made = self.client.create_deployment(applicationName=self.name, deploymentGroupName="live", revision=revision)
        return wait_for(
            "the deployment's end",
            lambda: dict(self.client.get_deployment(deploymentId=made["deploymentId"])["deploymentInfo"]),
            lambda found: found["status"] in ("Succeeded", "Failed", "Stopped"),
            120,
        )

    def version(self) -> str:
        """The version that the alias names."""
        return str(self.aws.client("lambda").get_alias(FunctionName=self.name, Name="live")["FunctionVersion"])


@pytest.fixture
def deployer(aws: AwsClients, name: str, cleanup: Cleanup) -> Deployer:
    functions, iam, codedeploy = aws.client("lambda"), aws.client("iam"), aws.client("codedeploy")
    arn = f"arn:aws:lambda:{aws.region}:{makers.account(aws)}:function:{makers.a_function(aws, name, cleanup, Publish=True)}"
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    functions.update_function_code(FunctionName=name, ZipFile=zipped("def handle(event, context):\n    return 2\n"))
    function_settled(aws, name)
    functions.publish_version(FunctionName=name)
    role = makers.a_role(aws, f"{name}-deploy", cleanup, "codedeploy")
    allowed = policy(
        {
            "Action": ["lambda:GetAlias", "lambda:UpdateAlias", "lambda:GetProvisionedConcurrencyConfig"],
            "Resource": [arn, f"{arn}:*"],
        }
    )
    iam.put_role_policy(RoleName=f"{name}-deploy", PolicyName="scenario", PolicyDocument=allowed)
    cleanup(iam.delete_role_policy, RoleName=f"{name}-deploy", PolicyName="scenario")
    makers.a_deployment_application(aws, name, cleanup)
    style = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
    makers.await_role(
        codedeploy.create_deployment_group, applicationName=name, deploymentGroupName="live", serviceRoleArn=role, deploymentStyle=style,
        deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce",
    )  # fmt: skip
    return Deployer(aws, name)


@scenario("codedeploy.deployments.succeeded", feature="deployments of functions", aws="codedeploy:CreateDeployment")
def test_a_deployment_that_succeeded_has_moved_the_alias(deployer: Deployer) -> None:
    found = deployer.deploy("1", "2")
    assert (found["status"], deployer.version()) == ("Succeeded", "2")
    assert (found["applicationName"], found["deploymentGroupName"]) == (deployer.name, "live")
    assert not found.get("errorInformation", {}).get("code")


@scenario(
    "codedeploy.deployments.failed",
    feature="deployments of functions",
    aws="codedeploy-guide:reference-appspec-file-structure-hooks",
)
def test_a_deployment_with_a_hook_that_names_no_function_fails_with_a_reason_and_moves_nothing(
    deployer: Deployer,
) -> None:
    found = deployer.deploy("1", "2", Hooks=[{"AfterAllowTraffic": None}])
    assert (found["status"], deployer.version()) == ("Failed", "1")
    assert found["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"
    assert found["errorInformation"]["message"]


@scenario("codedeploy.deployments.listed", feature="deployments of functions", aws="codedeploy:ListDeployments")
def test_deployments_of_a_group_are_listed_by_their_status(deployer: Deployer) -> None:
    made = {deployer.deploy(*versions)["deploymentId"] for versions in (("1", "2"), ("2", "1"))}

    def listed(**filters: list[str]) -> set[str]:
        names = {"applicationName": deployer.name, "deploymentGroupName": "live"}
        return made & set(deployer.client.list_deployments(**names, **filters)["deployments"])

    assert (listed(), listed(includeOnlyStatuses=["Succeeded"]), listed(includeOnlyStatuses=["Failed"])) == (
        made,
        made,
        set(),
    )


@scenario("codedeploy.deployments.not-found", feature="error codes", aws="codedeploy:GetDeployment")
def test_a_deployment_that_is_not_there_does_not_exist(aws: AwsClients) -> None:
    refused = refusal(aws.client("codedeploy").get_deployment, deploymentId="d-ABCDEFGHI")
    assert refused == ("DeploymentDoesNotExistException", 400)
