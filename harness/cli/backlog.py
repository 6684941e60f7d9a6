"""How far the system is behind: what waits on its queues."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deployment.access import applied_outputs, aws_environment, client
from harness.failure import HarnessError
from harness.targets.target import Target

QUEUES = ("entitlement_requests", "dead_letter", "notifications")
_COUNTS = {"waiting": "ApproximateNumberOfMessages", "in_flight": "ApproximateNumberOfMessagesNotVisible"}


def backlog(target: Target) -> list[dict[str, Any]]:
    """One row a queue: name, messages waiting, messages in flight; [] where the system is not applied, or only in part."""
    try:
        outputs, environment = applied_outputs(target), aws_environment(target)
        sqs = client("sqs", environment)
        return [{"queue": name, **_counts(sqs, outputs[f"{name}_queue_url"])} for name in QUEUES]
    except (HarnessError, ClientError, BotoCoreError):
        return []


def _counts(sqs: Any, url: str) -> dict[str, int]:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_COUNTS.values()))["Attributes"]
    return {name: int(found[attribute]) for name, attribute in _COUNTS.items()}
