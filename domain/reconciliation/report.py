"""The report of one account and date."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from domain.reconciliation.ageing import bucket, business_days
from domain.reconciliation.confirmations import check_confirmations
from domain.reconciliation.control_totals import control_totals
from domain.reconciliation.entitlements import check_entitlements
from domain.reconciliation.facts import AccountFacts
from domain.reconciliation.holdings import check_eligible_balances, check_holdings
from domain.reconciliation.inputs import describe, input_lines, run_id, versions
from domain.reconciliation.lots import check_lots
from domain.reconciliation.positions import check_positions
from domain.reconciliation.row import Row
from domain.reconciliation.securities import check_securities
from domain.rules import MarketCalendars


def reconcile(facts: AccountFacts, as_of_date: date, calendars: MarketCalendars | None = None) -> dict[str, Any]:
    """Return the report: every comparison is matched or a break, every input in exactly one bucket, and the control totals prove it.

    `facts` are all of the account: what is later than `as_of_date` is left out. Breaks are aged by `calendars`, without them by weekdays.
    A break keeps its id: the digest of account, code and key.
    """
    known = facts.as_of(as_of_date)
    rows = _rows(known, as_of_date, calendars)
    lines = input_lines(known)
    made_from = {
        "safekeeping_account": facts.safekeeping_account,
        "as_of_date": as_of_date.isoformat(),
        "inputs": describe(lines),
        "input_versions": versions(known, calendars.version if calendars else ""),
        "confirmations_expected": known.confirmations_expected,
    }
    return {
        "run_id": run_id(made_from),
        **made_from,
        "breaks": _breaks(known, rows, as_of_date, calendars),
        "control_totals": control_totals(rows, lines),
    }


def breaks_of(facts: AccountFacts, as_of_date: date, calendars: MarketCalendars | None = None) -> list[dict[str, Any]]:
    """Return the report's breaks alone."""
    known = facts.as_of(as_of_date)
    return _breaks(known, _rows(known, as_of_date, calendars), as_of_date, calendars)


def report_bytes(report: Mapping[str, Any]) -> bytes:
    """Return the canonical JSON of a report: sorted keys, one trailing newline."""
    return f"{json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()


def _rows(facts: AccountFacts, on: date, calendars: MarketCalendars | None) -> list[Row]:
    rows = [
        *check_entitlements(facts),
        *check_positions(facts, on),
        *check_lots(facts, on),
        *check_holdings(facts),
        *check_eligible_balances(facts),
        *check_securities(facts, on),
        *check_confirmations(facts, on, calendars),
    ]
    return sorted(rows, key=lambda row: (row.kind, row.key, row.code))


def _breaks(
    facts: AccountFacts, rows: Sequence[Row], on: date, calendars: MarketCalendars | None
) -> list[dict[str, Any]]:
    return [_break(facts.safekeeping_account, row, on, calendars) for row in rows if row.code]


def _break(account: str, row: Row, on: date, calendars: MarketCalendars | None) -> dict[str, Any]:
    body = row.to_json()
    since = row.since or on
    age, calendar = business_days(calendars, body.get("isin", "")).age(since, on)
    return {
        "break_id": hashlib.sha256("\n".join((account, row.code, row.key)).encode()).hexdigest()[:16],
        "safekeeping_account": account,
        **body,
        "since": since.isoformat(),
        "age_business_days": age,
        "ageing_bucket": bucket(age),
        "ageing_calendar": calendar,
    }
