"""Rules change while the system runs: a new hosted version is deployed, nothing else is."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from harness.deadline import wait_for
from harness.feed.records import account, dividend, position
from harness.isin import fresh_isin
from harness.scenarios.scenario import scenario
from harness.system import System
from harness.terminal_states import CONFIGURATION
from tests.facts import feed

pytestmark = [
    pytest.mark.engine,
    scenario(service="appconfig", lane="resilience", aws="appconfig:StartDeployment"),
]

Document = dict[str, Any]


def deployed(system: System) -> tuple[str, Document]:
    """The version and document of the withholding rates that were deployed last."""
    appconfig, profile = system.client("appconfig"), system.outputs["appconfig_profile_ids"]["withholding_rates"]
    application = system.outputs["appconfig_application_id"]
    found = appconfig.list_deployments(
        ApplicationId=application, EnvironmentId=system.outputs["appconfig_environment_id"]
    )["Items"]
    numbers = [each["DeploymentNumber"] for each in found]
    details = (
        appconfig.get_deployment(
            ApplicationId=application, EnvironmentId=system.outputs["appconfig_environment_id"], DeploymentNumber=number
        )
        for number in sorted(numbers, reverse=True)
    )
    version = next(each["ConfigurationVersion"] for each in details if each["ConfigurationProfileId"] == profile)
    answer = appconfig.get_hosted_configuration_version(
        ApplicationId=application, ConfigurationProfileId=profile, VersionNumber=int(version)
    )
    return version, json.loads(answer["Content"].read())


def deploy(system: System, document: Document) -> str:
    """A new hosted version, deployed; its number."""
    appconfig, profile = system.client("appconfig"), system.outputs["appconfig_profile_ids"]["withholding_rates"]
    application, environment = system.outputs["appconfig_application_id"], system.outputs["appconfig_environment_id"]
    version = appconfig.create_hosted_configuration_version(
        ApplicationId=application,
        ConfigurationProfileId=profile,
        Content=json.dumps(document).encode(),
        ContentType="application/json",
    )["VersionNumber"]
    [strategy] = [
        each for each in appconfig.list_deployment_strategies()["Items"] if each["DeploymentDurationInMinutes"] == 0
        and each["FinalBakeTimeInMinutes"] == 0 and not each["Id"].startswith("AppConfig.")
    ]  # fmt: skip
    number = appconfig.start_deployment(
        ApplicationId=application,
        EnvironmentId=environment,
        ConfigurationProfileId=profile,
        ConfigurationVersion=str(version),
        DeploymentStrategyId=strategy["Id"],
    )["DeploymentNumber"]
    wait_for(
        "the deployment",
        lambda: appconfig.get_deployment(ApplicationId=application, EnvironmentId=environment, DeploymentNumber=number),
        lambda found: found["State"] == "COMPLETE",
        60,
        ended=CONFIGURATION,
    )
    return str(version)


@pytest.fixture
def put_back(system: System) -> Iterator[Callable[[], Document]]:
    """The document that was deployed before; deployed again at the end."""
    _, before = deployed(system)
    yield lambda: json.loads(json.dumps(before))
    deploy(system, before)


@scenario("appconfig.rules.changed-live", feature="a deployment while the system runs")
@pytest.mark.exclusive
def test_a_rate_changed_in_appconfig_is_used_by_the_next_event_which_names_the_version(
    system: System, put_back: Callable[[], Document], fresh: str
) -> None:
    holder = f"ACC-{fresh}"

    def paid() -> dict[str, Any]:
        """One more dividend of 1000 at 0.25: its entitlement."""
        isin = fresh_isin()
        event = f"CA-{fresh}-{isin}"
        feed(system, [position(holder, isin, "1000"), dividend(event, isin)])
        table = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
        key = {"safekeeping_account": holder, "entitlement_key": f"{event}#001"}
        entitlements = table.Table(system.outputs["entitlements_table_name"])
        return wait_for("the entitlement", lambda: entitlements.get_item(Key=key).get("Item"), bool)

    feed(system, [account(holder)])
    assert paid()["withholding_tax_rate"] == "15"
    document = put_back()
    for rate in document["rates"]:
        if rate["source_country"] == "US" and rate["treaty_rate"] == "15":
            rate["treaty_rate"] = "12.5"
    version = deploy(system, {**document, "version": f"test-{fresh}"})
    changed = wait_for("the new rate", paid, lambda found: found["withholding_tax_rate"] != "15", 90, longest_pause=2)
    assert Decimal(changed["withholding_tax_rate"]) == Decimal("12.5")
    assert changed["withholding_tax_amount"] == "31.25"
    assert changed["rules_version"].split(";")[0] == f"withholding_rates:{version}"
