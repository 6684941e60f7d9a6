"""The ends of the functions' logs, which are in CloudWatch Logs."""

from collections.abc import Iterator
from typing import Any

from harness.deployment.access import applied_outputs, aws_environment
from harness.environment import client
from harness.failure import HarnessError
from harness.targets.target import Target


def function_lines(target: Target, lines: int) -> Iterator[tuple[str, str]]:
    """(function, line), oldest first, at most `lines` of each; nothing where nothing is applied or the target is not up."""
    try:
        functions, environment = applied_outputs(target)["function_names"], aws_environment(target)
    except HarnessError:
        return
    logs = client("logs", environment)
    for name, function in sorted(functions.items()):
        yield from ((name, text) for text in _last(logs, f"/aws/lambda/{function}", lines))


def _last(logs: Any, group: str, lines: int) -> list[str]:
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    newest = sorted(streams, key=lambda each: each.get("lastEventTimestamp", 0))[-lines:] if lines else []
    events: list[dict[str, Any]] = []
    for stream in newest:
        answer = logs.get_log_events(
            logGroupName=group, logStreamName=stream["logStreamName"], limit=lines, startFromHead=False
        )
        events += answer["events"]
    return [each["message"].rstrip() for each in sorted(events, key=lambda each: each["timestamp"])[-lines:]]
