"""How far the system is behind: what waits on its queues."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deployment.access import applied_outputs, aws_environment
from harness.environment import client
from harness.failure import HarnessError
from harness.queues import counts
from harness.targets.target import Target

QUEUES = ("entitlement_requests", "dead_letter", "notifications")


def backlog(target: Target) -> list[dict[str, Any]]:
    """One row a queue: name, messages waiting, messages in flight; [] where the system is not applied, or only in part."""
    try:
        outputs, environment = applied_outputs(target), aws_environment(target)
        sqs = client("sqs", environment)
        return [{"queue": name, **counts(sqs, outputs[f"{name}_queue_url"])._asdict()} for name in QUEUES]
    except (HarnessError, ClientError, BotoCoreError):
        return []
