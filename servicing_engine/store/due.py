"""Which events have to be calculated though no fact says so."""

from datetime import date
from typing import Any

FOR_WANT_OF_RULES = ("no_rate", "lots_not_adjusted", "claims_not_detected", "unprocessable")


def due_events(cursor: Any, today: date, rules_version: str) -> list[str]:
    """Events that have become due and were never calculated, and those with something held by other rules than these.

    Events that still have shards are on their way already.
    """
    cursor.execute(
        """SELECT e.identity FROM current_records AS e
           WHERE e.record_type = 'corporate_action' AND e.body ->> 'function' IN ('NEWM', 'REPL')
             AND coalesce(e.body ->> 'record_date', e.body ->> 'effective_date') < %(today)s
             AND NOT EXISTS (SELECT 1 FROM shards WHERE corporate_action_event_id = e.identity)
             AND (NOT EXISTS (SELECT 1 FROM calculated_events AS c
                              WHERE c.corporate_action_event_id = e.identity AND c.version = e.sequence)
                  OR EXISTS (SELECT 1 FROM held AS h WHERE h.identity = e.identity AND h.reason = ANY(%(reasons)s)
                             AND h.rules_version <> %(rules)s))
           ORDER BY e.identity""",
        {"today": today.isoformat(), "reasons": list(FOR_WANT_OF_RULES), "rules": rules_version},
    )
    return [event_id for (event_id,) in cursor.fetchall()]


def note_calculated(cursor: Any, event_id: str, version: int) -> None:
    """Notes that a version was calculated for all its holders, or that the shards which do it are durable."""
    cursor.execute("INSERT INTO calculated_events VALUES (%s, %s) ON CONFLICT DO NOTHING", (event_id, version))


def note_current_calculated(cursor: Any, event_id: str) -> None:
    """Note the same of the version that is current, whatever it says: it is not due again."""
    cursor.execute(
        """INSERT INTO calculated_events SELECT identity, sequence FROM current_records
           WHERE record_type = 'corporate_action' AND identity = %s ON CONFLICT DO NOTHING""",
        (event_id,),
    )
