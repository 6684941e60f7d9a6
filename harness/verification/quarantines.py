"""Each quarantined record carries its bytes and its reason."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from harness.verification.outcomes import received_at, records_of
from harness.verification.violation import FEED, Violation


@dataclass(frozen=True)
class Quarantine:
    """What a quarantine message says: its reason, and the digest of the original's bytes or the S3 key where they are; "" where it lacks
    them."""

    reason: str
    original_digest: str = ""
    original_s3_key: str = ""


def uncarried(
    items: Mapping[str, Mapping[str, Any]],
    letters: Mapping[str, Quarantine],
    stored: Collection[str],
    sent: Mapping[str, str],
    since: datetime,
) -> Iterator[Violation]:
    """Give quarantined records, received from `since` (aware) on, whose reason or bytes are missing, or are not what was sent.

    `letters`: record id -> its message, which is on the queue or in the audit trail. `stored`: S3 keys of originals. `sent`: record id ->
    digest of what the stream accepted, for the records whose original must be equal to it.
    """
    for record_id, item in records_of(items).items():
        if item.get("state") != "QUARANTINED" or received_at(item) < since:
            continue
        if not item.get("reason"):
            yield Violation(record_id, "queue-state says QUARANTINED without a reason", FEED)
        if lacks := _lacks(record_id, letters.get(record_id), stored, sent):
            yield Violation(record_id, lacks, FEED)


def _lacks(record_id: str, letter: Quarantine | None, stored: Collection[str], sent: Mapping[str, str]) -> str:
    """Return what is wrong with the message of a record, or ""."""
    if letter is None:
        return "neither the dead-letter queue nor the audit trail of redrive has a message of it"
    if not letter.reason:
        return "its message on the dead-letter queue has no reason"
    if letter.original_s3_key:
        return "" if letter.original_s3_key in stored else f"S3 lacks its original {letter.original_s3_key}"
    if not letter.original_digest:
        return "its message on the dead-letter queue lacks the original"
    return (
        ""
        if sent.get(record_id, letter.original_digest) == letter.original_digest
        else "its original is not what was sent"
    )
