"""AppConfig deployments that run for a while: one at a time in an environment, and what stopping one leaves."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, an_application
from tests.conformance.refusing import refusal

pytestmark = scenario(service="appconfig", lane="control plane", feature="deployments", aws="appconfig:StartDeployment")
SLOW = {"DeploymentDurationInMinutes": 10, "FinalBakeTimeInMinutes": 0, "GrowthFactor": 10, "ReplicateTo": "NONE"}
CONFLICT = ("ConflictException", 409)


@pytest.fixture
def running(aws: AwsClients, appconfig: Any, name: str, cleanup: Cleanup) -> dict[str, Any]:
    """A deployment over ten minutes that has begun, as asked; it is stopped at the end."""
    application = an_application(aws, name, cleanup)
    environment = appconfig.create_environment(ApplicationId=application, Name="live")["Id"]
    place = {"ApplicationId": application, "EnvironmentId": environment}
    cleanup(appconfig.delete_environment, **place)
    profile = appconfig.create_configuration_profile(ApplicationId=application, Name="rules", LocationUri="hosted")[
        "Id"
    ]
    names = {"ApplicationId": application, "ConfigurationProfileId": profile}
    cleanup(appconfig.delete_configuration_profile, **names)
    made = appconfig.create_hosted_configuration_version(**names, Content=b"{}", ContentType="application/json")
    cleanup(appconfig.delete_hosted_configuration_version, **names, VersionNumber=made["VersionNumber"])
    strategy = appconfig.create_deployment_strategy(Name=name, **SLOW)["Id"]
    cleanup(appconfig.delete_deployment_strategy, DeploymentStrategyId=strategy)
    asked = {
        **place,
        "ConfigurationProfileId": profile,
        "DeploymentStrategyId": strategy,
        "ConfigurationVersion": str(made["VersionNumber"]),
    }
    number = appconfig.start_deployment(**asked)["DeploymentNumber"]
    assert number == 1
    cleanup(_stop, appconfig=appconfig, place=place)
    return asked


def _stop(appconfig: Any, place: dict[str, str]) -> None:
    if _deployment(appconfig, place)["State"] == "DEPLOYING":
        appconfig.stop_deployment(**place, DeploymentNumber=1)


def _deployment(appconfig: Any, asked: dict[str, Any]) -> dict[str, Any]:
    place = {name: asked[name] for name in ("ApplicationId", "EnvironmentId")}
    return dict(appconfig.get_deployment(**place, DeploymentNumber=1))


@scenario("appconfig.running.state", aws="appconfig:GetDeployment")
def test_a_deployment_over_minutes_is_deploying_and_not_complete(appconfig: Any, running: dict[str, Any]) -> None:
    found = wait_for(
        "the deployment is deploying",
        lambda: _deployment(appconfig, running),
        lambda said: said["State"] != "BAKING" and said["State"] != "VALIDATING",
        30,
    )
    assert (found["State"], found["DeploymentDurationInMinutes"]) == ("DEPLOYING", 10)
    assert found["PercentageComplete"] < 100
    assert "CompletedAt" not in found


@scenario("appconfig.running.second", feature="error codes")
def test_a_second_deployment_is_refused_while_one_runs(appconfig: Any, running: dict[str, Any]) -> None:
    assert refusal(appconfig.start_deployment, **running) == CONFLICT


@scenario("appconfig.running.stopped", aws="appconfig:StopDeployment")
def test_a_deployment_that_was_stopped_is_rolled_back_and_another_may_start(
    appconfig: Any, running: dict[str, Any]
) -> None:
    place = {name: running[name] for name in ("ApplicationId", "EnvironmentId")}
    appconfig.stop_deployment(**place, DeploymentNumber=1)
    wait_for("rolled back", lambda: _deployment(appconfig, running)["State"], "ROLLED_BACK".__eq__, 60)
    second = appconfig.start_deployment(**running)["DeploymentNumber"]
    appconfig.stop_deployment(**place, DeploymentNumber=second)
    assert second == 2
