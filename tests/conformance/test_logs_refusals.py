"""What CloudWatch Logs refuses: names and patterns that are too long, and what excludes each other."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_log_group
from tests.conformance.refusing import refusal

pytestmark = scenario(service="logs", lane="control plane", feature="error codes", aws="logs:PutMetricFilter")
INVALID = ("InvalidParameterException", 400)
LONG = "X" * 513
METRIC = {"metricNamespace": "namespace", "metricName": "metric", "metricValue": "1"}


@pytest.fixture
def group(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return a_log_group(aws, name, cleanup)


@scenario("logs.groups.too-long", feature="limits", aws="logs:CreateLogGroup")
def test_a_group_of_513_characters_is_refused(logs: Any) -> None:
    assert refusal(logs.create_log_group, logGroupName=LONG) == INVALID


@scenario("logs.groups.prefix-and-pattern", aws="logs:DescribeLogGroups")
def test_groups_are_not_described_by_prefix_and_pattern_together(logs: Any, group: str) -> None:
    asked = {"logGroupNamePattern": group, "logGroupNamePrefix": group}
    assert refusal(logs.describe_log_groups, **asked) == INVALID


WRONG_FILTERS: dict[str, dict[str, Any]] = {
    "name": {"filterName": LONG},
    "pattern": {"filterPattern": "X" * 1025},
    "two-metrics": {"metricTransformations": [METRIC, METRIC]},
}


@scenario("logs.metrics.wrong-filter", feature="metric filters")
@pytest.mark.parametrize("wrong", WRONG_FILTERS.values(), ids=WRONG_FILTERS)
def test_a_metric_filter_that_cannot_be_is_refused(logs: Any, group: str, wrong: dict[str, Any]) -> None:
    asked = {"filterName": "valid-filter", "filterPattern": "pattern", "metricTransformations": [METRIC], **wrong}
    assert refusal(logs.put_metric_filter, logGroupName=group, **asked) == INVALID


@scenario("logs.metrics.wrong-name", feature="metric filters", aws="logs:DeleteMetricFilter")
def test_a_metric_filter_of_513_characters_is_not_deleted(logs: Any, group: str) -> None:
    assert refusal(logs.delete_metric_filter, logGroupName=group, filterName=LONG) == INVALID


@scenario("logs.policies.missing", aws="logs:DeleteResourcePolicy")
def test_a_resource_policy_that_is_not_there_is_not_found(logs: Any, name: str) -> None:
    assert refusal(logs.delete_resource_policy, policyName=name) == ("ResourceNotFoundException", 400)
