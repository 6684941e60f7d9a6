"""Which events of a security were calculated: what reconciliation needs to know that a holder has no entitlement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def of_securities(cursor: Any, event_ids: Sequence[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield (isin, event id -> entitlement date) for each security that any version of the events named.

    Events whose present version was calculated for all holders (a cancellation never is, and one with shards left is not yet) and
    entitles everyone who holds: not the voluntary ones.
    """
    if not event_ids:  # most chunks of a relay
        return
    cursor.execute(
        """WITH named AS (
               SELECT DISTINCT body ->> 'isin' AS isin FROM facts
               WHERE record_type = 'corporate_action' AND identity = ANY(%s) AND body ->> 'isin' IS NOT NULL
           ), calculated AS (
               SELECT e.isin, e.identity, coalesce(e.body ->> 'record_date', e.body ->> 'effective_date') AS entitled_on
               FROM current_records AS e JOIN calculated_events AS c
                   ON c.corporate_action_event_id = e.identity AND c.version = e.sequence
               WHERE e.record_type = 'corporate_action' AND e.body ->> 'mandatory_voluntary' <> 'VOLU'
                 AND NOT EXISTS (SELECT 1 FROM shards WHERE shards.corporate_action_event_id = e.identity)
           )
           SELECT named.isin, coalesce(jsonb_object_agg(identity, entitled_on) FILTER (WHERE identity IS NOT NULL), '{}')
           FROM named LEFT JOIN calculated USING (isin) GROUP BY named.isin ORDER BY named.isin""",
        (list(event_ids),),
    )
    yield from cursor.fetchall()
