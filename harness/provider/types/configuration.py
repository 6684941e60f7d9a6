"""AppConfig: application, environment, profile, hosted version, strategy and deployment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from harness.provider.engine.aws import Aws, error_code, wait_until
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.values import Block
from harness.terminal_states import CONFIGURATION


class _OneKeyATime(Tags):
    """Tags whose removal is one request per key: MiniStack's UntagResource reads only the first of several."""

    def change(self, aws: Aws, service: str, state: Mapping[str, Any], before: Mapping[str, str]) -> None:
        wanted = state.get("tags_all") or {}
        gone = sorted(before.keys() - wanted.keys())
        for key in gone:
            super().change(aws, service, {**state, "tags_all": {}}, {key: before[key]})
        super().change(aws, service, state, {key: value for key, value in before.items() if key in wanted})


_TAGS = _OneKeyATime(read="ListTagsForResource", pair=None)


@dataclass(frozen=True, kw_only=True)
class _Deployment(Plain):
    """A deployment: started when the environment is free, and never deleted (AppConfig keeps it as history)."""

    def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        """Starts it; an environment takes one deployment at a time, so a conflict is tried again until the other is over."""
        started: list[dict[str, Any]] = []

        def start() -> str:
            try:
                started.append(super(_Deployment, self).make(aws, block, planned))
            except ClientError as error:
                if error_code(error) != "ConflictException":
                    raise
                return str(error)
            return ""

        wait_until(
            f"environment {planned['environment_id']} free for a deployment", start, lambda conflict: not conflict
        )
        return started[0]

    def created(self, aws: Aws, block: Block, made: State) -> None:
        """Waits for the end of a deployment whose strategy takes no time; a longer rollout goes on by itself, as with the real provider.

        Raises TerminalStateError with the last event if it is rolled back or reverted.
        """
        wait_until(f"deployment {made['id']} complete", lambda: self.observe(aws, made), _is_over, ended=CONFIGURATION)


def _is_over(deployment: Mapping[str, Any]) -> bool:
    """Return True if the deployment is complete, or takes minutes and so is not waited for."""
    takes_time = deployment["DeploymentDurationInMinutes"] or deployment["FinalBakeTimeInMinutes"]
    return bool(takes_time) or deployment["State"] not in (
        "VALIDATING",
        "DEPLOYING",
        "BAKING",
        "ROLLING_BACK",
        "ROLLED_BACK",
        "REVERTED",
    )


TYPES: dict[str, Plain] = {
    "aws_appconfig_application": Plain(
        service="appconfig", create="CreateApplication", read="GetApplication", update="UpdateApplication",
        delete="DeleteApplication", key={"ApplicationId": "id"}, id="{id}", arn="application/{id}", tags=_TAGS,
    ),
    "aws_appconfig_environment": Plain(
        service="appconfig", create="CreateEnvironment", read="GetEnvironment", update="UpdateEnvironment",
        delete="DeleteEnvironment", key={"ApplicationId": "application_id", "EnvironmentId": "environment_id"},
        names={"environment_id": "Id", "id": None, "monitor": "Monitors"}, id="{environment_id}:{application_id}",
        arn="application/{application_id}/environment/{environment_id}", force_new=frozenset({"application_id"}), tags=_TAGS,
    ),
    "aws_appconfig_configuration_profile": Plain(
        service="appconfig", create="CreateConfigurationProfile", read="GetConfigurationProfile",
        update="UpdateConfigurationProfile", delete="DeleteConfigurationProfile",
        key={"ApplicationId": "application_id", "ConfigurationProfileId": "configuration_profile_id"},
        names={"configuration_profile_id": "Id", "id": None, "validator": "Validators"},
        id="{configuration_profile_id}:{application_id}",
        arn="application/{application_id}/configurationprofile/{configuration_profile_id}",
        force_new=frozenset({"application_id", "location_uri", "type"}), defaults={"type": "AWS.Freeform"},
        unread=frozenset({"kms_key_identifier"}),  # MiniStack drops it
        tags=_TAGS,
    ),
    "aws_appconfig_hosted_configuration_version": Plain(
        service="appconfig", create="CreateHostedConfigurationVersion", read="GetHostedConfigurationVersion",
        delete="DeleteHostedConfigurationVersion", made_at="",
        key={"ApplicationId": "application_id", "ConfigurationProfileId": "configuration_profile_id", "VersionNumber": "version_number"},
        id="{application_id}/{configuration_profile_id}/{version_number}",
        arn="application/{application_id}/configurationprofile/{configuration_profile_id}/hostedconfigurationversion/{version_number}",
        force_new=frozenset({"application_id", "configuration_profile_id", "content", "content_type", "description"}),
        unread=frozenset({"description"}),  # MiniStack drops it
    ),
    "aws_appconfig_deployment_strategy": Plain(
        service="appconfig", create="CreateDeploymentStrategy", read="GetDeploymentStrategy", update="UpdateDeploymentStrategy",
        delete="DeleteDeploymentStrategy", key={"DeploymentStrategyId": "id"}, id="{id}", arn="deploymentstrategy/{id}",
        force_new=frozenset({"name", "replicate_to"}), defaults={"growth_type": "LINEAR"}, tags=_TAGS,
    ),
    "aws_appconfig_deployment": _Deployment(
        service="appconfig", create="StartDeployment", read="GetDeployment",
        key={"ApplicationId": "application_id", "EnvironmentId": "environment_id", "DeploymentNumber": "deployment_number"},
        id="{application_id}/{environment_id}/{deployment_number}",
        arn="application/{application_id}/environment/{environment_id}/deployment/{deployment_number}",
        force_new=frozenset({
            "application_id", "configuration_profile_id", "configuration_version", "deployment_strategy_id", "description",
            "environment_id", "kms_key_identifier",
        }),
        unread=frozenset({"kms_key_identifier"}),  # MiniStack drops it
        tags=replace(_TAGS, create=None),  # MiniStack drops those that StartDeployment brings
    ),
}  # fmt: skip
