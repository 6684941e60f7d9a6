"""The current facts in memory: of one identity the highest sequence wins, whatever the order of arrival."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from domain.case.account_lots import effects_of, fold_account
from domain.case.event import Case
from domain.case.holder import Holder
from domain.case.standing import Report, Standing
from domain.entitlements import PlaceBalance
from domain.held import Hold
from domain.lots import Lot, LotFold, follows_elections
from domain.records import (
    Account,
    Confirmation,
    CorporateAction,
    Election,
    ElectionRelease,
    Position,
    Record,
    RecordError,
    Statement,
    Trade,
    content_digest,
    latest,
)

_Record = TypeVar("_Record", bound=Record)
_OfAccount = TypeVar("_OfAccount", Confirmation, Election, Position, Statement, Trade)


@dataclass(slots=True)
class FactBook:
    """In-memory facts by record type and identity; of events every version."""

    _facts: dict[str, dict[str, Record]] = field(default_factory=dict)
    _versions: dict[str, dict[int, CorporateAction]] = field(default_factory=dict)
    _standing: dict[tuple[str, str], Standing] = field(default_factory=dict)
    _second_sources: dict[tuple[str, str], Position] = field(default_factory=dict)

    def add(self, record: Record, normalised: Mapping[str, Any]) -> str:
        """Add the next fact of the stream and return APPLIED, DUPLICATE or STALE. Raises RecordError `conflicting_content` or
        `second_source`; nothing else is current then."""
        source = record.source if isinstance(record, Position) else ""
        report = Report("", record.record_type, record.identity, source, record.sequence, content_digest(normalised))
        outcome = self._standing.setdefault((record.record_type, record.identity), Standing()).add(report)
        if outcome.state == "HELD" and isinstance(record, Position):
            second = self._second_sources.get((record.identity, source))
            if second is None or second.sequence < record.sequence:
                self._second_sources[record.identity, source] = record
        if outcome.reason:
            raise RecordError(outcome.reason, outcome.field, outcome.detail)
        if isinstance(record, CorporateAction):
            self._versions.setdefault(record.identity, {})[record.version] = record
        if outcome.changed:
            self._facts.setdefault(record.record_type, {})[record.identity] = record
        return outcome.state

    def of_type(self, record_type: type[_Record]) -> list[_Record]:
        """Return current records of one type, by identity."""
        return sorted(self._of_type(record_type), key=lambda record: record.identity)

    def second_sources(self) -> list[Position]:
        """Return what further sources say of positions that another reports already: the highest sequence of each source."""
        return [self._second_sources[key] for key in sorted(self._second_sources)]

    def account(self, safekeeping_account: str) -> Account | None:
        """Return the account's current record."""
        account = self._facts.get(Account.record_type, {}).get(safekeeping_account)
        assert account is None or isinstance(account, Account)
        return account

    def versions(self, event_id: str) -> list[CorporateAction]:
        """Return every version of an event that was added, the lowest first."""
        return [version for _, version in sorted(self._versions[event_id].items())]

    def trades(self) -> list[Trade]:
        """Return current trades that are not cancelled, by trade id."""
        return [trade for trade in self.of_type(Trade) if trade.function != "CANC"]

    def confirmations(self, event_id: str) -> dict[tuple[str, str], list[Confirmation]]:
        """(account, option number) -> the records that say that the event paid, one for each payment."""
        found: dict[tuple[str, str], list[Confirmation]] = {}
        for confirmation in self._of_type(Confirmation):
            if confirmation.corporate_action_event_id == event_id:
                payment = confirmation.safekeeping_account, confirmation.option_number
                found.setdefault(payment, []).append(confirmation)
        return found

    def holders(self, event: CorporateAction) -> Iterator[Holder]:
        """Yield everybody who has a part in the event, by account: who held the security, elected, or trades it."""
        places = self._places(event.isin, event.entitlement_date)
        elections = by_account(
            election for election in self._of_type(Election) if election.corporate_action_event_id == event.identity
        )
        trades = by_account(trade for trade in self.trades() if trade.isin == event.isin)
        releases = list(self._of_type(ElectionRelease))
        for account in sorted({*places, *elections, *trades}):
            own = elections.get(account, ())
            named = {election.election_id for election in own}
            yield Holder(
                account,
                self.account(account),
                tuple(map(_balance, places.get(account, ()))),
                own,
                [release for release in releases if release.election_id in named] if named else (),
                trades.get(account, ()),
            )

    def _places(self, isin: str, on: date | None) -> dict[str, list[Position]]:
        """account -> each place's statement of the greatest as-of date up to `on`, by place; nothing without a day."""
        positions = (position for position in self._of_type(Position) if position.isin == isin)
        return by_account(latest(positions, on)) if on else {}

    def _of_type(self, record_type: type[_Record]) -> Iterator[_Record]:
        facts = self._facts.get(record_type.record_type, {}).values()
        return (record for record in facts if isinstance(record, record_type))


def fold_book(
    book: FactBook, cases: Sequence[Case], opening: Mapping[str, Sequence[Lot]], buyers: Iterable[str]
) -> tuple[list[LotFold], list[Hold]]:
    """Return a fold for each account that trades, has opening lots or bought by an event (`buyers`), by account; and what is held."""
    trades = {account: list[Trade]() for account in (*opening, *buyers)} | by_account(book.trades())
    shared, holds = effects_of([(case, None) for case in cases if not follows_elections(case.event)])
    elective = [
        (case, {holder.safekeeping_account: holder for holder in book.holders(case.event)})
        for case in cases
        if follows_elections(case.event)
    ]
    folds = []
    for account, own in sorted(trades.items()):
        effects, missing = effects_of([(case, holders.get(account)) for case, holders in elective], account)
        folds.append(fold_account(book.account(account), own, [*shared, *effects], opening.get(account, ())))
        holds += [*missing, *folds[-1].holds]
    return folds, holds


def by_account(records: Iterable[_OfAccount]) -> dict[str, list[_OfAccount]]:
    """Return the records by account, each account's in the order given."""
    grouped: dict[str, list[_OfAccount]] = {}
    for record in records:
        grouped.setdefault(record.safekeeping_account, []).append(record)
    return grouped


def _balance(stated: Position) -> PlaceBalance:
    return PlaceBalance(
        stated.safekeeping_place, stated.as_of_date, stated.settled_quantity, stated.source, stated.sequence
    )
