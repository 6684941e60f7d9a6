"""AppConfig: hosted versions, validators, deployments, and sessions that read them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, an_application
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="appconfig", lane="control plane")
MISSING = ("ResourceNotFoundException", 404)
SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#", "type": "object", "required": ["rate"],
    "properties": {"rate": {"type": "string", "pattern": "^[0-9.]+$"}},
}  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """An application with an environment and a profile whose documents need a rate."""

    application: str
    environment: str
    profile: str
    strategy: str

    @property
    def names(self) -> dict[str, str]:
        return {"ApplicationId": self.application, "ConfigurationProfileId": self.profile}

    @property
    def place(self) -> dict[str, str]:
        return {"ApplicationId": self.application, "EnvironmentId": self.environment}


@pytest.fixture
def rules(aws: AwsClients, appconfig: Any, name: str, cleanup: Cleanup) -> Rules:
    application = an_application(aws, name, cleanup)
    environment = appconfig.create_environment(ApplicationId=application, Name="live")["Id"]
    cleanup(appconfig.delete_environment, ApplicationId=application, EnvironmentId=environment)
    validators = [{"Type": "JSON_SCHEMA", "Content": json.dumps(SCHEMA)}]
    profile = appconfig.create_configuration_profile(
        ApplicationId=application, Name="rules", LocationUri="hosted", Validators=validators
    )["Id"]
    cleanup(appconfig.delete_configuration_profile, ApplicationId=application, ConfigurationProfileId=profile)
    at_once = {
        "DeploymentDurationInMinutes": 0,
        "FinalBakeTimeInMinutes": 0,
        "GrowthFactor": 100,
        "ReplicateTo": "NONE",
    }
    strategy = appconfig.create_deployment_strategy(Name=name, **at_once)["Id"]
    cleanup(appconfig.delete_deployment_strategy, DeploymentStrategyId=strategy)
    return Rules(application, environment, profile, strategy)


def stored(appconfig: Any, rules: Rules, cleanup: Cleanup, document: object, **more: Any) -> int:
    """The number of a new hosted version."""
    made = appconfig.create_hosted_configuration_version(
        **rules.names, Content=json.dumps(document).encode(), ContentType="application/json", **more
    )
    cleanup(appconfig.delete_hosted_configuration_version, **rules.names, VersionNumber=made["VersionNumber"])
    return int(made["VersionNumber"])


def deployed(appconfig: Any, rules: Rules, version: int) -> dict[str, Any]:
    """A deployment at its end."""
    asked = {
        "ConfigurationProfileId": rules.profile,
        "ConfigurationVersion": str(version),
        "DeploymentStrategyId": rules.strategy,
    }
    number = appconfig.start_deployment(**rules.place, **asked)["DeploymentNumber"]
    return wait_for(
        "the deployment",
        lambda: dict(appconfig.get_deployment(**rules.place, DeploymentNumber=number)),
        lambda found: found["State"] in ("COMPLETE", "ROLLED_BACK", "REVERTED"),
    )


@scenario("appconfig.versions.numbered", feature="hosted versions", aws="appconfig:CreateHostedConfigurationVersion")
def test_versions_are_counted_from_one_and_each_keeps_its_content(
    appconfig: Any, rules: Rules, cleanup: Cleanup
) -> None:
    documents = [{"rate": "15"}, {"rate": "12.5"}]
    numbers = [stored(appconfig, rules, cleanup, document) for document in documents]
    assert numbers == [1, 2]
    for number, document in zip(numbers, documents, strict=True):
        found = appconfig.get_hosted_configuration_version(**rules.names, VersionNumber=number)
        assert (json.loads(found["Content"].read()), found["ContentType"]) == (document, "application/json")


@scenario("appconfig.versions.description", feature="hosted versions", aws="appconfig:GetHostedConfigurationVersion")
def test_a_versions_description_is_read_as_it_was_given(appconfig: Any, rules: Rules, cleanup: Cleanup) -> None:
    number = stored(appconfig, rules, cleanup, {"rate": "15"}, Description="fifteen")
    found = appconfig.get_hosted_configuration_version(**rules.names, VersionNumber=number)
    assert found.get("Description") == "fifteen"


@scenario("appconfig.versions.latest", feature="hosted versions", aws="appconfig:CreateHostedConfigurationVersion")
def test_a_version_based_on_one_that_is_not_the_latest_is_a_conflict(
    appconfig: Any, rules: Rules, cleanup: Cleanup
) -> None:
    first = stored(appconfig, rules, cleanup, {"rate": "1"})
    stored(appconfig, rules, cleanup, {"rate": "2"}, LatestVersionNumber=first)
    stale = {"Content": b'{"rate": "3"}', "ContentType": "application/json", "LatestVersionNumber": first}
    assert refusal(appconfig.create_hosted_configuration_version, **rules.names, **stale) == ("ConflictException", 409)


@scenario("appconfig.versions.deleted", feature="hosted versions", aws="appconfig:DeleteHostedConfigurationVersion")
def test_a_deleted_version_is_not_found(appconfig: Any, rules: Rules, cleanup: Cleanup) -> None:
    stored(appconfig, rules, cleanup, {"rate": "1"})
    second = stored(appconfig, rules, cleanup, {"rate": "2"})
    appconfig.delete_hosted_configuration_version(**rules.names, VersionNumber=second)
    gone = refusal(appconfig.get_hosted_configuration_version, **rules.names, VersionNumber=second)
    assert gone == MISSING


@scenario("appconfig.validators.refuse", feature="validators", aws="appconfig:ValidateConfiguration")
@pytest.mark.parametrize("document", [{}, {"rate": "much"}], ids=["missing", "wrong"])
def test_a_document_that_its_schema_refuses_is_not_valid(
    appconfig: Any, rules: Rules, cleanup: Cleanup, document: dict[str, str]
) -> None:
    version = str(stored(appconfig, rules, cleanup, document))
    refused = refusal(appconfig.validate_configuration, **rules.names, ConfigurationVersion=version)
    assert refused == ("BadRequestException", 400)


@scenario("appconfig.validators.accept", feature="validators", aws="appconfig:ValidateConfiguration")
def test_a_document_that_its_schema_accepts_is_valid(appconfig: Any, rules: Rules, cleanup: Cleanup) -> None:
    version = str(stored(appconfig, rules, cleanup, {"rate": "15"}))
    answer = appconfig.validate_configuration(**rules.names, ConfigurationVersion=version)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


@scenario(
    "appconfig.validators.deployment",
    feature="validators",
    aws="appconfig-guide:appconfig-creating-configuration-and-profile-validators",
)
def test_a_document_that_its_schema_refuses_is_not_deployed_to_its_end(
    appconfig: Any, rules: Rules, cleanup: Cleanup
) -> None:
    version = stored(appconfig, rules, cleanup, {"rate": "much"})
    try:
        ended = deployed(appconfig, rules, version)["State"]
    except appconfig.exceptions.BadRequestException:
        ended = "refused"
    assert ended != "COMPLETE"


@scenario("appconfig.validators.kept", feature="updates", aws="appconfig:UpdateConfigurationProfile")
def test_another_description_of_a_profile_leaves_its_validators_as_they_were(appconfig: Any, rules: Rules) -> None:
    appconfig.update_configuration_profile(**rules.names, Description="another")
    found = appconfig.get_configuration_profile(**rules.names)
    [validator] = found["Validators"]
    assert (found["Description"], found["LocationUri"], json.loads(validator["Content"])) == (
        "another",
        "hosted",
        SCHEMA,
    )


@scenario("appconfig.deployments.complete", feature="deployments", aws="appconfig:GetDeployment")
def test_a_deployment_at_once_is_complete_and_says_what_was_deployed_how(
    appconfig: Any, rules: Rules, cleanup: Cleanup
) -> None:
    found = deployed(appconfig, rules, stored(appconfig, rules, cleanup, {"rate": "15"}))
    assert (found["State"], found["DeploymentNumber"], found["ConfigurationVersion"]) == ("COMPLETE", 1, "1")
    assert (found["ConfigurationProfileId"], found["DeploymentStrategyId"]) == (rules.profile, rules.strategy)
    assert found["PercentageComplete"] == 100


@scenario("appconfig.deployments.numbered", feature="deployments", aws="appconfig:ListDeployments")
def test_an_environments_deployments_are_counted_and_listed_newest_first(
    appconfig: Any, rules: Rules, cleanup: Cleanup
) -> None:
    for rate in ("1", "2"):
        deployed(appconfig, rules, stored(appconfig, rules, cleanup, {"rate": rate}))
    found = appconfig.list_deployments(**rules.place)["Items"]
    assert [(one["DeploymentNumber"], one["ConfigurationVersion"]) for one in found] == [(2, "2"), (1, "1")]


@scenario("appconfig.deployments.missing-version", feature="error codes", aws="appconfig:StartDeployment")
def test_a_version_that_is_not_there_is_not_deployed(appconfig: Any, rules: Rules) -> None:
    asked = {
        "ConfigurationProfileId": rules.profile,
        "ConfigurationVersion": "7",
        "DeploymentStrategyId": rules.strategy,
    }
    refused = refusal(appconfig.start_deployment, **rules.place, **asked)
    assert refused in (("ResourceNotFoundException", 404), ("BadRequestException", 400))


@scenario("appconfig.error-codes.not-found", feature="error codes", aws="appconfig:GetApplication")
def test_what_is_not_there_is_not_found(appconfig: Any, rules: Rules) -> None:
    assert refusal(appconfig.get_application, ApplicationId="abcd123") == MISSING


@scenario("appconfig.error-codes.part-not-found", feature="error codes")
@each_operation("appconfig", "get_environment", "get_configuration_profile", "get_deployment")
def test_a_part_of_an_application_that_is_not_there_is_not_found(appconfig: Any, rules: Rules, operation: str) -> None:
    unknown = {
        "get_environment": {"ApplicationId": rules.application, "EnvironmentId": "abcd123"},
        "get_configuration_profile": {"ApplicationId": rules.application, "ConfigurationProfileId": "abcd123"},
        "get_deployment": {**rules.place, "DeploymentNumber": 9},
    }
    assert refusal(getattr(appconfig, operation), **unknown[operation]) == MISSING


@pytest.fixture
def session(aws: AwsClients, appconfig: Any, rules: Rules, cleanup: Cleanup) -> tuple[Any, str]:
    """The reading client and the first token of a session; rate 15 is deployed."""
    deployed(appconfig, rules, stored(appconfig, rules, cleanup, {"rate": "15"}))
    reader = aws.client("appconfigdata")
    asked = {
        "ApplicationIdentifier": rules.application,
        "EnvironmentIdentifier": rules.environment,
        "ConfigurationProfileIdentifier": rules.profile,
    }
    return reader, reader.start_configuration_session(**asked)["InitialConfigurationToken"]


def polled(session: tuple[Any, str]) -> Callable[[], dict[str, Any]]:
    """Return an observation: the session's next answer, `Configuration` as the document that it holds, None while that is empty."""
    reader, tokens = session[0], [session[1]]

    def observe() -> dict[str, Any]:
        answer = dict(reader.get_latest_configuration(ConfigurationToken=tokens[-1]))
        tokens.append(answer["NextPollConfigurationToken"])
        return {**answer, "Configuration": json.loads(answer["Configuration"].read() or b"null")}

    return observe


