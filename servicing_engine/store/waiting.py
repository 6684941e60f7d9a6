"""What waits and why (table `held`), and which records wait with it: their own queue-state items say HELD (ADR 5).

Whenever something is judged anew, its hold is written anew, and each record whose reason came, went or changed is enqueued: the relay
reads its state then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2.extras import execute_values

from domain.entitlements import Held
from servicing_engine.store import outbox
from servicing_engine.store.current import Scope
from servicing_engine.store.facts import Fact

_NEEDS = (
    ("account", "safekeeping_account"),
    ("corporate_action", "corporate_action_event_id"),
    ("election", "election_id"),
)
_REASONS = {"account": "unknown_account", "corporate_action": "unknown_event", "election": "unknown_election"}
_OF_THE_HOLDER = ("unknown_account", "over_instruction")
"""Reasons of an entitlement that lie with the holder; every other one lies with the event as well."""

_OWNERS = {
    "entitlement": """
        SELECT held.safekeeping_account, owner.record_id FROM held JOIN current_records AS event
            ON event.record_type = 'corporate_action' AND event.identity = held.identity
        CROSS JOIN LATERAL (
            (SELECT DISTINCT ON (safekeeping_place) record_id FROM current_positions
             WHERE isin = event.isin AND safekeeping_account = held.safekeeping_account
               AND as_of_date <= coalesce(event.body ->> 'record_date', event.body ->> 'effective_date')::date
             ORDER BY safekeeping_place, as_of_date DESC)
            UNION SELECT event.record_id WHERE NOT held.reason = ANY(%(holders_own)s)
            UNION SELECT election.record_id FROM current_records AS election
                WHERE held.reason = 'over_instruction' AND election.record_type = 'election'
                  AND election.corporate_action_event_id = held.identity
                  AND election.safekeeping_account = held.safekeeping_account
        ) AS owner
        WHERE held.kind = %(kind)s AND held.identity = %(identity)s AND held.safekeeping_account = ANY(%(accounts)s)""",
    "event": """SELECT '', record_id FROM current_records WHERE record_type = 'corporate_action' AND identity = %(identity)s""",
    "lots": """SELECT account, record_id FROM current_records, unnest(%(accounts)s) AS account
               WHERE record_type = 'corporate_action' AND identity = %(identity)s""",
    "refused": """SELECT safekeeping_account, record_id FROM current_records WHERE record_type = 'election' AND identity = %(identity)s""",
    "claims": """SELECT account, record_id FROM current_records, unnest(%(accounts)s) AS account
                 WHERE record_type = 'corporate_action' AND identity = %(identity)s""",
    "trade": """SELECT safekeeping_account, record_id FROM current_records WHERE record_type = 'trade' AND identity = %(identity)s""",
}


@dataclass(frozen=True, slots=True)
class Hold:
    """What is held of an identity and account (account empty: of the identity as a whole)."""

    identity: str
    safekeeping_account: str
    held: Held


def await_unknown(cursor: Any, facts: Sequence[Fact]) -> None:
    """Holds the records among these new ones that name an account, event or election which nobody has reported."""
    needed: dict[tuple[str, str], list[Fact]] = {}
    for fact in facts:
        for kind, field in _NEEDS:
            identity = fact.body.get(field)
            if identity and kind != fact.record.record_type:
                needed.setdefault((kind, identity), []).append(fact)
    for kind, identity in _unreported(cursor, list(needed)):
        field = dict(_NEEDS)[kind]
        detail = f"the {kind.replace('_', ' ')} {identity} has not been reported yet: send its record"
        _insert(cursor, kind, [Hold(identity, "", Held(_REASONS[kind], field, detail))])
        _own(cursor, kind, [(identity, "", fact.record_id) for fact in needed[kind, identity]])


def _unreported(cursor: Any, named: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    cursor.execute(
        """SELECT kind, identity FROM unnest(%s::text[], %s::text[]) AS named (kind, identity) WHERE NOT EXISTS
           (SELECT 1 FROM current_records AS c WHERE c.record_type = named.kind AND c.identity = named.identity) ORDER BY 1, 2""",
        ([kind for kind, _ in named], [identity for _, identity in named]),
    )
    return [(kind, identity) for kind, identity in cursor.fetchall()]


def arrived(cursor: Any, facts: Sequence[Fact]) -> None:
    """Releases the records that waited for the accounts, events or elections among these new ones."""
    named = [(fact.record.record_type, fact.record.identity) for fact in facts if fact.record.record_type in _REASONS]
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


def held_accounts(cursor: Any, event_id: str, scope: Scope, kind: str = "entitlement") -> set[str]:
    """Accounts of which the event's entitlement is held, or its claims."""
    cursor.execute(
        f"""SELECT safekeeping_account FROM held WHERE kind = %(kind)s AND identity = %(event)s AND {scope.sql}""",
        {"kind": kind, "event": event_id, **scope.values},
    )
    return {account for (account,) in cursor.fetchall()}


