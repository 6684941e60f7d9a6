"""Lots of every account of a book: the events that touch each one, by what it elected, and the fold."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.book import FactBook
from domain.book_events import BookEvents
from domain.corporate_actions import MissingTerms
from domain.elected import elect
from domain.entitlements import Held
from domain.lots import Elected, Lot, LotEffect, LotFold, fold_lots, follows_elections, lot_effects, lot_rules_of
from domain.records import CorporateAction, Trade
from domain.rules import CalendarRangeError, Rules


@dataclass(frozen=True, slots=True)
class Unadjusted:
    """An event that did not touch lots that it should; `account` is empty where that holds for all."""

    event_id: str
    account: str
    field: str
    detail: str


@dataclass(slots=True)
class AccountLots:
    """`unadjusted` fills while `folds` is read."""

    book: FactBook
    rules: Rules
    as_of: date | None
    unadjusted: dict[tuple[str, str], Unadjusted] = field(default_factory=dict)
    _eligible: dict[str, Mapping[str, Decimal]] = field(default_factory=dict)

    def folds(self, opening: Mapping[str, Sequence[Lot]], buyers: Iterable[str] = ()) -> Iterator[LotFold]:
        """A fold per account that trades, has opening lots or bought by an event (`buyers`), by account."""
        by_account: dict[str, list[Trade]] = {account: [] for account in (*opening, *buyers)}
        for trade in self.book.trades():
            by_account.setdefault(trade.safekeeping_account, []).append(trade)
        shared, elective = self._shared()
        for account, trades in sorted(by_account.items()):
            method, regime = lot_rules_of(self.book.account(account))
            effects = [*shared, *self._own(account, elective)]
            fold = fold_lots(method, trades, effects, opening.get(account, ()), regime)
            for each in fold.unadjusted:
                self._note(each.event_id, account, each.field, each.detail)
            yield fold

    def _shared(self) -> tuple[list[LotEffect], list[CorporateAction]]:
        """Effects that are the same for every account, and the events whose effect depends on elections."""
        events = [each for each in self.book.of_type(CorporateAction) if each.stands]
        effects = [each for event in events if not follows_elections(event) for each in self._effects(event)]
        return effects, [event for event in events if follows_elections(event)]

    def _own(self, account: str, events: Sequence[CorporateAction]) -> Iterator[LotEffect]:
        for event in events:
            yield from self._effects(event, account)

    def _effects(self, event: CorporateAction, account: str = "") -> Sequence[LotEffect]:
        try:
            effects = lot_effects(event, self.rules, self._elected(event, account) if account else None)
        except (Held, MissingTerms) as missing:
            self._note(event.corporate_action_event_id, account, missing.field, missing.detail)
            return ()
        except CalendarRangeError as error:
            self._note(event.corporate_action_event_id, account, "ex_date", str(error))
            return ()
        return [each for each in effects if self.as_of is None or each.on <= self.as_of]

    def _elected(self, event: CorporateAction, account: str) -> Elected | None:
        if event.identity not in self._eligible:
            on = event.entitlement_date
            self._eligible[event.identity] = self.book.eligible(event.isin, on) if on else {}
        eligible = self._eligible[event.identity].get(account)
        if not eligible:
            return None
        of_holding = BookEvents(self.book, self.rules, self.as_of).elected(event, account, eligible).of_holding
        return elect(event, self.book.account(account), account, eligible, of_holding, self.book.releases(), self.rules)

    def _note(self, event_id: str, account: str, at_fault: str, detail: str) -> None:
        self.unadjusted[event_id, account] = Unadjusted(event_id, account, at_fault, detail)
