"""The current facts: of one identity the highest sequence wins, whatever the order of arrival (domain rules, "Facts and their order")."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import Any

from domain.exact import EXACT
from domain.records import (
    Account,
    Confirmation,
    CorporateAction,
    Election,
    ElectionRelease,
    Position,
    Record,
    RecordError,
    Trade,
    content_digest,
)


class Outcome(StrEnum):
    """What became of a record that was added."""

    APPLIED = "APPLIED"
    DUPLICATE = "DUPLICATE"
    STALE = "STALE"


@dataclass(slots=True)
class FactBook:
    """In-memory facts by record type and identity."""

    _facts: dict[tuple[str, str], Record] = field(default_factory=dict)
    _digests: dict[tuple[str, str, int], str] = field(default_factory=dict)

    def add(self, record: Record, normalised: Mapping[str, Any]) -> Outcome:
        """Adds a fact. Raises RecordError `conflicting_content` or `second_source`; the book is then unchanged."""
        key = (record.record_type, record.identity)
        digest = content_digest(normalised)
        current = self._facts.get(key)
        if isinstance(record, Position) and isinstance(current, Position) and current.source != record.source:
            raise RecordError("second_source", "source", f"{record.identity} is reported by {current.source} already")
        known = self._digests.setdefault((*key, record.sequence), digest)
        if current is not None and known != digest:
            name = "version" if isinstance(record, CorporateAction) else "sequence"
            raise RecordError(
                "conflicting_content", name, f"{name} {record.sequence} of {record.identity} said otherwise"
            )
        if current is not None and current.sequence == record.sequence:
            return Outcome.DUPLICATE
        if current is not None and current.sequence > record.sequence:
            return Outcome.STALE
        self._facts[key] = record
        return Outcome.APPLIED

    def accounts(self) -> dict[str, Account]:
        """Current accounts by number."""
        return {each.safekeeping_account: each for each in self._facts.values() if isinstance(each, Account)}

    def corporate_actions(self) -> list[CorporateAction]:
        """Current versions, by event id."""
        found = (each for each in self._facts.values() if isinstance(each, CorporateAction))
        return sorted(found, key=lambda each: each.corporate_action_event_id)

    def trades(self) -> list[Trade]:
        """Current trades that are not cancelled, by trade id."""
        found = (each for each in self._facts.values() if isinstance(each, Trade) and each.function != "CANC")
        return sorted(found, key=lambda each: each.trade_id)

    def elections(self, event_id: str) -> dict[str, list[Election]]:
        """Current elections of one event, by account."""
        by_account: dict[str, list[Election]] = {}
        for each in self._facts.values():
            if isinstance(each, Election) and each.corporate_action_event_id == event_id:
                by_account.setdefault(each.safekeeping_account, []).append(each)
        return by_account

    def releases(self) -> list[ElectionRelease]:
        """All releases."""
        return [each for each in self._facts.values() if isinstance(each, ElectionRelease)]

    def confirmed(self, event_id: str, account: str, option_number: str) -> bool:
        """True once a confirmation record said that this payment was made."""
        return (Confirmation.record_type, f"{event_id}/{account}/{option_number}") in self._facts

    def eligible(self, isin: str, on: date) -> dict[str, Decimal]:
        """account -> sum over places of the settled quantity at each place's own greatest as-of date up to `on`."""
        return {
            account: reduce(EXACT.add, (each.settled_quantity for each in stated), Decimal(0))
            for account, stated in self.places(isin, on).items()
        }

    def places(self, isin: str, on: date) -> dict[str, list[Position]]:
        """account -> each place's statement of the greatest as-of date up to `on`, by account and place."""
        latest: dict[tuple[str, str], Position] = {}
        for position in self._positions(isin, on):
            key = (position.safekeeping_account, position.safekeeping_place)
            if key not in latest or latest[key].as_of_date < position.as_of_date:
                latest[key] = position
        places: dict[str, list[Position]] = {}
        for (account, _), position in sorted(latest.items()):
            places.setdefault(account, []).append(position)
        return places

    def _positions(self, isin: str, on: date) -> Iterable[Position]:
        for each in self._facts.values():
            if isinstance(each, Position) and each.isin == isin and each.as_of_date <= on:
                yield each