def rejudge(
    cursor: Any,
    kinds: Sequence[str],
    identity: str,
    accounts: Sequence[str],
    holds: Sequence[tuple[str, Hold]],
    rules_version: str = "",
) -> None:
    """Replaces what was held of these kinds, identity (empty: every one) and accounts by `holds` (kind, hold)."""
    scope = {"kinds": list(kinds), "identity": identity, "accounts": list(accounts)}
    before = _said(cursor, scope)
    if not before and not holds:
        return
    cursor.execute(f"DELETE FROM held WHERE {_SCOPE}", scope)
    for kind in dict.fromkeys(kind for kind, _ in holds):
        of_kind = [hold for each, hold in holds if each == kind]
        _insert(cursor, kind, of_kind, rules_version)
        for each in dict.fromkeys(hold.identity for hold in of_kind):
            held = [hold.safekeeping_account for hold in of_kind if hold.identity == each]
            values = {"kind": kind, "identity": each, "accounts": held, "holders_own": list(_OF_THE_HOLDER)}
            cursor.execute(_OWNERS[kind], values)
            _own(cursor, kind, [(each, account, record_id) for account, record_id in cursor.fetchall()])
    changed = {record_id for record_id, *_ in before ^ _said(cursor, scope) if record_id}
    outbox.enqueue(cursor, (("record", record_id, {}) for record_id in sorted(changed)))


_SCOPE = """kind = ANY(%(kinds)s) AND (%(identity)s = '' OR identity = %(identity)s) AND safekeeping_account = ANY(%(accounts)s)"""


def _said(cursor: Any, scope: Mapping[str, Any]) -> set[tuple[str | None, str, str]]:
    """(record, reason, detail) of all that is held there; a hold without a record has None."""
    cursor.execute(
        f"""SELECT record_id, reason, detail FROM held LEFT JOIN held_records USING (kind, identity, safekeeping_account)
            WHERE {_SCOPE}""",
        scope,
    )
    return set(cursor.fetchall())


def _insert(cursor: Any, kind: str, holds: Sequence[Hold], rules_version: str = "") -> None:
    execute_values(
        cursor,
        """INSERT INTO held (kind, identity, safekeeping_account, reason, field, detail, rules_version) VALUES %s
           ON CONFLICT (kind, identity, safekeeping_account) DO UPDATE SET reason = excluded.reason,
           field = excluded.field, detail = excluded.detail, rules_version = excluded.rules_version""",
        [
            (
                kind,
                each.identity,
                each.safekeeping_account,
                each.held.reason,
                each.held.field,
                each.held.detail,
                rules_version,
            )
            for each in holds
        ],
        page_size=500,
    )


def _own(cursor: Any, kind: str, owners: Sequence[tuple[str, str, str]]) -> None:
    if owners:
        execute_values(
            cursor,
            """INSERT INTO held_records (kind, identity, safekeeping_account, record_id) VALUES %s ON CONFLICT DO NOTHING""",
            [(kind, *each) for each in owners],
            page_size=500,
        )
