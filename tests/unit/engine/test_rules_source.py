"""The rules from AppConfig, on the real emulator."""

import json

import pytest

from servicing_engine.rules_source import RulesSource
from servicing_engine.settings import Settings
from tests.unit.domain.facts import rate, rates
from tests.unit.engine.engine_target import deploy, provision_rules


@pytest.fixture
def source(target):
    """A source of rules of an application of its own."""
    named = provision_rules(target)
    settings = Settings.from_environment(target.environment | named)
    return named, RulesSource(target.client("appconfigdata"), target.client("appconfig"), settings)


def statutory(rules):
    ((row,),) = rules.withholding_rates.rows.values()
    return str(row.statutory_rate)


def test_the_version_is_that_of_the_content_while_a_deployment_is_under_way(target, source):
    named, of_rules = source
    assert of_rules.rules().version == "withholding_rates:1;market_calendars:1"
    appconfig, profile_id = target.client("appconfig"), named["APPCONFIG_WITHHOLDING_RATES_PROFILE_ID"]
    where = {"ApplicationId": named["APPCONFIG_APPLICATION_ID"], "EnvironmentId": named["APPCONFIG_ENVIRONMENT_ID"]}
    appconfig.create_hosted_configuration_version(
        ApplicationId=where["ApplicationId"],
        ConfigurationProfileId=profile_id,
        Content=json.dumps(rates(rate("US-GB", "25", "15"))).encode(),
        ContentType="application/json",
    )
    slow = appconfig.create_deployment_strategy(
        Name="slow", DeploymentDurationInMinutes=0, GrowthFactor=100, FinalBakeTimeInMinutes=60, ReplicateTo="NONE"
    )
    started = appconfig.start_deployment(
        **where, DeploymentStrategyId=slow["Id"], ConfigurationProfileId=profile_id, ConfigurationVersion="2"
    )
    state = appconfig.get_deployment(**where, DeploymentNumber=started["DeploymentNumber"])["State"]
    rules = of_rules.rules()
    versions = {"30": "1", "25": "2"}
    assert (state != "COMPLETE", rules.withholding_rates_version) == (True, versions[statutory(rules)])


def test_an_invalid_document_is_refused_and_the_last_good_one_stays(target, source, caplog):
    named, of_rules = source
    before = of_rules.rules()
    twice = rate("US-GB", "30", "15")
    for document in (rates(twice, twice | {"rate_id": "again"}), {"schema_version": 99}, []):
        deploy(target, named, "WITHHOLDING_RATES", document)
        assert of_rules.rules() == before
    assert "refused, the last good ones stay" in caplog.text
    version = deploy(target, named, "WITHHOLDING_RATES", rates(rate("US-GB", "20", "15")))
    assert (statutory(of_rules.rules()), of_rules.rules().withholding_rates_version) == ("20", str(version))


def test_appconfig_that_does_not_answer_leaves_the_last_good_rules(target, source, monkeypatch):
    named, of_rules = source
    before = of_rules.rules()
    version = deploy(target, named, "WITHHOLDING_RATES", rates(rate("US-GB", "20", "15")))
    with monkeypatch.context() as patched:
        refuse = of_rules.appconfig.exceptions.BadRequestException(
            {"Error": {"Code": "BadRequestException"}}, "GetDeployment"
        )
        patched.setattr(of_rules.appconfig, "get_deployment", lambda **_: (_ for _ in ()).throw(refuse))
        assert of_rules.rules() == before
    assert of_rules.rules().withholding_rates_version == str(version)
