"""`republish`: announces again what was announced, under the same notification ids, for subscribers that lost it."""

from datetime import datetime
from typing import Any

from servicing_engine.commands.publishing import publish


def republish(event_id: str | None, since: datetime | None, dry_run: bool) -> int:
    """Announce again every revision of an event, or all that was announced since an instant, and return the exit status.

    Raises UnusableError without a task's environment.
    """
    return publish("republish", lambda cursor: {"announce": announced(cursor, event_id, since)}, dry_run)


def announced(cursor: Any, event_id: str | None, since: datetime | None) -> list[tuple[str, dict[str, Any]]]:
    """Return (`event/account/option`, body) of announcements, in the order in which they were made: those that do not wait already.

    The bodies have no explanation: S3 keeps the calculation that was written before the first announcement.
    """
    cursor.execute(_ANNOUNCED, {"event_id": event_id, "since": since})
    return [(key, {"revision": revision, "supersedes": supersedes}) for key, revision, supersedes in cursor.fetchall()]


_ANNOUNCED = """
SELECT told.key, told.revision, before.revision
FROM (SELECT *, corporate_action_event_id || '/' || safekeeping_account || '/' || option_number AS key FROM announcements) AS told
JOIN entitlements AS opened USING (corporate_action_event_id, safekeeping_account, option_number, revision)
LEFT JOIN entitlements AS before ON NOT before.is_reversal AND before.closed_at = opened.calculated_at
    AND (before.corporate_action_event_id, before.safekeeping_account, before.option_number)
      = (told.corporate_action_event_id, told.safekeeping_account, told.option_number)
WHERE NOT opened.is_reversal
  AND (%(event_id)s::text IS NULL OR told.corporate_action_event_id = %(event_id)s)
  AND (%(since)s::timestamptz IS NULL OR told.announced_at >= %(since)s)
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = 'announce' AND outbox.key = told.key
                  AND (outbox.body ->> 'revision')::integer = told.revision AND published_at IS NULL AND parked IS NULL)
ORDER BY told.announced_at, told.key, told.revision
"""