@scenario(
    "appconfigdata.sessions.read",
    service="appconfigdata",
    lane="data plane",
    feature="configuration sessions",
    aws="appconfig:appconfigdata_GetLatestConfiguration",
)
def test_a_session_reads_what_was_deployed_and_may_read_nothing_while_nothing_changes(session: tuple[Any, str]) -> None:
    poll = polled(session)
    first = wait_for("a document", poll, lambda found: found["Configuration"])
    assert (first["Configuration"], first["ContentType"]) == ({"rate": "15"}, "application/json")
    assert poll()["Configuration"] in ({"rate": "15"}, None)


@scenario(
    "appconfigdata.sessions.changed",
    service="appconfigdata",
    lane="data plane",
    feature="configuration sessions",
    aws="appconfig:appconfigdata_GetLatestConfiguration",
)
def test_a_session_reads_what_was_deployed_since(
    appconfig: Any, rules: Rules, cleanup: Cleanup, session: tuple[Any, str]
) -> None:
    poll = polled(session)
    poll()
    deployed(appconfig, rules, stored(appconfig, rules, cleanup, {"rate": "12.5"}))
    await_answer({"rate": "12.5"}, lambda: poll()["Configuration"])


@scenario(
    "appconfigdata.sessions.version-label",
    service="appconfigdata",
    lane="data plane",
    feature="configuration sessions",
    aws="appconfig:appconfigdata_GetLatestConfiguration",
)
def test_a_session_names_the_label_of_the_version_that_it_reads(
    appconfig: Any, rules: Rules, cleanup: Cleanup, session: tuple[Any, str]
) -> None:
    poll = polled(session)
    deployed(appconfig, rules, stored(appconfig, rules, cleanup, {"rate": "10"}, VersionLabel="2026.2"))
    await_answer("2026.2", lambda: poll().get("VersionLabel"))


@scenario(
    "appconfigdata.sessions.bad-token",
    service="appconfigdata",
    lane="data plane",
    feature="configuration sessions",
    aws="appconfig:appconfigdata_GetLatestConfiguration",
)
def test_a_token_that_was_never_given_is_refused(session: tuple[Any, str]) -> None:
    assert refusal(session[0].get_latest_configuration, ConfigurationToken="never-given") == (
        "BadRequestException",
        400,
    )
