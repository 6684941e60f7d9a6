"""The current facts in memory: of one identity the highest sequence wins, whatever the order of arrival."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from domain.case.account_lots import effects_of, part_of
from domain.case.event import Case
from domain.case.holder import Holder, held_position
from domain.case.standing import Report, Standing
from domain.entitlements import PlaceBalance
from domain.held import Held, Hold, not_reported
from domain.lots import Lot, LotEffect, LotFold, fold_accounts, follows_elections, rates_by_pair
from domain.records import (
    Account,
    Advice,
    Confirmation,
    CorporateAction,
    Drawing,
    Election,
    ElectionRelease,
    ExchangeRate,
    Position,
    Record,
    RecordError,
    Statement,
    Trade,
    Transfer,
    content_digest,
    latest,
)
from domain.records.references import references

_Record = TypeVar("_Record", bound=Record)
_OfAccount = TypeVar("_OfAccount", Confirmation, Drawing, Election, Position, Statement, Trade)


@dataclass(slots=True)
class FactBook:
    """In-memory facts by record type and identity; of events and elections every version."""

    _facts: dict[str, dict[str, Record]] = field(default_factory=dict)
    _versions: dict[tuple[str, str], dict[int, Record]] = field(default_factory=dict)
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
        if isinstance(record, CorporateAction | Election):
            self._versions.setdefault((record.record_type, record.identity), {})[record.sequence] = record
        if outcome.changed:
            self._facts.setdefault(record.record_type, {})[record.identity] = record
        return outcome.state

    def of_type(self, record_type: type[_Record]) -> list[_Record]:
        """Return current records of one type, by identity."""
        return sorted(self._of_type(record_type), key=lambda record: record.identity)

    def records(self) -> Iterator[Record]:
        """Yield all current records, by type and identity."""
        for record_type in sorted(self._facts):
            yield from (record for _, record in sorted(self._facts[record_type].items()))

    def has(self, record_type: str, identity: str) -> bool:
        """Return True if a record of that type and identity was added."""
        return identity in self._facts.get(record_type, {})

    def second_sources(self) -> list[Position]:
        """Return what further sources say of positions that another reports already: the highest sequence of each source."""
        return [self._second_sources[key] for key in sorted(self._second_sources)]

    def account(self, safekeeping_account: str) -> Account | None:
        """Return the account's current record."""
        account = self._facts.get(Account.record_type, {}).get(safekeeping_account)
        assert account is None or isinstance(account, Account)
        return account

    def versions(self, record_type: type[_Record], identity: str) -> list[_Record]:
        """Return every version of an event or election that was added, the lowest first."""
        added = sorted(self._versions[record_type.record_type, identity].items())
        return [version for _, version in added if isinstance(version, record_type)]

    def trades(self) -> list[Trade]:
        """Return current trades that are not cancelled, by trade id."""
        return [trade for trade in self.of_type(Trade) if trade.function != "CANC"]

    def transfers(self) -> list[Transfer]:
        """Return current transfers that are not cancelled, by transfer id."""
        return [transfer for transfer in self.of_type(Transfer) if transfer.function != "CANC"]

    def confirmations(self, event_id: str) -> dict[tuple[str, str], list[Confirmation]]:
        """(account, option number) -> the records that say that the event paid, one for each payment."""
        by_payment: dict[tuple[str, str], list[Confirmation]] = {}
        for confirmation in self._of_type(Confirmation):
            if confirmation.corporate_action_event_id == event_id:
                payment = confirmation.safekeeping_account, confirmation.option_number
                by_payment.setdefault(payment, []).append(confirmation)
        return by_payment

    def advices(self, event_id: str) -> list[Advice]:
        """Return what servicers say of the event and of instructions for it, by identity."""
        return [advice for advice in self.of_type(Advice) if advice.corporate_action_event_id == event_id]

    def holders(self, event: CorporateAction) -> Iterator[Holder]:
        """Yield everybody who has a part in the event, by account: who held the security, elected, trades it, or has drawings."""
        places = self._places(event.isin, event.entitlement_date)
        elections = self._elections(event)
        trades = by_account(trade for trade in self.trades() if trade.isin == event.isin)
        drawings = by_account(
            drawing for drawing in self.of_type(Drawing) if drawing.corporate_action_event_id == event.identity
        )
        releases, advices = list(self._of_type(ElectionRelease)), self.advices(event.identity)
        for account in sorted({*places, *elections, *trades, *drawings}):
            own = elections.get(account, ())
            named = {election.election_id for election in own}
            yield Holder(
                account,
                self.account(account),
                tuple(map(_balance, places.get(account, ()))),
                own,
                [release for release in releases if release.election_id in named] if named else (),
                trades.get(account, ()),
                drawings.get(account, ()),
                [advice for advice in advices if advice.election_id in named] if named else (),
            )

    def _elections(self, event: CorporateAction) -> dict[str, list[Election]]:
        """Return account -> all contents of every election that ever named it and the event."""
        elections: dict[str, list[Election]] = {}
        for election in self.of_type(Election):
            contents = self.versions(Election, election.identity)
            of_event = [content for content in contents if content.corporate_action_event_id == event.identity]
            for account in sorted({content.safekeeping_account for content in of_event}):
                elections.setdefault(account, []).extend(contents)
        return elections

    def _places(self, isin: str, on: date | None) -> dict[str, list[Position]]:
        """account -> each place's statement of the greatest as-of date up to `on`, by place; nothing without a day."""
        positions = (position for position in self._of_type(Position) if position.isin == isin)
        return by_account(latest(positions, on)) if on else {}

    def _of_type(self, record_type: type[_Record]) -> Iterator[_Record]:
        facts = self._facts.get(record_type.record_type, {}).values()
        return (record for record in facts if isinstance(record, record_type))


