"""The inputs of a report: how many of each kind, their digests and versions, and a run id that only they determine."""

from collections.abc import Mapping
from typing import Any

from domain.numbers.exact import plain
from domain.reconciliation.facts import AccountFacts, greatest
from domain.records import content_digest

Lines = Mapping[str, Mapping[str, str]]
"""Kind -> key -> the line that its digest is taken of."""


def input_lines(facts: AccountFacts) -> Lines:
    """Return every input of the report, once."""
    return {
        "positions": {position.identity: repr(position) for position in facts.positions},
        "second_sources": {
            f"{position.identity}/{position.source}": repr(position) for position in facts.second_sources
        },
        "statements": {statement.identity: repr(statement) for statement in facts.statements},
        "confirmations": {confirmation.identity: repr(confirmation) for confirmation in facts.confirmations},
        "entitlements": {entitlement.key: repr(entitlement) for entitlement in facts.entitlements},
        "calculated_events": {event.key: f"{event.key}/{event.entitlement_date}" for event in facts.calculated_events},
        "open_lots": {isin: f"{isin}:{plain(quantity)}" for isin, quantity in (facts.open_lots or {}).items()},
        "trades": {trade.name: repr(trade) for trade in facts.trades},
        "securities": {isin: isin for isin in facts.securities or ()},
    }


def describe(lines: Lines) -> dict[str, dict[str, Any]]:
    """Kind -> count and digest."""
    return {
        kind: {"count": len(of_kind), "digest": content_digest({kind: sorted(of_kind.values())})}
        for kind, of_kind in lines.items()
    }


def versions(facts: AccountFacts, calendars_version: str) -> dict[str, Any]:
    """Which versions were compared: of each entitlement the announcement's, the revision and the rules', of each source's positions the
    highest sequence, and the calendars that breaks are aged by (empty: weekdays)."""
    return {
        "entitlements": {entitlement.key: entitlement.versions for entitlement in facts.entitlements},
        "positions": greatest((position.source, position.sequence) for position in facts.positions),
        "market_calendars": calendars_version,
    }


def run_id(parts: Mapping[str, Any]) -> str:
    """Return a digest of what the report was made from: the same inputs give the same run id, whenever it runs."""
    return content_digest(parts)[:32]
