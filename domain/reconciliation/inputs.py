"""The inputs of a report: how many of each kind, their digests and versions, and a run id that only they determine."""

from collections.abc import Mapping
from typing import Any

from domain.numbers.exact import plain
from domain.reconciliation.facts import AccountFacts, PendingTrade
from domain.records import Confirmation, Position, Statement, content_digest

Lines = Mapping[str, Mapping[str, str]]
"""Kind -> key -> the line that its digest is taken of."""


def input_lines(facts: AccountFacts) -> Lines:
    """Every input of the report, once."""
    return {
        "positions": {each.identity: _position(each) for each in facts.positions},
        "second_sources": {f"{each.identity}/{each.source}": _position(each) for each in facts.second_sources},
        "statements": {each.identity: _statement(each) for each in facts.statements},
        "confirmations": {each.identity: _confirmation(each) for each in facts.confirmations},
        "entitlements": {each.key: repr(each) for each in facts.entitlements},
        "calculated_events": {each.key: f"{each.key}/{each.entitlement_date}" for each in facts.calculated_events},
        "open_lots": {isin: f"{isin}:{plain(quantity)}" for isin, quantity in (facts.open_lots or {}).items()},
        "trades": {each.trade_id: _trade(each) for each in facts.trades},
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
    sources: dict[str, int] = {}
    for each in facts.positions:
        sources[each.source] = max(each.sequence, sources.get(each.source, 0))
    return {
        "entitlements": {each.key: each.versions for each in facts.entitlements},
        "positions": sources,
        "market_calendars": calendars_version,
    }


def run_id(parts: Mapping[str, Any]) -> str:
    """A digest of what the report was made from: the same inputs give the same run id, whenever it runs."""
    return content_digest(parts)[:32]


def _position(each: Position) -> str:
    quantities = (
        each.settled_quantity,
        each.pending_receipt_quantity,
        each.pending_delivery_quantity,
        each.on_loan_quantity,
        each.borrowed_quantity,
    )
    return f"{each.identity}:{each.sequence}:{each.source}:{':'.join(map(plain, quantities))}"


def _statement(each: Statement) -> str:
    quantities = (each.aggregate, each.available, each.not_available)
    return f"{each.identity}:{each.sequence}:{each.source}:{':'.join(map(plain, quantities))}"


def _confirmation(each: Confirmation) -> str:
    numbers = (each.posting_amount, each.posting_quantity, each.withholding_tax_rate)
    said = (each.sequence, each.posting_date, each.currency, each.isin, each.version)
    shown = ["" if number is None else plain(number) for number in numbers]
    return ":".join([each.identity, *map(str, said), *shown])


def _trade(each: PendingTrade) -> str:
    return f"{each.trade_id}:{each.isin}:{each.trade_date}:{each.settlement_date}:{plain(each.quantity)}"
