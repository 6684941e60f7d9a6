"""Reconciliation of one account as of one date: what custodians state against what we calculated with and keep as lots.

A pure function of current state: the same state gives the same bytes, whatever the order of its parts and whenever it runs. A break
keeps its id, which is the digest of its code and key. difference = theirs - ours, in units. Codes: domain rules, "Break codes".
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.exact import plain
from domain.records import Position, content_digest

STALE_AFTER_DAYS = 5
"""Calendar days without a new statement, while another place of the account was stated later."""


@dataclass(frozen=True, slots=True)
class CurrentEntitlement:
    """What the projection says was eligible: units of `isin` on `record_date`, over all options of one event."""

    corporate_action_event_id: str
    isin: str
    record_date: date
    eligible_quantity: Decimal


@dataclass(frozen=True, slots=True)
class Balance:
    """Statements of one ISIN as of a date: settled, and what explains a difference to lots as timing or lending."""

    settled: Fraction
    pending_receipt: Fraction
    pending_delivery: Fraction
    on_loan: Fraction
    borrowed: Fraction

    @property
    def owned(self) -> Fraction:
        """What lots should add up to: settled + pending receipts - pending deliveries + on loan - borrowed."""
        return self.settled + self.pending_receipt - self.pending_delivery + self.on_loan - self.borrowed


def reconcile(
    safekeeping_account: str,
    as_of_date: date,
    positions: Sequence[Position],
    entitlements: Sequence[CurrentEntitlement],
    open_lots: Mapping[str, Fraction],
) -> dict[str, Any]:
    """The report: every compared row is in exactly one of `matched` and `breaks`, and the control totals prove it.

    `positions` are all statements of the account (later ones than `as_of_date` are left out); `entitlements` those with a record date up to
    it; `open_lots` the open quantity by ISIN.
    """
    known = [each for each in positions if each.as_of_date <= as_of_date]
    due = [each for each in entitlements if each.record_date <= as_of_date]
    rows = [*_against_entitlements(known, due), *_against_lots(known, open_lots), *_statements(known)]
    for row in rows:
        row["break_id"] = _digest(safekeeping_account, row["code"], row["key"])[:16] if row["code"] else None
    rows.sort(key=lambda row: json.dumps([row["kind"], row["key"], row]))
    breaks = [row for row in rows if row["code"]]
    return {
        "safekeeping_account": safekeeping_account,
        "as_of_date": as_of_date.isoformat(),
        "inputs": _inputs(known, due, open_lots),
        "breaks": breaks,
        "control_totals": _control_totals(rows, breaks),
    }


def _control_totals(rows: Sequence[Mapping[str, Any]], breaks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts of rows, and hash totals in units over all of them: ours + difference = theirs (an absent side counts 0)."""
    ours, theirs = (sum((Fraction(row[side] or 0) for row in rows), Fraction(0)) for side in ("ours", "theirs"))
    return {
        "compared": len(rows),
        "matched": len(rows) - len(breaks),
        "breaks": len(breaks),
        "ours": plain(ours),
        "theirs": plain(theirs),
        "difference": plain(theirs - ours),
    }


def report_bytes(report: Mapping[str, Any]) -> bytes:
    """The canonical JSON of a report: sorted keys, one trailing newline."""
    return f"{json.dumps(report, indent=1, sort_keys=True, ensure_ascii=False)}\n".encode()


def balances(positions: Iterable[Position], on: date) -> dict[str, Balance]:
    """By ISIN: the sum over places of each place's own latest statement up to a date."""
    latest: dict[tuple[str, str], Position] = {}
    for each in positions:
        key = (each.isin, each.safekeeping_place)
        if each.as_of_date <= on and (key not in latest or latest[key].as_of_date < each.as_of_date):
            latest[key] = each
    return {isin: _sum([each for each in latest.values() if each.isin == isin]) for isin, _ in latest}


