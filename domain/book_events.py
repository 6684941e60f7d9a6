"""What the events of a book come to: entitlements with their elections parted, effects on trades, and reversals of earlier versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise, takewhile
from typing import Any

from domain.book import FactBook
from domain.entitlements import Calculation, Held, PlaceBalance, PreparedEvent, prepare_event, refusal
from domain.market_claims import PartedElections, TradeEffects, last_protected_day, part_elections, trade_effects
from domain.records import Confirmation, CorporateAction, Election, Position, Trade
from domain.reversals import reversed_result
from domain.revisions import Status, same_figures, states_amount_of
from domain.rules import Rules

Due = tuple[Calculation, ...]
Payment = tuple[str, str]
"""Account and option, of one event."""
Result = dict[str, Any]
"""`Calculation.to_json()`."""


@dataclass(frozen=True, slots=True)
class BookEvents:
    """Events of `book` under `rules`; with `as_of` only those whose record date (else effective date) is before it."""

    book: FactBook
    rules: Rules
    as_of: date | None

    def prepare(self, event: CorporateAction) -> PreparedEvent | None:
        """None where the event does not stand or is not due. Raises Held where its terms are missing."""
        if not event.stands:
            return None
        prepared = prepare_event(event, self.rules)
        on = event.entitlement_date
        assert on is not None
        return prepared if self.as_of is None or on < self.as_of else None

    def entitled(self, prepared: PreparedEvent) -> Iterator[tuple[str, Due | Held]]:
        """(account, calculations or why there are none) of every holder, by account."""
        event = prepared.event
        elections, releases = self.book.elections(event.identity), self.book.releases()
        trades = self._trades(event)
        on = event.entitlement_date
        assert on is not None
        stated = self.book.places(event.isin, on)
        for account, eligible in self.book.eligible(event.isin, on).items():
            own = elections.get(account, ())
            try:
                elected = part_elections(event, self.rules, eligible, trades.get(account, ()), own, releases)
                places = [_place(each) for each in stated[account]]
                yield (
                    account,
                    prepared.entitle(self.book.account(account), eligible, elected.of_holding, releases, places),
                )
            except Held as held:
                yield account, held

    def refused(self, event: CorporateAction) -> Iterator[tuple[Election, tuple[str, str, str]]]:
        """Elections of an event that do not count, each with (reason, field, detail)."""
        releases = self.book.releases()
        for each in (each for own in self.book.elections(event.identity).values() for each in own):
            if found := refusal(event, each, releases):
                yield each, found

    def elected(self, event: CorporateAction, account: str, eligible: Decimal) -> PartedElections:
        """One account's elections: of what it holds, and of what it waits for. Raises Held."""
        elections = self.book.elections(event.identity).get(account, ())
        trades = self._trades(event).get(account, ())
        return part_elections(event, self.rules, eligible, trades, elections, self.book.releases())

    def trade_effects(self, prepared: PreparedEvent) -> TradeEffects:
        """Claims and transformations of all trades."""
        return trade_effects(prepared, self.book.trades())

    def protections(self, event: CorporateAction) -> Iterator[tuple[str, PartedElections | Held]]:
        """(account, its elections parted or why they cannot be) of everybody who trades the event's security, by account."""
        on = event.entitlement_date
        eligible = self.book.eligible(event.isin, on) if on else {}
        for account in sorted(self._trades(event)):
            try:
                yield account, self.elected(event, account, eligible.get(account, Decimal(0)))
            except Held as held:
                yield account, held

    def reversals(self, event_id: str) -> list[dict[str, Any]]:
        """In the shape of the engine's reversal rows: the whole of each version that was cancelled or withdrawn, and what was paid of an
        earlier version that differs from the present one. A version that cannot be calculated gives none."""
        versions = self.book.versions(event_id)
        ended = [old for old, new in pairwise(versions) if not new.stands]
        taken_back = [result for old in ended for result in self._results(old).values()]
        confirmations = self.book.confirmations(event_id)
        if versions[-1].stands and confirmations:
            replaced = takewhile(lambda each: each.stands, reversed(versions[:-1]))
            taken_back += self._paid_before(versions[-1], list(replaced), confirmations)
        return [_reversal(result) for result in taken_back]

    def _paid_before(
        self,
        present: CorporateAction,
        replaced: Sequence[CorporateAction],
        confirmations: Mapping[Payment, Confirmation],
    ) -> Iterator[Result]:
        """Results that a confirmation says were paid by a version since replaced: the latest one of its amount, else the last."""
        current, before = self._results(present), [self._results(each) for each in replaced]
        for key, confirmation in sorted(confirmations.items()):
            new, earlier = current.get(key), [results[key] for results in before if key in results]
            if not earlier or (new and states_amount_of(confirmation, new)):
                continue
            paid = next((each for each in earlier if states_amount_of(confirmation, each)), earlier[0])
            if not (new and same_figures(paid, new)):
                yield paid

    def _results(self, event: CorporateAction) -> dict[Payment, Result]:
        try:
            prepared = self.prepare(event)
        except Held:
            return {}
        due = self.entitled(prepared) if prepared else ()
        each = [one for _, found in due if not isinstance(found, Held) for one in found]
        return {(one.safekeeping_account, one.option_number): one.to_json() for one in each}

    def _trades(self, event: CorporateAction) -> dict[str, Sequence[Trade]]:
        """By account, in the security of an event that protects buyers; none of another."""
        by_account: dict[str, list[Trade]] = {}
        for trade in self.book.trades() if last_protected_day(event) else ():
            if trade.isin == event.isin:
                by_account.setdefault(trade.safekeeping_account, []).append(trade)
        return dict(by_account)


def _place(stated: Position) -> PlaceBalance:
    return PlaceBalance(
        stated.safekeeping_place, stated.as_of_date, stated.settled_quantity, stated.source, stated.sequence
    )


def _reversal(result: Result) -> dict[str, Any]:
    return {
        **reversed_result(result),
        "revision": 1,
        "status": str(Status.REVERSED),
        "payment_status": "EXPECTED",
        "calculated_at": None,
        "calculation_key": None,
        "is_reversal": True,
    }
