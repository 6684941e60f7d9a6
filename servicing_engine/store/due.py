"""Which events have to be calculated though no fact says so."""

from collections.abc import Iterable
from datetime import date
from typing import Any

FOR_WANT_OF_RULES = ("no_rate", "lots_not_adjusted", "claims_not_detected", "unprocessable")


def due_events(cursor: Any, today: date, rules_version: str) -> list[str]:
    """Return events that give something else from a day on that has come, and those with something held by other rules than these.

    Events that still have shards are on their way already.
    """
    cursor.execute(
        """SELECT e.identity FROM current_records AS e
           WHERE e.record_type = 'corporate_action' AND NOT EXISTS (SELECT 1 FROM shards WHERE corporate_action_event_id = e.identity)
             AND (e.identity IN (SELECT corporate_action_event_id FROM fold_days WHERE fold_on <= %(today)s)
                  OR EXISTS (SELECT 1 FROM held AS h WHERE h.identity = e.identity AND h.reason = ANY(%(reasons)s)
                             AND h.rules_version <> %(rules)s))
           ORDER BY e.identity""",
        {"today": today, "reasons": list(FOR_WANT_OF_RULES), "rules": rules_version},
    )
    return [event_id for (event_id,) in cursor.fetchall()]


def days_after(cursor: Any, event_id: str, today: date) -> list[date]:
    """Return the later days that are noted of an event, in order."""
    cursor.execute(
        "SELECT fold_on FROM fold_days WHERE corporate_action_event_id = %s AND fold_on > %s ORDER BY 1",
        (event_id, today),
    )
    return [day for (day,) in cursor.fetchall()]


def note_days(cursor: Any, event_id: str, days: Iterable[date]) -> None:
    """Note on which days the event has to be folded again, in place of those noted before."""
    cursor.execute("DELETE FROM fold_days WHERE corporate_action_event_id = %s", (event_id,))
    cursor.execute("INSERT INTO fold_days SELECT %s, day FROM unnest(%s::date[]) AS day", (event_id, list(days)))


def note_calculated(cursor: Any, event_id: str, version: int) -> None:
    """Note that a version was calculated for all its holders, or that the shards which do it are durable."""
    cursor.execute("INSERT INTO calculated_events VALUES (%s, %s) ON CONFLICT DO NOTHING", (event_id, version))


def forget_days(cursor: Any, event_id: str, until: date) -> None:
    """Forget the days until that one, as the event was tried then: it is due again on its next, by a fact, or by new rules."""
    cursor.execute("DELETE FROM fold_days WHERE corporate_action_event_id = %s AND fold_on <= %s", (event_id, until))
