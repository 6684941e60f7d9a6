"""What waits on a target's queues, and what is stuck: nobody works on it, and nothing will come of it unless somebody acts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deployment.access import applied_outputs, aws_environment
from harness.environment import client
from harness.failure import HarnessError
from harness.queues import counts, peek
from harness.redrive.audit import discarded
from harness.redrive.letters import BATCH, QUARANTINE, batch_keys, of_message
from harness.system import Outputs, System
from harness.targets.target import Target

IDLE_BOUND, BUSY_BOUND = timedelta(minutes=2), timedelta(minutes=15)
"""How long a record or request may be under way: while its queue holds no message, and while it does."""
UNDER_WAY = {"record": ("RECEIVED",), "request": ("RECEIVED", "CLAIMED", "FAILED")}
SHOWN = 3
QUEUES = ("entitlement_requests", "dead_letter", "notifications")
MOST_LETTERS = 1_000
_GONE = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "ResourceNotFoundException")


def backlog(target: Target) -> list[dict[str, Any]]:
    """Return a row for each queue: name, messages waiting, messages in flight; [] where the system is not applied, or only in part."""
    try:
        outputs, environment = applied_outputs(target), aws_environment(target)
        sqs = client("sqs", environment)
        return [{"queue": name, **counts(sqs, outputs[f"{name}_queue_url"])._asdict()} for name in QUEUES]
    except (HarnessError, ClientError, BotoCoreError):
        return []


def stuck(target: Target, now: datetime) -> list[str]:
    """Return a line for each kind of stuck things, with what to type; [] where nothing is stuck, or the target is not there."""
    try:
        outputs, environment = applied_outputs(target), aws_environment(target)
    except HarnessError:
        return []
    try:
        system = System(target.name, environment, outputs=Outputs(outputs, {}))
        letters = list(_letters(system))
        idle = not any(counts(system.client("sqs"), outputs["entitlement_requests_queue_url"]))
        items = list(_under_way(system, now - (IDLE_BOUND if idle else BUSY_BOUND)))
        ended = discarded(system) if items else set()
        return [*letters, *_told(item for item in items if item["id"] not in ended)]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            return [f"it cannot be told what is stuck: {error}"]
        return [
            f"what was applied is gone from the target, as after its reset: type `make apply TARGET={target.name}` ({error})"
        ]
    except HarnessError:  # an output is missing: applied in part, which `status` says
        return []
    except BotoCoreError as error:
        return [f"it cannot be told what is stuck: {error}"]


def _letters(system: System) -> Iterator[str]:
    """Give a line where more was given up than quarantined records, which are no loss."""
    with peek(system.client("sqs"), system.outputs["dead_letter_queue_url"]) as letters:
        kinds = Counter(of_message(message).kind for message in islice(letters(), MOST_LETTERS))
    least = "at least " if kinds.total() >= MOST_LETTERS else ""
    kinds[BATCH] += sum(1 for _ in batch_keys(system))
    kinds.pop(QUARANTINE, None)
    if count := kinds.total():
        what = ", ".join(f"{number} of kind {kind}" for kind, number in sorted(kinds.items()) if number)
        yield f"{least}{count} messages or batches were given up ({what}); to see them: make redrive TARGET={system.target}"


def _under_way(system: System, before: datetime) -> Iterator[dict[str, str]]:
    """Give the items of records and requests that have not moved since an instant."""
    pages = system.client("dynamodb").get_paginator("scan").paginate(
        TableName=system.outputs["queue_state_table_name"],
        FilterExpression="#state IN (:received, :claimed, :failed) AND #updated < :before",
        ProjectionExpression="id, #kind, #state, #updated, #detail",
        ExpressionAttributeNames={"#kind": "kind", "#state": "state", "#updated": "updated_at", "#detail": "detail"},
        ExpressionAttributeValues={
            ":received": {"S": "RECEIVED"}, ":claimed": {"S": "CLAIMED"}, ":failed": {"S": "FAILED"},
            ":before": {"S": before.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")},
        },
    )  # fmt: skip
    for page in pages:
        for item in page["Items"]:
            entry = {name: str(value.get("S", "")) for name, value in item.items()}
            split = entry.get("detail", "").startswith("split into")  # its parts are requests of their own
            if not split and entry["state"] in UNDER_WAY.get(entry.get("kind", ""), ()):
                yield entry


def _told(items: Iterable[dict[str, str]]) -> list[str]:
    """Return a line for each kind and state, with the oldest ids."""
    by_state: dict[tuple[str, str], list[dict[str, str]]] = {}
    for item in items:
        by_state.setdefault((item["kind"], item["state"]), []).append(item)
    lines = []
    for (kind, state), alike in sorted(by_state.items()):
        alike.sort(key=lambda item: item["updated_at"])
        ids = ", ".join(item["id"] for item in alike[:SHOWN])
        more = f" and {len(alike) - SHOWN} more" if len(alike) > SHOWN else ""
        lines.append(
            f"{len(alike)} {kind}s are {state} since {alike[0]['updated_at']}, and nobody works on them: {ids}{more}"
        )
    return lines