def refused_positions(book: FactBook) -> Iterator[Hold]:
    """Yield the hold of each position below zero of an account that is known and does not allow it."""
    for position in book.of_type(Position):
        number = position.safekeeping_account
        if hold := held_position(number, position.identity, position.settled_quantity, book.account(number)):
            yield hold


def unreported(book: FactBook) -> Iterator[tuple[Record, Held]]:
    """Yield (record, why it is held) for each account, event or election that a current record names and the book lacks."""
    for record in book.records():
        for record_type, identity, field_name in references(record):
            if not book.has(record_type, identity):
                yield record, not_reported(record_type, identity, field_name)


def fold_book(
    book: FactBook,
    cases: Sequence[Case],
    opening: Mapping[str, Sequence[Lot]],
    bought: Iterable[tuple[str, str]],
    *,
    explained: bool = False,
) -> tuple[list[LotFold], list[Hold]]:
    """Return (the fold of each account that has lots, in the order of accounts; what is held of their securities). An account has lots by
    trades, opening lots, purchases by an event, or transfers.

    bought: (account, ISIN) of what was bought by an event. `explained`: the folds remember the changes of each lot.
    """
    isins: dict[str, set[str]] = {}
    for account, isin in (*bought, *((lot.safekeeping_account, lot.isin) for lots in opening.values() for lot in lots)):
        isins.setdefault(account, set()).add(isin)
    transfers = book.transfers()
    for transfer in transfers:
        for account in transfer.accounts:
            isins.setdefault(account, set()).add(transfer.isin)
    trades = {account: list[Trade]() for account in isins} | by_account(book.trades())
    shared, waiting = effects_of([(case, None) for case in cases if not follows_elections(case.event)])
    elective = [
        (case, {holder.safekeeping_account: holder for holder in book.holders(case.event)})
        for case in cases
        if follows_elections(case.event)
    ]
    concerned = {case.event.identity: case.event.isin for case in cases}
    parts, holds, anybodys = [], list[Hold](), set[str]()
    for account, own in sorted(trades.items()):
        effects, missing = effects_of([(case, holders.get(account)) for case, holders in elective], account)
        every = [*shared, *effects]
        reached = _reached(isins.get(account, set()) | {trade.isin for trade in own}, every)
        anybodys |= reached
        parts.append(part_of(account, book.account(account), own, every, opening.get(account, ())))
        holds += (hold for hold in missing if concerned[hold.identity] in reached)
    rates = rates_by_pair(book.of_type(ExchangeRate))
    folds = list(fold_accounts(parts, transfers, rates, explained=explained).values())
    holds += (hold for fold in folds for hold in fold.holds)
    return folds, [*(hold for hold in waiting if concerned[hold.identity] in anybodys), *holds]


def _reached(isins: set[str], effects: Sequence[LotEffect]) -> set[str]:
    """Return the securities and those that events turn them into."""
    while new := {isin for effect in effects if effect.isin in isins for isin, _ in effect.credited} - isins:
        isins = isins | new
    return isins


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
