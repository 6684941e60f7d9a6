"""CloudWatch: alarms on one metric, and dashboards. Both are made and changed by one operation, and named in lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.values import Block

_MISSING = ("ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError")


@dataclass(frozen=True, kw_only=True)
class _Listed(Plain):
    """A type that reading or deleting names in a list of names."""

    def named(self, state: State, key: Mapping[str, str] | None = None) -> dict[str, Any]:
        named = super().named(state, key)
        return {parameter: [name] if parameter.endswith("Names") else name for parameter, name in named.items()}


@dataclass(frozen=True, kw_only=True)
class _Alarm(_Listed):
    """An alarm on one metric: its dimensions are a map here and a list in the API."""

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        given = planned.get("dimensions") or {}
        dimensions = [{"Name": name, "Value": value} for name, value in sorted(given.items())]
        return {**super().creation(aws, block, planned), "Dimensions": dimensions}

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        dimensions = {pair["Name"]: pair["Value"] for pair in resource.get("Dimensions", ())}
        return {**super().observed(aws, block, state, resource), "dimensions": dimensions or None}

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        """Put the whole alarm again: what is not sent is unset. Tags are left alone: an existing alarm takes none here."""
        aws.call(self.service, self.update, **self.creation(aws, block, {**planned, "tags_all": None}))


TYPES: dict[str, Plain] = {
    "aws_cloudwatch_dashboard": _Listed(
        service="cloudwatch", create="PutDashboard", made_at="", read="GetDashboard", update="PutDashboard", delete="DeleteDashboards",
        key={"DashboardName": "dashboard_name"}, delete_key={"DashboardNames": "dashboard_name"}, id="{dashboard_name}",
        missing=_MISSING, force_new=frozenset({"dashboard_name"}),
    ),
    "aws_cloudwatch_metric_alarm": _Alarm(
        service="cloudwatch", create="PutMetricAlarm", read="DescribeAlarms", update="PutMetricAlarm", delete="DeleteAlarms",
        key={"AlarmNames": "alarm_name"}, at="MetricAlarms[0]", id="{alarm_name}", missing=_MISSING,
        names={
            "arn": "AlarmArn", "dimensions": None, "tags": None,
            "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
        },
        force_new=frozenset({"alarm_name"}), defaults={"actions_enabled": True, "treat_missing_data": "missing"},
        unmade=frozenset({"evaluation_criteria", "evaluation_interval", "metric_query", "threshold_metric_id"}),
        tags=Tags(read="ListTagsForResource", key={"ResourceARN": "arn"}),
    ),
}  # fmt: skip
