"""What is held and why (table `held`), and which records are held with it: their own queue-state items say HELD (ADR 5).

Whenever something is judged anew, its hold is written anew, and each record whose reason came, went or changed is enqueued: the relay
reads its state then.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg2.extras import execute_values

from domain.held import Held, Hold, not_reported
from domain.records.references import NAMED_BY, references
from servicing_engine.store import outbox
from servicing_engine.store.facts import Fact

Key = tuple[str, ...]
"""Kind, identity, account and trade of a hold."""
_NAMED = frozenset(NAMED_BY.values())


def hold_unknown(cursor: Any, facts: Sequence[Fact]) -> None:
    """Hold the records among these new ones that name an account, event or election which nobody has reported."""
    needed: dict[tuple[str, str], list[Fact]] = {}
    named_in: dict[tuple[str, str], str] = {}
    for fact in facts:
        for kind, identity, field in references(fact.record):
            needed.setdefault((kind, identity), []).append(fact)
            named_in.setdefault((kind, identity), field)
    for kind, identity in _unreported(cursor, list(needed)):
        _insert(cursor, [Hold(kind, identity, "", not_reported(kind, identity, named_in[kind, identity]))])
        execute_values(
            cursor,
            """INSERT INTO held_records (kind, identity, safekeeping_account, record_id) VALUES %s ON CONFLICT DO NOTHING""",
            [(kind, identity, "", fact.record_id) for fact in needed[kind, identity]],
        )


def _unreported(cursor: Any, named: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    cursor.execute(
        """SELECT kind, identity FROM unnest(%s::text[], %s::text[]) AS named (kind, identity) WHERE NOT EXISTS
           (SELECT 1 FROM current_records AS c WHERE c.record_type = named.kind AND c.identity = named.identity) ORDER BY 1, 2""",
        ([kind for kind, _ in named], [identity for _, identity in named]),
    )
    return [(kind, identity) for kind, identity in cursor.fetchall()]


def release(cursor: Any, facts: Sequence[Fact]) -> None:
    """Release the records that were held for want of the accounts, events or elections among these new ones."""
    named = [(fact.record.record_type, fact.record.identity) for fact in facts if fact.record.record_type in _NAMED]
    if not named:
        return
    cursor.execute(
        """WITH released AS (
               SELECT h.kind, h.identity, r.record_id FROM unnest(%s::text[], %s::text[]) AS named (kind, identity)
               JOIN held AS h ON h.kind = named.kind AND h.identity = named.identity AND h.safekeeping_account = ''
               LEFT JOIN held_records AS r ON r.kind = h.kind AND r.identity = h.identity AND r.safekeeping_account = ''
           ), gone AS (
               DELETE FROM held USING released WHERE held.kind = released.kind AND held.identity = released.identity
           ) SELECT DISTINCT record_id FROM released WHERE record_id IS NOT NULL ORDER BY 1""",
        ([kind for kind, _ in named], [identity for _, identity in named]),
    )
    outbox.enqueue(cursor, [("record", record_id, {}) for (record_id,) in cursor.fetchall()])


def replace(
    cursor: Any,
    kinds: Sequence[str],
    accounts: Sequence[str],
    holds: Sequence[Hold],
    rules_version: str = "",
    *,
    identities: Sequence[str] = (),
) -> bool:
    """Replace what was held of these kinds, accounts and identities (none named: every one) by `holds`; return True if a record's reason
    changed."""
    scope = {"kinds": list(kinds), "identities": list(identities), "accounts": list(accounts)}
    before = _said(cursor, scope)
    if not before and not holds:
        return False
    cursor.execute(f"DELETE FROM held WHERE {_SCOPE}", scope)
    distinct = list(_by_key(holds).values())
    _insert(cursor, distinct, rules_version)
    _own(cursor, distinct)
    changed = {record_id for record_id, *_ in before ^ _said(cursor, scope) if record_id}
    outbox.enqueue(cursor, (("record", record_id, {}) for record_id in sorted(changed)))
    return bool(changed)


def that_differ(
    cursor: Any, kinds: Sequence[str], accounts: Sequence[str], holds: Sequence[Hold], *, identities: Sequence[str] = ()
) -> Iterator[tuple[Key, Held | None, Held | None]]:
    """Yield (key, reason as it stands, as `replace` would write it) of each hold that would change; None for no hold."""
    cursor.execute(
        f"SELECT kind, identity, safekeeping_account, trade_id, reason, field, detail FROM held WHERE {_SCOPE}",
        {"kinds": list(kinds), "identities": list(identities), "accounts": list(accounts)},
    )
    was: dict[Key, Held] = {tuple(row[:4]): Held(*row[4:]) for row in cursor.fetchall()}
    becomes = {key: hold.held for key, hold in _by_key(holds).items()}
    for key in sorted({*was, *becomes}):
        if was.get(key) != becomes.get(key):
            yield key, was.get(key), becomes.get(key)


def _by_key(holds: Sequence[Hold]) -> dict[Key, Hold]:
    """Return the first hold of each key."""
    return {(hold.kind, hold.identity, hold.account, hold.trade): hold for hold in reversed(holds)}


def count(cursor: Any) -> int:
    """Return how many facts are held: trades, events, and accounts of an event that wait for another fact or for rules."""
    cursor.execute("SELECT count(*) FROM held")
    return int(cursor.fetchone()[0])


_SCOPE = """kind = ANY(%(kinds)s) AND (%(identities)s = '{}' OR identity = ANY(%(identities)s))
            AND safekeeping_account = ANY(%(accounts)s)"""


def _said(cursor: Any, scope: Mapping[str, Any]) -> set[tuple[str | None, str, str]]:
    """Return (record id, reason, detail) of all that is held there; the record id is None for a hold without a record."""
    cursor.execute(
        f"""SELECT record_id, reason, detail
            FROM held LEFT JOIN held_records USING (kind, identity, safekeeping_account, trade_id) WHERE {_SCOPE}""",
        scope,
    )
    return set(cursor.fetchall())


def _insert(cursor: Any, holds: Iterable[Hold], rules_version: str = "") -> None:
    execute_values(
        cursor,
        """INSERT INTO held (kind, identity, safekeeping_account, trade_id, reason, field, detail, rules_version) VALUES %s
           ON CONFLICT (kind, identity, safekeeping_account, trade_id) DO UPDATE SET reason = excluded.reason,
           field = excluded.field, detail = excluded.detail, rules_version = excluded.rules_version""",
        [
            (
                *(hold.kind, hold.identity, hold.account, hold.trade),
                *(hold.held.reason, hold.held.field, hold.held.detail, rules_version),
            )
            for hold in holds
        ],
        page_size=500,
    )


_OWN = """
INSERT INTO held_records (kind, identity, safekeeping_account, trade_id, record_id)
SELECT hold.kind, hold.identity, hold.account, hold.trade_id, coalesce(record.record_id, stated.record_id)
FROM (VALUES %s) AS hold (kind, identity, account, trade_id, record_type, record)
LEFT JOIN current_records AS record ON record.record_type = hold.record_type AND record.identity = hold.record
LEFT JOIN current_positions AS stated ON hold.record_type = 'position'
    AND (stated.safekeeping_account, stated.isin, stated.safekeeping_place, stated.as_of_date::text)
      = (split_part(hold.record, '/', 1), split_part(hold.record, '/', 2), split_part(hold.record, '/', 3), split_part(hold.record, '/', 4))
WHERE coalesce(record.record_id, stated.record_id) IS NOT NULL ON CONFLICT DO NOTHING
"""


def _own(cursor: Any, holds: Iterable[Hold]) -> None:
    """Note which records are held with the holds."""
    owned = [(hold.kind, hold.identity, hold.account, hold.trade, *record) for hold in holds for record in hold.records]
    execute_values(cursor, _OWN, owned, page_size=500)
