"""Lots of every account of a book: the events that touch each one, by what it elected, and the fold."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from domain.book import FactBook
from domain.book_events import BookEvents
from domain.corporate_actions import MissingTerms
from domain.entitlements import Held, quantities_by_option
from domain.lots import Elected, Lot, LotEffect, LotFold, fold_lots, follows_elections, lot_effect
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

    def folds(self, opening: Mapping[str, Sequence[Lot]]) -> Iterator[LotFold]:
        """A fold per account that trades or has opening lots, by account."""
        by_account: dict[str, list[Trade]] = {account: [] for account in opening}
        for trade in self.book.trades():
            by_account.setdefault(trade.safekeeping_account, []).append(trade)
        accounts = self.book.accounts()
        shared, elective = self._shared()
        for account, trades in sorted(by_account.items()):
            method = accounts[account].lot_method if account in accounts else "FIFO"
            effects = [*shared, *self._own(account, elective)]
            fold = fold_lots(method, trades, effects, opening.get(account, ()))
            for each in fold.unadjusted:
                self._note(each.event_id, account, each.field, each.detail)
            yield fold

    def _shared(self) -> tuple[list[LotEffect], list[CorporateAction]]:
        """Effects that are the same for every account, and the events whose effect depends on elections."""
        events = self.book.corporate_actions()
        effects = [self._effect(event) for event in events if not follows_elections(event)]
        return [each for each in effects if each], [
            event for event in events if event.stands and follows_elections(event)
        ]

    def _own(self, account: str, events: Sequence[CorporateAction]) -> Iterator[LotEffect]:
        for event in events:
            on, event_id = event.entitlement_date, event.corporate_action_event_id
            eligible = self.book.eligible(event.isin, on).get(account) if on else None
            try:
                taken = self._taken(event, account, eligible) if eligible else {}
            except Held as held:
                self._note(event_id, account, held.field, held.detail)
                continue
            effect = self._effect(event, account, Elected(eligible, taken) if eligible else None)
            if effect:
                yield effect

    def _taken(self, event: CorporateAction, account: str, eligible: Decimal) -> dict[str, Decimal]:
        of_holding = BookEvents(self.book, self.rules, self.as_of).elected(event, account, eligible).of_holding
        return quantities_by_option(event, eligible, of_holding, self.book.releases())

    def _effect(self, event: CorporateAction, account: str = "", elected: Elected | None = None) -> LotEffect | None:
        try:
            effect = lot_effect(event, self.rules, elected)
        except MissingTerms as missing:
            self._note(event.corporate_action_event_id, account, missing.field, missing.detail)
            return None
        except CalendarRangeError as error:
            self._note(event.corporate_action_event_id, account, "ex_date", str(error))
            return None
        return effect if effect and (self.as_of is None or effect.on <= self.as_of) else None

    def _note(self, event_id: str, account: str, at_fault: str, detail: str) -> None:
        self.unadjusted[event_id, account] = Unadjusted(event_id, account, at_fault, detail)
