"""The breaks of a `calculate` document: every account's report as of one date, the document's `as_of` or the newest date among its facts.

A document need not hold custodians' records, and what it leaves out is no break: lots are compared where it has positions at all, and then
for accounts that have trades or lots; a payment's confirmation is missed where the document has an `as_of` or confirms any payment.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from domain.case.book import FactBook, by_account
from domain.lots import LotFold
from domain.numbers.series import paired
from domain.reconciliation.entitlement import CalculatedEvent, CurrentEntitlement
from domain.reconciliation.facts import AccountFacts, PendingTrade
from domain.reconciliation.report import breaks_of
from domain.records import Confirmation, CorporateAction, Position, Security, Statement, Trade, Transfer
from domain.rules import Rules


def breaks_of_document(
    book: FactBook,
    rules: Rules,
    events: Sequence[CorporateAction],
    entitlements: Sequence[Mapping[str, Any]],
    folds: Sequence[LotFold],
    opening: Iterable[str],
    as_of: date | None,
) -> list[dict[str, Any]]:
    """Return breaks by account, then kind and key; each as in a report (`domain.reconciliation.report`). `events` are those that were
    calculated, `entitlements` as JSON.

    `opening`: accounts with opening lots. One that only bought by an event has lots of that alone, which say nothing of its holding.
    """
    on = as_of or _newest(book, events)
    if on is None:
        return []
    parts = _Parts(book, events, entitlements, folds, opening)
    expected = as_of is not None or bool(parts.confirmations)
    return [
        row
        for account in parts.accounts()
        for row in breaks_of(parts.of(account, expected), on, rules.market_calendars)
    ]


def _newest(book: FactBook, events: Iterable[CorporateAction]) -> date | None:
    """The newest date on which something was known to have happened: not what is only expected, as payment and settlement dates."""
    dates: list[date | None] = [position.as_of_date for position in book.of_type(Position)]
    dates += [statement.as_of_date for statement in book.of_type(Statement)]
    dates += [confirmation.posting_date for confirmation in book.of_type(Confirmation)]
    dates += [trade.trade_date for trade in book.trades()]
    dates += [transfer.transfer_date for transfer in book.transfers()]
    dates += [day for event in events for day in (event.announcement_date, event.entitlement_date)]
    return max((day for day in dates if day), default=None)


class _Parts:
    """The document's facts, to be had by account."""

    def __init__(
        self,
        book: FactBook,
        events: Sequence[CorporateAction],
        entitlements: Sequence[Mapping[str, Any]],
        folds: Sequence[LotFold],
        opening: Iterable[str],
    ) -> None:
        self.positions, self.statements = by_account(book.of_type(Position)), by_account(book.of_type(Statement))
        self.second_sources = by_account(book.second_sources())
        self.confirmations = by_account(book.of_type(Confirmation))
        self.events: dict[str, list[CalculatedEvent]] = {}
        for event in events:
            if event.entitlement_date and event.mandatory_voluntary != "VOLU":
                calculated = CalculatedEvent(event.corporate_action_event_id, event.isin, event.entitlement_date)
                self.events.setdefault(event.isin, []).append(calculated)
        self.securities = frozenset(security.isin for security in book.of_type(Security)) or None
        pending = _pending(book)
        refused = {hold.subject for fold in folds for hold in fold.holds}
        self.trades = {
            account: [trade for trade in trades if (trade.kind, trade.trade_id) not in refused]
            for account, trades in pending.items()
        }
        self.lots = _open_lots([*pending, *opening], folds)
        dates = {event.corporate_action_event_id: event.entitlement_date for event in events}
        self.entitlements: dict[str, list[CurrentEntitlement]] = {}
        for row in entitlements:
            entitlement = CurrentEntitlement.from_json(row, dates.get(row["corporate_action_event_id"]))
            self.entitlements.setdefault(row["safekeeping_account"], []).append(entitlement)

    def accounts(self) -> list[str]:
        """Accounts with anything to compare."""
        return sorted({*self.positions, *self.statements, *self.confirmations, *self.entitlements, *self.lots})

    def of(self, account: str, confirmations_expected: bool) -> AccountFacts:
        """Return what the document says of one account."""
        positions = tuple(self.positions.get(account, ()))
        isins = {position.isin for position in positions}
        return AccountFacts(
            account,
            positions=positions,
            second_sources=tuple(self.second_sources.get(account, ())),
            statements=tuple(self.statements.get(account, ())),
            confirmations=tuple(self.confirmations.get(account, ())),
            entitlements=tuple(self.entitlements.get(account, ())),
            calculated_events=tuple(event for isin in isins for event in self.events.get(isin, ())),
            open_lots=self.lots.get(account) if self.positions else None,
            trades=tuple(self.trades.get(account, ())),
            securities=self.securities,
            confirmations_expected=confirmations_expected,
        )


def _pending(book: FactBook) -> dict[str, list[PendingTrade]]:
    """Return by account its trades and, each with its sign, its transfers."""
    pending: dict[str, list[PendingTrade]] = {}
    for trade in book.trades():
        pending.setdefault(trade.safekeeping_account, []).append(_traded(trade))
    for transfer in book.transfers():
        for account, sign in paired(transfer.accounts, (-1, 1)):
            pending.setdefault(account, []).append(_transferred(transfer, sign))
    return pending


def _traded(trade: Trade) -> PendingTrade:
    assert trade.trade_date is not None
    quantity = trade.quantity if trade.side == "BUY" else -trade.quantity
    settled = trade.settlement_date or trade.trade_date
    return PendingTrade(trade.trade_id, trade.isin, trade.trade_date, settled, quantity)


def _transferred(transfer: Transfer, sign: int) -> PendingTrade:
    on = transfer.transfer_date
    assert on is not None
    return PendingTrade(transfer.transfer_id, transfer.isin, on, on, transfer.quantity * sign, kind="transfer")


def _open_lots(accounts: Iterable[str], folds: Sequence[LotFold]) -> dict[str, dict[str, Fraction]]:
    """Return account -> ISIN -> open quantity."""
    open_lots: dict[str, dict[str, Fraction]] = {account: {} for account in accounts}
    for lot in (lot for fold in folds for lot in fold.lots):
        if (of_account := open_lots.get(lot.safekeeping_account)) is not None:
            of_account[lot.isin] = of_account.get(lot.isin, Fraction(0)) + lot.quantity
    return open_lots
