"""Alarms and dashboards of CloudWatch."""

import json
from collections.abc import Iterable
from typing import Any

from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

BOTH = """
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "%(name)s"
  alarm_description   = "%(description)s"
  namespace           = "types"
  metric_name         = "OutboxLag"
  dimensions          = %(dimensions)s
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = %(threshold)s
  treat_missing_data  = "breaching"
  alarm_actions       = %(actions)s
  tags                = { Purpose = "test" }
}
resource "aws_cloudwatch_dashboard" "d" {
  dashboard_name = "%(name)s"
  dashboard_body = jsonencode({ widgets = [{ type = "text", width = %(width)s, height = 1, properties = { markdown = "lag" } }] })
}
"""
ALARM, DASHBOARD = "aws_cloudwatch_metric_alarm.a", "aws_cloudwatch_dashboard.d"
TOPIC = "arn:aws:sns:us-east-1:000000000000:operators"


def _alarm(stack: Stack) -> dict[str, Any]:
    [alarm] = stack.client("cloudwatch").describe_alarms(AlarmNames=["types-lag"])["MetricAlarms"]
    return dict(alarm)


class TestMonitoring(Life):
    root = Root(BOTH, {
        "name": "types-lag", "description": "waits", "dimensions": '{ Queue = "requests", Kind = "all" }', "threshold": "300.5",
        "actions": json.dumps([TOPIC]), "width": "6",
    })  # fmt: skip
    named = {
        ALARM: {"id": "types-lag", "arn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:types-lag"},
        DASHBOARD: {"id": "types-lag"},
    }
    imported_by = {ALARM: "types-lag", DASHBOARD: "types-lag"}
    changes = {"description": "", "dimensions": "null", "threshold": "0", "actions": "[]", "width": "7"}
    updated = [ALARM, DASHBOARD]
    replaced = [({"name": "types-other"}, [ALARM, DASHBOARD])]
    drifted = {ALARM: "update", DASHBOARD: "update"}

    def applied(self, stack: Stack) -> None:
        alarm, cloudwatch = _alarm(stack), stack.client("cloudwatch")
        assert alarm["Dimensions"] == [{"Name": "Kind", "Value": "all"}, {"Name": "Queue", "Value": "requests"}]
        assert (alarm["Threshold"], alarm["TreatMissingData"], alarm["AlarmActions"]) == (300.5, "breaching", [TOPIC])
        tags = cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
        assert {tag["Key"] for tag in tags} == {"Application", "Purpose"}
        body = json.loads(cloudwatch.get_dashboard(DashboardName="types-lag")["DashboardBody"])
        assert body["widgets"][0]["width"] == 6

    def changed(self, stack: Stack) -> None:
        alarm = _alarm(stack)
        assert (alarm["Threshold"], alarm.get("Dimensions", []), alarm.get("AlarmActions", [])) == (0, [], [])

    def drift(self, stack: Stack) -> None:
        cloudwatch, alarm = stack.client("cloudwatch"), _alarm(stack)
        kept = (
            "AlarmName",
            "Namespace",
            "MetricName",
            "Statistic",
            "Period",
            "EvaluationPeriods",
            "ComparisonOperator",
        )
        cloudwatch.put_metric_alarm(**{name: alarm[name] for name in kept}, Threshold=1)
        cloudwatch.put_dashboard(DashboardName="types-lag", DashboardBody='{"widgets": []}')

    def left(self, stack: Stack) -> Iterable[Any]:
        cloudwatch = stack.client("cloudwatch")
        alarms = cloudwatch.describe_alarms(AlarmNamePrefix="types-")["MetricAlarms"]
        return [*alarms, *cloudwatch.list_dashboards(DashboardNamePrefix="types-")["DashboardEntries"]]
