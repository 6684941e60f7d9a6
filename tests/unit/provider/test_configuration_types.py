"""AppConfig, whose documents are shipped to the engine's readers."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from harness.deadline import TerminalStateError
from harness.failure import HarnessError
from harness.provider.engine.aws import wait_until
from harness.provider.types import configuration
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

RULES = """
resource "aws_appconfig_application" "rules" {
  name        = "%(application)s"
  description = "Rules"
}
resource "aws_appconfig_environment" "live" {
  application_id = aws_appconfig_application.rules.id
  name           = "live"
  description    = "The rules in use"
  tags           = %(tags)s
}
resource "aws_appconfig_configuration_profile" "rates" {
  application_id     = aws_appconfig_application.rules.id
  name               = "rates"
  %(description)s
  location_uri       = "hosted"
  kms_key_identifier = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000"
  validator {
    type    = "JSON_SCHEMA"
    content = jsonencode({ type = "object" })
  }
}
resource "aws_appconfig_hosted_configuration_version" "rates" {
  application_id           = aws_appconfig_application.rules.id
  configuration_profile_id = aws_appconfig_configuration_profile.rates.configuration_profile_id
  content                  = jsonencode({ rate = "%(rate)s" })
  content_type             = "application/json"
  description              = "First document"
}
resource "aws_appconfig_deployment_strategy" "at_once" {
  name                           = "at-once"
  description                    = "All at once"
  deployment_duration_in_minutes = %(minutes)d
  final_bake_time_in_minutes     = 0
  growth_factor                  = 100
  replicate_to                   = "NONE"
}
resource "aws_appconfig_deployment" "rates" {
  application_id           = aws_appconfig_application.rules.id
  environment_id           = aws_appconfig_environment.live.environment_id
  configuration_profile_id = aws_appconfig_configuration_profile.rates.configuration_profile_id
  configuration_version    = aws_appconfig_hosted_configuration_version.rates.version_number
  deployment_strategy_id   = aws_appconfig_deployment_strategy.at_once.id
}
"""
ARN = "arn:aws:appconfig:us-east-1:000000000000"
PROFILE, STRATEGY = "aws_appconfig_configuration_profile.rates", "aws_appconfig_deployment_strategy.at_once"
rules = Root(RULES, {
    "application": "rules", "description": 'description = "Rates"', "tags": '{ One = "1", Two = "2", Three = "3" }', "rate": "0.15", "minutes": 0,
})  # fmt: skip


def made(stack: Stack, part: str) -> dict[str, Any]:
    """The state of the one resource of a type."""
    return next(each for address, each in stack.resources().items() if address.startswith(f"aws_appconfig_{part}."))


def served(stack: Stack) -> Any:
    """What a reader of the live environment gets."""
    data = stack.client("appconfigdata")
    token = data.start_configuration_session(
        ApplicationIdentifier="rules", EnvironmentIdentifier="live", ConfigurationProfileIdentifier="rates"
    )["InitialConfigurationToken"]
    return json.loads(data.get_latest_configuration(ConfigurationToken=token)["Configuration"].read())


class TestRules(Life):
    root = rules
    named = {
        "aws_appconfig_application.rules": {"arn": f"{ARN}:application/{{id}}"},
        "aws_appconfig_environment.live": {
            "id": "{environment_id}:{application_id}",
            "arn": f"{ARN}:application/{{application_id}}/environment/{{environment_id}}",
        },
        PROFILE: {
            "id": "{configuration_profile_id}:{application_id}",
            "arn": f"{ARN}:application/{{application_id}}/configurationprofile/{{configuration_profile_id}}",
        },
        "aws_appconfig_hosted_configuration_version.rates": {
            "id": "{application_id}/{configuration_profile_id}/1",
            "version_number": "1",
            "arn": f"{ARN}:application/{{application_id}}/configurationprofile/{{configuration_profile_id}}/hostedconfigurationversion/1",
        },
        STRATEGY: {"arn": f"{ARN}:deploymentstrategy/{{id}}"},
        "aws_appconfig_deployment.rates": {
            "id": "{application_id}/{environment_id}/1",
            "arn": f"{ARN}:application/{{application_id}}/environment/{{environment_id}}/deployment/1",
            "state": "COMPLETE",
        },
    }
    imported_by = dict.fromkeys(
        (
            "aws_appconfig_application.rules",
            "aws_appconfig_environment.live",
            STRATEGY,
            "aws_appconfig_deployment.rates",
        ),
        "{id}",
    )
    changes = {"description": "", "tags": '{ One = "1" }', "minutes": 1}
    updated = [PROFILE, "aws_appconfig_environment.live", STRATEGY]
    drifted = {PROFILE: "update", STRATEGY: "update"}

    def applied(self, stack: Stack) -> None:
        assert served(stack) == {"rate": "0.15"}
        profile = made(stack, "configuration_profile")
        found = stack.client("appconfig").get_configuration_profile(
            ApplicationId=profile["application_id"], ConfigurationProfileId=profile["configuration_profile_id"]
        )
        assert found["Validators"] == [{"Type": "JSON_SCHEMA", "Content": '{"type":"object"}'}]

    def changed(self, stack: Stack) -> None:
        tags = stack.client("appconfig").list_tags_for_resource(ResourceArn=made(stack, "environment")["arn"])["Tags"]
        assert tags == {"Application": "provider-tests", "One": "1"}

    def drift(self, stack: Stack) -> None:
        appconfig, profile = stack.client("appconfig"), made(stack, "configuration_profile")
        appconfig.update_configuration_profile(
            ApplicationId=profile["application_id"],
            ConfigurationProfileId=profile["configuration_profile_id"],
            Validators=[],
        )
        strategy = made(stack, "deployment_strategy")["id"]
        appconfig.update_deployment_strategy(DeploymentStrategyId=strategy, FinalBakeTimeInMinutes=7)

    def left(self, stack: Stack) -> Iterable[Any]:
        appconfig = stack.client("appconfig")
        yield from appconfig.list_applications()["Items"]
        yield from (each for each in appconfig.list_deployment_strategies()["Items"] if each["Name"] == "at-once")


def test_a_new_document_is_a_new_version_and_a_new_deployment_that_readers_get(stack: Stack) -> None:
    stack.apply(rules())
    assert stack.plan(rules(rate="0.25")) == {
        "aws_appconfig_hosted_configuration_version.rates": "replace",
        "aws_appconfig_deployment.rates": "replace",
    }
    stack.apply(rules(rate="0.25"))
    assert stack.plan() == {}
    assert served(stack) == {"rate": "0.25"}
    assert made(stack, "deployment")["deployment_number"] == 2


def test_a_deployment_waits_until_the_environment_is_free(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.apply(rules())
    appconfig, before, conflicts = stack.client("appconfig"), made(stack, "deployment"), []
    where = {"ApplicationId": before["application_id"], "EnvironmentId": before["environment_id"]}
    what = {"ConfigurationProfileId": before["configuration_profile_id"], "ConfigurationVersion": "1"}
    appconfig.start_deployment(**where, **what, DeploymentStrategyId="AppConfig.AllAtOnce")

    def free_it_after_the_first_try(
        waited_for: str, observe: Callable[[], Any], accept: Callable[[Any], bool], **more: Any
    ) -> None:
        if "free" in waited_for:
            conflicts.append(observe())
            appconfig.stop_deployment(**where, DeploymentNumber=2, AllowRevert=True)
        wait_until(waited_for, observe, accept, **more)

    monkeypatch.setattr(configuration, "wait_until", free_it_after_the_first_try)
    stack.apply(rules(rate="0.35"))
    assert "already in progress" in conflicts[0]
    assert made(stack, "deployment")["deployment_number"] == 3
    assert served(stack) == {"rate": "0.35"}


class _Rollout:
    """AppConfig's answers about one deployment, in order; the last one again and again. The emulator ends one of no minutes at once."""

    def __init__(self, *states: str, minutes: int = 0) -> None:
        self.states, self.minutes = list(states), minutes

    def call(self, _service: str, _operation: str, **_parameters: Any) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        event = {"Description": "Rollback initiated by an alarm"}
        return {
            "State": state, "DeploymentDurationInMinutes": self.minutes, "FinalBakeTimeInMinutes": 0, "EventLog": [event],
        }  # fmt: skip


