"""What CloudWatch Logs makes of a log line in the embedded metric format: checked by its JSON schema, then read as CloudWatch reads it."""

import json
from typing import Any

import jsonschema

UNITS = (
    "Seconds|Microseconds|Milliseconds|Bytes|Kilobytes|Megabytes|Gigabytes|Terabytes|Bits|Kilobits|Megabits|Gigabits|Terabits|Percent"
    "|Count|Bytes/Second|Kilobytes/Second|Megabytes/Second|Gigabytes/Second|Terabytes/Second|Bits/Second|Kilobits/Second"
    "|Megabits/Second|Gigabits/Second|Terabits/Second|Count/Second|None"
)
_NAME = {"type": "string", "minLength": 1, "maxLength": 1024}
_METRIC = {
    "type": "object",
    "required": ["Name"],
    "properties": {
        "Name": _NAME,
        "Unit": {"type": "string", "pattern": f"^({UNITS})$"},
        "StorageResolution": {"type": "integer"},
    },
}
_DIMENSIONS = {"type": "array", "maxItems": 30, "items": {"type": "string", "minLength": 1, "maxLength": 250}}
_DIRECTIVE = {
    "type": "object",
    "required": ["Namespace", "Dimensions", "Metrics"],
    "properties": {
        "Namespace": _NAME,
        "Dimensions": {"type": "array", "minItems": 1, "items": _DIMENSIONS},
        "Metrics": {"type": "array", "items": _METRIC},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {"type": "array", "items": _DIRECTIVE},
            },
        }
    },
}
"""The facts of the schema in CloudWatch's user guide, "Specification: Embedded metric format"."""


def metrics_of(line: str) -> tuple[str, dict[str, int]]:
    """Return the namespace and the values by metric. Raises ValidationError, and KeyError for a metric whose value is missing."""
    said: dict[str, Any] = json.loads(line)
    jsonschema.validate(said, SCHEMA)
    [directive] = said["_aws"]["CloudWatchMetrics"]
    return directive["Namespace"], {metric["Name"]: said[metric["Name"]] for metric in directive["Metrics"]}
