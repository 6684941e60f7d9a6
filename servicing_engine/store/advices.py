"""What servicers say of events and of instructions: shown with the event, and with the election's own queue-state item."""

from collections.abc import Sequence
from typing import Any

from domain.records import Advice
from domain.records.advice import told_of
from servicing_engine.store import outbox
from servicing_engine.store.current import read

MOST_TOLD = 20
"""Advices that an event's item names, the newest ones: its size is bounded (DynamoDB: 400 KB)."""


def publish(cursor: Any, advice: Advice) -> None:
    """Enqueue what shows the advice, if it is known: the instruction's record, else the event."""
    if advice.election_id:
        cursor.execute(
            "SELECT record_id FROM current_records WHERE record_type = 'election' AND identity = %s",
            (advice.election_id,),
        )
        outbox.enqueue(cursor, [("record", record_id, {}) for (record_id,) in cursor.fetchall()])
        return
    cursor.execute(
        "SELECT 1 FROM current_records WHERE record_type = 'corporate_action' AND identity = %s",
        (advice.corporate_action_event_id,),
    )
    if cursor.fetchone():
        outbox.enqueue(cursor, [("corporate_action", advice.corporate_action_event_id, {})])


def of_event(cursor: Any, event_id: str) -> list[dict[str, Any]]:
    """Return the newest advices of an event as JSON, without those of instructions, and without accounts: everybody may see them."""
    cursor.execute(
        """SELECT body FROM current_records WHERE record_type = 'advice' AND corporate_action_event_id = %s
           AND NOT body ? 'election_id' ORDER BY sequence DESC, identity LIMIT %s""",
        (event_id, MOST_TOLD),
    )
    told = [told_of(advice) for advice in read(Advice, (body for (body,) in cursor.fetchall()))]
    return [{name: value for name, value in advice.items() if name != "safekeeping_account"} for advice in told]


def of_records(cursor: Any, record_ids: Sequence[str]) -> dict[str, str]:
    """Return what was said of each election among these current records, by record id."""
    cursor.execute(
        """SELECT inbox.record_id, advice.body FROM inbox
           JOIN current_records AS election USING (record_type, identity, record_id)
           JOIN current_records AS advice ON advice.record_type = 'advice' AND advice.body ->> 'election_id' = election.identity
               AND advice.corporate_action_event_id = election.corporate_action_event_id
           WHERE inbox.record_id = ANY(%s) AND inbox.record_type = 'election'""",
        (list(record_ids),),
    )
    return {record_id: advice.said for record_id, body in cursor.fetchall() for advice in read(Advice, [body])}
