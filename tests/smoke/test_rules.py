"""AppConfig: the two rules documents, as the engine reads them."""

import json
from typing import Any

import pytest

from harness.deadline import await_answer
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import PROFILES, profile

pytestmark = scenario(service="appconfig", lane="control plane", aws="appconfig:GetConfigurationProfile")

each_profile = pytest.mark.parametrize("name", PROFILES)


@scenario("appconfig.rules.hosted", feature="configuration profiles")
@each_profile
def test_a_profile_is_hosted(system: System, name: str) -> None:
    assert profile(system, name)["LocationUri"] == "hosted"


@scenario("appconfig.rules.validator", feature="validators", aws="appconfig:Validator")
@each_profile
def test_a_profile_validates_its_documents_by_a_schema(system: System, name: str) -> None:
    [validator] = profile(system, name)["Validators"]
    assert validator["Type"] == "JSON_SCHEMA"


@scenario("appconfig.rules.schema-draft", feature="validators", aws="appconfig:Validator")
@each_profile
def test_a_profiles_schema_is_of_a_draft_that_appconfig_knows(system: System, name: str) -> None:
    [validator] = profile(system, name)["Validators"]
    assert json.loads(validator["Content"])["$schema"] == "http://json-schema.org/draft-04/schema#"


@scenario("appconfig.rules.deployed", feature="deployments", aws="appconfig:GetDeployment")
@each_profile
def test_a_profiles_newest_deployment_is_complete(system: System, name: str) -> None:
    appconfig, outputs = system.client("appconfig"), system.outputs
    names = {"ApplicationId": outputs["appconfig_application_id"], "EnvironmentId": outputs["appconfig_environment_id"]}

    def newest() -> str:
        pages = appconfig.get_paginator("list_deployments").paginate(**names)
        numbers = [found["DeploymentNumber"] for page in pages for found in page["Items"]]
        deployments = (appconfig.get_deployment(**names, DeploymentNumber=number) for number in sorted(numbers)[::-1])
        ours = (
            each for each in deployments if each["ConfigurationProfileId"] == outputs["appconfig_profile_ids"][name]
        )
        return str(next(ours)["State"])

    await_answer("COMPLETE", newest)


def _document(system: System, name: str) -> dict[str, Any]:
    reader, outputs = system.client("appconfigdata"), system.outputs
    token = reader.start_configuration_session(
        ApplicationIdentifier=outputs["appconfig_application_id"],
        EnvironmentIdentifier=outputs["appconfig_environment_id"],
        ConfigurationProfileIdentifier=outputs["appconfig_profile_ids"][name],
    )["InitialConfigurationToken"]
    content = reader.get_latest_configuration(ConfigurationToken=token)["Configuration"].read()
    return dict(json.loads(content))


@scenario(
    "appconfigdata.rules.read-live",
    feature="configuration sessions",
    aws="appconfig:appconfigdata_GetLatestConfiguration",
    service="appconfigdata",
    lane="data plane",
)
@pytest.mark.parametrize(("name", "holds"), [("withholding_rates", "rates"), ("market_calendars", "calendars")])
def test_a_document_is_read_live_and_holds_its_rules(system: System, name: str, holds: str) -> None:
    assert _document(system, name)[holds]


@scenario(
    "appconfigdata.rules.version",
    feature="configuration sessions",
    aws="appconfig:appconfigdata_GetLatestConfiguration",
    service="appconfigdata",
    lane="data plane",
)
@each_profile
def test_a_document_names_its_version(system: System, name: str) -> None:
    assert _document(system, name)["version"]