def _sum(statements: Sequence[Position]) -> Balance:
    names = ("settled_quantity", "pending_receipt_quantity", "pending_delivery_quantity", "on_loan_quantity")
    sums = (
        sum((Fraction(getattr(each, name)) for each in statements), Fraction(0))
        for name in (*names, "borrowed_quantity")
    )
    return Balance(*sums)


def _against_entitlements(positions: Sequence[Position], due: Sequence[CurrentEntitlement]) -> Iterable[dict[str, Any]]:
    for each in due:
        found = balances(positions, each.record_date).get(each.isin)
        key = f"{each.corporate_action_event_id}/{each.isin}"
        ours = Fraction(each.eligible_quantity)
        if found is None:
            yield _row("entitlement", key, ours, None, "MISSING_THEIRS", "no statement up to the record date any more")
        else:
            code = "" if found.settled == ours else "QUANTITY"
            yield _row(
                "entitlement", key, ours, found.settled, code, "a statement came or changed after the calculation"
            )


def _against_lots(positions: Sequence[Position], open_lots: Mapping[str, Fraction]) -> Iterable[dict[str, Any]]:
    last = max((each.as_of_date for each in positions), default=date.min)
    stated = balances(positions, last)
    for isin in sorted({*stated, *(isin for isin, quantity in open_lots.items() if quantity)}):
        ours, found = open_lots.get(isin, Fraction(0)), stated.get(isin)
        if found is None:
            yield _row("lots", isin, ours, None, "MISSING_THEIRS", "lots are open, no custodian states the security")
        elif ours == found.settled and ours == found.owned:
            yield _row("lots", isin, ours, found.settled, "", "")
        elif ours == found.owned:
            yield _row(
                "lots", isin, ours, found.settled, "TIMING", "explained by pending, loaned or borrowed quantities"
            )
        elif not ours and found.owned:
            yield _row(
                "lots", isin, ours, found.owned, "MISSING_OURS", "a position without lots: its trades were not fed"
            )
        else:
            yield _row("lots", isin, ours, found.owned, "QUANTITY", "trades and statements differ")


def _statements(positions: Sequence[Position]) -> Iterable[dict[str, Any]]:
    """One row per place: stale where the account's newest statement is later by more than STALE_AFTER_DAYS, unless it closed at zero."""
    newest: dict[tuple[str, str], Position] = {}
    for each in positions:
        key = (each.isin, each.safekeeping_place)
        if key not in newest or newest[key].as_of_date < each.as_of_date:
            newest[key] = each
    last = max((each.as_of_date for each in newest.values()), default=date.min)
    for (isin, place), statement in sorted(newest.items(), key=lambda item: item[0]):
        day = statement.as_of_date
        stale = bool(_sum([statement]).owned) and (last - day).days > STALE_AFTER_DAYS
        cause = f"last stated {day}, the account's newest statement is of {last}" if stale else ""
        yield _row("statement", f"{isin}/{place}", None, None, "STALE_STATEMENT" if stale else "", cause)


def _row(kind: str, key: str, ours: Fraction | None, theirs: Fraction | None, code: str, cause: str) -> dict[str, Any]:
    difference = None if ours is None or theirs is None else plain(theirs - ours)
    return {
        "kind": kind,
        "key": key,
        "code": code,
        "ours": None if ours is None else plain(ours),
        "theirs": None if theirs is None else plain(theirs),
        "difference": difference,
        "likely_cause": cause if code else "",
    }


def _inputs(
    positions: Sequence[Position], due: Sequence[CurrentEntitlement], open_lots: Mapping[str, Fraction]
) -> dict[str, Any]:
    parts = {
        "positions": sorted(
            f"{each.identity}:{each.sequence}:{each.source}:{plain(each.settled_quantity)}" for each in positions
        ),
        "entitlements": sorted(
            f"{each.corporate_action_event_id}:{each.isin}:{each.record_date}:{plain(each.eligible_quantity)}"
            for each in due
        ),
        "open_lots": sorted(f"{isin}:{plain(quantity)}" for isin, quantity in open_lots.items()),
    }
    return {name: {"count": len(lines), "digest": content_digest({name: lines})} for name, lines in parts.items()}


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
