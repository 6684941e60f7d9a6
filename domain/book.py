"""The current facts: of one identity the highest sequence wins, whatever the order of arrival (domain rules, "Facts and their order")."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import reduce
from typing import Any, TypeVar

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

_Record = TypeVar("_Record", bound=Record)


class Outcome(StrEnum):
    """What became of a record that was added."""

    APPLIED = "APPLIED"
    DUPLICATE = "DUPLICATE"
    STALE = "STALE"


@dataclass(slots=True)
class FactBook:
    """In-memory facts by record type and identity; of events every version."""

    _facts: dict[str, dict[str, Record]] = field(default_factory=dict)
    _versions: dict[str, dict[int, CorporateAction]] = field(default_factory=dict)
    _digests: dict[tuple[str, str, int], str] = field(default_factory=dict)
    _second_sources: dict[tuple[str, str], Position] = field(default_factory=dict)

    def add(self, record: Record, normalised: Mapping[str, Any]) -> Outcome:
        """Adds a fact. Raises RecordError `conflicting_content` or `second_source`; the book is then unchanged."""
        key = (record.record_type, record.identity)
        digest = content_digest(normalised)
        of_type = self._facts.setdefault(record.record_type, {})
        current = of_type.get(record.identity)
        if isinstance(record, Position) and isinstance(current, Position) and current.source != record.source:
            second = self._second_sources.setdefault((record.identity, record.source), record)
            if second.sequence < record.sequence:
                self._second_sources[record.identity, record.source] = record
            raise RecordError("second_source", "source", f"{record.identity} is reported by {current.source} already")
        known = self._digests.setdefault((*key, record.sequence), digest)
        if current is not None and known != digest:
            name = "version" if isinstance(record, CorporateAction) else "sequence"
            raise RecordError(
                "conflicting_content", name, f"{name} {record.sequence} of {record.identity} said otherwise"
            )
        if isinstance(record, CorporateAction):
            self._versions.setdefault(record.identity, {})[record.version] = record
        if current is not None and current.sequence == record.sequence:
            return Outcome.DUPLICATE
        if current is not None and current.sequence > record.sequence:
            return Outcome.STALE
        of_type[record.identity] = record
        return Outcome.APPLIED

    def of_type(self, record_type: type[_Record]) -> list[_Record]:
        """Current records of one type, by identity."""
        return sorted(self._of_type(record_type), key=lambda each: each.identity)

    def second_sources(self) -> list[Position]:
        """What further sources say of positions that another reports already: the highest sequence of each source."""
        return [self._second_sources[key] for key in sorted(self._second_sources)]

    def account(self, number: str) -> Account | None:
        """The account's current record."""
        found = self._facts.get(Account.record_type, {}).get(number)
        assert found is None or isinstance(found, Account)
        return found

    def versions(self, event_id: str) -> list[CorporateAction]:
        """Every version of an event that was added, the lowest first."""
        return [version for _, version in sorted(self._versions[event_id].items())]

    def trades(self) -> list[Trade]:
        """Current trades that are not cancelled, by trade id."""
        return [each for each in self.of_type(Trade) if each.function != "CANC"]

    def elections(self, event_id: str) -> dict[str, list[Election]]:
        """Current elections of one event, by account."""
        by_account: dict[str, list[Election]] = {}
        for each in self._of_type(Election):
            if each.corporate_action_event_id == event_id:
                by_account.setdefault(each.safekeeping_account, []).append(each)
        return by_account

    def releases(self) -> list[ElectionRelease]:
        """All releases."""
        return list(self._of_type(ElectionRelease))

    def confirmations(self, event_id: str) -> dict[tuple[str, str], Confirmation]:
        """(account, option number) -> the record that said that this payment of the event was made."""
        return {
            (each.safekeeping_account, each.option_number): each
            for each in self._of_type(Confirmation)
            if each.corporate_action_event_id == event_id
        }

    def eligible(self, isin: str, on: date) -> dict[str, Decimal]:
        """account -> sum over places of the settled quantity at each place's own greatest as-of date up to `on`."""
        return {
            account: reduce(EXACT.add, (each.settled_quantity for each in stated), Decimal(0))
            for account, stated in self.places(isin, on).items()
        }

    def places(self, isin: str, on: date) -> dict[str, list[Position]]:
        """account -> each place's statement of the greatest as-of date up to `on`, by account and place."""
        latest: dict[tuple[str, str], Position] = {}
        for position in self._of_type(Position):
            if position.isin != isin or position.as_of_date > on:
                continue
            key = (position.safekeeping_account, position.safekeeping_place)
            if key not in latest or latest[key].as_of_date < position.as_of_date:
                latest[key] = position
        places: dict[str, list[Position]] = {}
        for (account, _), position in sorted(latest.items()):
            places.setdefault(account, []).append(position)
        return places

    def _of_type(self, record_type: type[_Record]) -> Iterator[_Record]:
        return (each for each in self._facts.get(record_type.record_type, {}).values() if isinstance(each, record_type))
