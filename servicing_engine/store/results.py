"""Writing results: changes of entitlements, an account's lots, and the outbox rows that announce them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg2.extras import Json, execute_values

from domain.case.reversals import reversed_result
from domain.case.revisions import Change, Current, is_paid
from domain.entitlements import explain
from domain.lots import Lot
from domain.records import Confirmation
from domain.records.security import is_taken_back
from servicing_engine.store import current, outbox

_AMOUNTS = ("gross_amount", "withholding_tax_amount", "tax_reclaim_amount", "net_amount", "cash_in_lieu_amount")
_QUANTITIES = ("eligible_quantity", "debited_quantity", "fraction_quantity", "entitled_quantity")
_RESULT = (
    *("corporate_action_event_id", "version", "safekeeping_account", "option_number", "isin", "event_type", "isin_out"),
    *_QUANTITIES,
    *_AMOUNTS,
    *("withholding_tax_rate", "currency", "record_date", "payment_date", "rules_version"),
    # absent in the result of an earlier release, of which a reversal is written:
    *("rate_id", "rate_basis", "calculation_version"),
)
_COLUMNS = (
    *_RESULT,
    "revision",
    "status",
    "payment_status",
    "confirmed_at",
    "calculated_at",
    "calculation_key",
    "is_reversal",
    "result",
)


@dataclass(frozen=True, slots=True)
class History:
    """Of one account and event, by option: the current revision, the highest revision ever, the present confirmations and the last result
    that was confirmed, or of the version that one of them names."""

    current: dict[str, Current] = field(default_factory=dict)
    last_revisions: dict[str, int] = field(default_factory=dict)
    confirmations: dict[str, list[Confirmation]] = field(default_factory=dict)
    paid: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def confirms(self, result: Mapping[str, Any]) -> bool:
        """Return True if the confirmations say that a current or new revision was paid."""
        option = result["option_number"]
        return is_paid(self.confirmations.get(option, ()), result, self.paid.get(option))


def histories(cursor: Any, event_id: str, accounts: Sequence[str]) -> dict[str, History]:
    """Return the history of each account of a chunk, by one statement."""
    of_accounts = {account: History() for account in accounts}
    named: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    cursor.execute(
        """SELECT safekeeping_account, option_number, revision, status, payment_status, result FROM entitlements
           WHERE corporate_action_event_id = %s AND safekeeping_account = ANY(%s) AND NOT is_reversal ORDER BY revision""",
        (event_id, list(accounts)),
    )
    for account, option, revision, status, payment_status, result in cursor.fetchall():
        history, confirmed = of_accounts[account], payment_status == "CONFIRMED"
        history.last_revisions[option] = revision
        named[account, option, result["version"]] = result
        if confirmed:
            history.paid[option] = result
        if status == "CALCULATED":
            history.current[option] = Current(revision, result, confirmed)
    for confirmation in current.confirmations_of(cursor, event_id, accounts):
        account, option = confirmation.safekeeping_account, confirmation.option_number
        history = of_accounts[account]
        history.confirmations.setdefault(option, []).append(confirmation)
        paid = named.get((account, option, confirmation.version or 0))
        if paid and paid["version"] > history.paid.get(option, {"version": 0})["version"]:
            history.paid[option] = paid
    return of_accounts


def write_changes(
    cursor: Any, event_id: str, changes: Mapping[str, Sequence[Change]], before: Mapping[str, History], now: datetime
) -> None:
    """Close, reverse and open revisions of many accounts in bulk. `now` is aware UTC; `before` as `histories` gave it."""
    cursor.execute("SELECT lost_revisions()")
    lost = int(cursor.fetchone()[0])
    flat = [(account, _above(lost, change)) for account, of_account in changes.items() for change in of_account]
    closed = [
        (event_id, account, change.option_number, str(change.status), now) for account, change in flat if change.closes
    ]
    if closed:
        execute_values(
            cursor,
            """UPDATE entitlements AS e SET status = c.status, closed_at = c.closed_at
               FROM (VALUES %s) AS c (event_id, account, option_number, status, closed_at)
               WHERE e.corporate_action_event_id = c.event_id AND e.safekeeping_account = c.account
                 AND e.option_number = c.option_number AND e.status = 'CALCULATED'""",
            closed,
        )
    rows = [_reversal(change, now) for _, change in flat if change.closes and change.reverses]
    rows += [_opened(change, before[account], now) for account, change in flat if change.opens]
    _insert(cursor, rows)
    outbox.enqueue(cursor, (_announced(event_id, account, change) for account, change in flat))


def _above(lost: int, change: Change) -> Change:
    """Return the change with a revision that no database before a restore announced."""
    return replace(change, revision=change.revision + lost) if change.opens and change.revision <= lost else change


def _announced(event_id: str, account: str, change: Change) -> tuple[str, str, dict[str, Any]]:
    """Return the outbox row: an opened revision is projected and announced, a closed one that nothing follows is projected."""
    key = f"{event_id}/{account}/{change.option_number}"
    if change.opens is None:
        return "project", key, {}
    return (
        "announce",
        key,
        {
            "revision": change.revision,
            "supersedes": change.closes.revision if change.closes else None,
            "explanation": [step.to_json() for step in explain(change.opens)],
        },
    )


def _opened(change: Change, before: History, now: datetime) -> dict[str, Any]:
    assert change.opens is not None
    result = change.opens.to_json()
    paid = {"payment_status": "CONFIRMED", "confirmed_at": now} if before.confirms(result) else {}
    own = {"status": "CALCULATED", "is_reversal": False, "result": Json(result)}
    return _row(result, change.revision, now) | own | paid


def _reversal(change: Change, now: datetime) -> dict[str, Any]:
    """Return the row that takes the closed revision back in full."""
    assert change.closes is not None
    result = reversed_result(change.closes.result)
    return _row(result, change.closes.revision, now) | {
        "status": "REVERSED",
        "is_reversal": True,
        "result": Json(result),
    }


def _row(result: Mapping[str, Any], revision: int, now: datetime) -> dict[str, Any]:
    of_version = f"{result['corporate_action_event_id']}/v{result['version']}"
    key = f"calculations/{of_version}/{result['safekeeping_account']}/{result['option_number']}-r{revision}.json"
    own = {"revision": revision, "payment_status": "EXPECTED", "confirmed_at": None, "calculated_at": now}
    return {name: result.get(name) for name in _RESULT} | own | {"calculation_key": key}


def _insert(cursor: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        names = ", ".join(_COLUMNS)
        values = [tuple(row[name] for name in _COLUMNS) for row in rows]
        execute_values(cursor, f"INSERT INTO entitlements ({names}) VALUES %s", values, page_size=500)


def confirm(cursor: Any, event_id: str, account: str, option_number: str, now: datetime) -> None:
    """Mark the current revision as paid from `now` (aware UTC) on if the confirmations say so, and as expected again once reversals took
    all payments back: never by the calendar."""
    history = histories(cursor, event_id, [account])[account]
    current_revision = history.current.get(option_number)
    if current_revision is None:
        return
    paid = history.confirms(current_revision.result)
    taken_back = is_taken_back(history.confirmations.get(option_number, ()))
    if taken_back if current_revision.confirmed else paid:
        cursor.execute(
            """UPDATE entitlements SET payment_status = %s, confirmed_at = %s WHERE corporate_action_event_id = %s
               AND safekeeping_account = %s AND option_number = %s AND status = 'CALCULATED'""",
            ("CONFIRMED" if paid else "EXPECTED", now if paid else None, event_id, account, option_number),
        )
        outbox.enqueue(cursor, [("project", f"{event_id}/{account}/{option_number}", {})])


def lots_that_differ(
    cursor: Any, lots: Mapping[str, Iterable[Lot]]
) -> list[tuple[str, str, Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    """Return (account, lot id, row as it stands, row as `write_lots` would write it) of each lot that would change; None for no row."""
    folded = [lot.to_json() for of_account in lots.values() for lot in of_account]
    names = ", ".join(folded[0]) if folded else "*"  # no column of a later migration, which nobody here writes
    was, becomes = (
        f"to_jsonb({row}) || jsonb_build_object('quantity', {row}.quantity::text, 'cost_basis', {row}.cost_basis::text)"
        for row in ("was", "becomes")
    )
    cursor.execute(
        f"""SELECT safekeeping_account, lot_id, {was}, {becomes}
            FROM (SELECT {names} FROM tax_lots WHERE safekeeping_account = ANY(%s)) AS was
            FULL JOIN (SELECT {names} FROM jsonb_populate_recordset(NULL::tax_lots, %s)) AS becomes
            USING (safekeeping_account, lot_id)
            WHERE was IS DISTINCT FROM becomes ORDER BY 1, 2""",
        (list(lots), Json(folded)),
    )
    return list(cursor.fetchall())


def write_lots(cursor: Any, lots: Mapping[str, Iterable[Lot]], traded: Mapping[str, Collection[str]]) -> None:
    """Write the folded lots of a chunk of accounts: rows that differ, and none of those that vanished. A lot whose trade was corrected to
    another security vanishes from the former one.

    The outbox names the securities whose balance may differ: of those rows, and those `traded`, by account (a trade that settles later
    than it said changes what is pending, and no lot).
    """
    accounts = list(lots)
    rows = [lot.to_json() for of_account in lots.values() for lot in of_account]
    kept = [[row[name] for row in rows] for name in ("safekeeping_account", "lot_id", "isin")]
    cursor.execute(
        """DELETE FROM tax_lots WHERE safekeeping_account = ANY(%s) AND (safekeeping_account, lot_id, isin) NOT IN
           (SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])) RETURNING safekeeping_account, isin""",
        (accounts, *kept),
    )
    gone = cursor.fetchall()
    changed = [*gone, *((account, isin) for account in accounts for isin in traded.get(account, ()))]
    if rows:
        names = list(rows[0])
        values = [
            tuple(Json(row[name]) if isinstance(row[name], dict) else row[name] for name in names) for row in rows
        ]
        excluded, present = (", ".join(f"{where}.{name}" for name in names) for where in ("excluded", "tax_lots"))
        statement = f"""INSERT INTO tax_lots ({", ".join(names)}) VALUES %s ON CONFLICT (safekeeping_account, lot_id)
            DO UPDATE SET ({", ".join(names)}) = ({excluded}) WHERE ({present}) IS DISTINCT FROM ({excluded})
            RETURNING safekeeping_account, isin"""
        changed += execute_values(cursor, statement, values, page_size=500, fetch=True)
    bodies: dict[str, dict[str, set[str]]] = {}
    for name, securities in (("isins", changed), ("vanished", gone)):
        for account, isin in securities:
            bodies.setdefault(account, {"isins": set(), "vanished": set()})[name].add(isin)
    outbox.enqueue(
        cursor,
        [
            ("tax_lots", account, {name: sorted(body[name]) for name in body})
            for account, body in sorted(bodies.items())
        ],
    )
