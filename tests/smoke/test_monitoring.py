"""CloudWatch: the alarms of the runbook, and the dashboard."""

import json
from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System

pytestmark = scenario(service="cloudwatch", lane="control plane", aws="cloudwatch:MetricAlarm")
OURS = {"engine-errors", "held-facts", "outbox-behind", "outbox-parked", "reconciliation-breaks"}
"""Alarms on metrics of our own, whose namespace is the system's name."""


@pytest.fixture
def alarms(system: System) -> dict[str, dict[str, Any]]:
    """Alarms by entry of the runbook."""
    names = dict(system.outputs["alarm_names"])
    described = system.client("cloudwatch").describe_alarms(AlarmNames=[*names.values()])["MetricAlarms"]
    by_name = {alarm["AlarmName"]: dict(alarm) for alarm in described}
    assert by_name.keys() == set(names.values())
    return {entry: by_name[name] for entry, name in names.items()}


@scenario("cloudwatch.alarms.metrics", feature="alarms")
def test_our_own_metrics_have_no_dimensions_and_those_of_aws_name_their_resource(
    alarms: dict[str, dict[str, Any]],
) -> None:
    without = {entry for entry, alarm in alarms.items() if not alarm.get("Dimensions")}
    assert without == OURS & alarms.keys()
    assert all(
        alarm["Namespace"].startswith(("AWS/", "ECS/")) for entry, alarm in alarms.items() if entry not in without
    )


@scenario("cloudwatch.alarms.missing-data", feature="alarms")
def test_silence_is_an_alarm_only_where_it_means_that_the_engine_is_gone(alarms: dict[str, dict[str, Any]]) -> None:
    silent = {entry for entry, alarm in alarms.items() if alarm["TreatMissingData"] == "breaching"}
    assert silent == {"engine-down", "outbox-behind"} & alarms.keys()


@scenario("cloudwatch.dashboard.widgets", feature="dashboards", aws="cloudwatch:GetDashboard")
def test_the_dashboard_shows_the_metric_of_each_alarm(system: System, alarms: dict[str, dict[str, Any]]) -> None:
    name = system.outputs["dashboard_name"]
    dashboard = json.loads(system.client("cloudwatch").get_dashboard(DashboardName=name)["DashboardBody"])
    shown = {widget["properties"]["title"]: widget["properties"]["metrics"][0][:2] for widget in dashboard["widgets"]}
    assert shown == {entry: [alarm["Namespace"], alarm["MetricName"]] for entry, alarm in alarms.items()}
