"""Facts of one account as they were known at an instant, for a fold in memory: for people, who ask seldom. It reads all facts once."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from domain.case.book import FactBook
from domain.records import CorporateAction, RecordError, stored_record
from servicing_engine.store import linked
from servicing_engine.store.facts import stream_order

_OF_ACCOUNT = """
WITH named AS (
    SELECT record_type, identity FROM facts
    WHERE record_type IN ('account', 'position', 'trade', 'election', 'drawing') AND body ->> 'safekeeping_account' = ANY(%(accounts)s)
    UNION SELECT rate.record_type, rate.identity FROM facts AS rate JOIN facts AS account ON account.record_type = 'account'
        AND account.body ->> 'tax_currency' IN (rate.body ->> 'base', rate.body ->> 'quote')
    WHERE rate.record_type = 'exchange_rate' AND account.identity = ANY(%(accounts)s)
    UNION SELECT record_type, identity FROM facts
    WHERE record_type = 'transfer' AND body ->> 'from_safekeeping_account' = ANY(%(accounts)s)
)
SELECT inbox.record_id, body FROM facts JOIN inbox USING (record_type, identity, digest) WHERE facts.recorded_at <= %(at)s AND (
    (record_type, identity) IN (SELECT record_type, identity FROM named)
    OR (record_type IN ('election_release', 'advice')
        AND body ->> 'election_id' IN (SELECT identity FROM named WHERE record_type = 'election')))
"""
_EVENTS = """
SELECT DISTINCT ON (identity) body FROM standing_facts
WHERE record_type = 'corporate_action' AND recorded_at <= %(at)s AND identity IN (
    SELECT identity FROM facts WHERE record_type = 'corporate_action' AND body ->> 'isin' = ANY(%(isins)s))
ORDER BY identity, sequence DESC
"""


def book_of(cursor: Any, account: str, at: datetime) -> FactBook:
    """Return what was received of the account, and of those that transfers link to it, until `at` (aware), and the events of the securities
    that they traded, held or got.

    Every version of what the account had a part in is there: a trade that moved away has left it. Of two records that conflict the one
    that stands today is there.
    """
    book = FactBook()
    cursor.execute(_OF_ACCOUNT, {"accounts": list(linked.of_accounts(cursor, [account], "facts")), "at": at})
    rows = sorted(cursor.fetchall(), key=lambda row: stream_order(row[0]))
    for _, body in rows:
        try:
            book.add(stored_record(body), body)
        except RecordError:  # a second source or a conflict, which changes nothing
            continue
    isins = {body["isin"] for _, body in rows if body.get("isin")}
    for event, body in _events(cursor, isins, at):
        book.add(event, body)
    return book


def _events(cursor: Any, isins: Collection[str], at: datetime) -> Iterator[tuple[CorporateAction, dict[str, Any]]]:
    """Yield the version that was current of each event of these securities, and of those that they may turn into."""
    seen: set[str] = set()
    asked: set[str] = set()
    while new := set(isins) - asked:
        asked |= new
        cursor.execute(_EVENTS, {"isins": sorted(new), "at": at})
        for (body,) in cursor.fetchall():
            event = stored_record(body)
            if isinstance(event, CorporateAction) and event.identity not in seen:
                seen.add(event.identity)
                isins = {*isins, *_credited(event)}
                yield event, body


def _credited(event: CorporateAction) -> Iterator[str]:
    for option in event.options:
        yield from (
            option.isin_out,
            option.isin_intermediate,
            *(movement.isin for movement in option.securities_movements),
        )
