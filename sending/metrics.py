"""Metrics in CloudWatch's embedded metric format: a JSON log line that says which of its members are metrics."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def embedded(namespace: str, metrics: Mapping[str, tuple[int, str]], at: datetime) -> dict[str, Any]:
    """Return the members that a JSON log line needs for CloudWatch Logs to make metrics of it.

    `metrics`: name -> (value, unit such as Count or Seconds). They have no dimensions: the namespace is the system's name.
    Source: CloudWatch user guide, "Specification: Embedded metric format".
    """
    definitions = [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()]
    directive = {"Namespace": namespace, "Dimensions": [[]], "Metrics": definitions}
    milliseconds = int(at.timestamp() * 1000)
    return {
        "_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]},
        **{name: value for name, (value, _) in metrics.items()},
    }