def follow(rollout: Any) -> None:
    named = {"application_id": "a", "environment_id": "e", "deployment_number": 1, "id": "a/e/1"}
    configuration.TYPES["aws_appconfig_deployment"].created(rollout, {}, named)


def test_a_deployment_is_made_when_it_is_complete() -> None:
    rollout = _Rollout("DEPLOYING", "BAKING", "COMPLETE")
    follow(rollout)
    assert rollout.states == ["COMPLETE"]


def test_a_deployment_that_takes_minutes_is_not_waited_for() -> None:
    rollout = _Rollout("DEPLOYING", "DEPLOYING", "COMPLETE", minutes=20)
    follow(rollout)
    assert rollout.states == ["DEPLOYING", "COMPLETE"]


def test_a_deployment_that_was_rolled_back_is_an_error_with_its_reason() -> None:
    with pytest.raises(TerminalStateError, match=r"state ROLLED_BACK \(Rollback initiated by an alarm\)"):
        follow(_Rollout("DEPLOYING", "ROLLED_BACK"))


def test_the_apis_own_refusal_is_shown(stack: Stack) -> None:
    body = rules().replace("aws_appconfig_deployment_strategy.at_once.id", '"nosuch1"')
    with pytest.raises(HarnessError, match="DeploymentStrategy with Id nosuch1 could not be found"):
        stack.apply(body)
