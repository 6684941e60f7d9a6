"""What a fact touches: what must be folded again because of it.

A position: its account's due events of that security; an account: its events and lots; a trade: the account's lots, and its claims on
events around its settlement; an election, drawing, release, advice or confirmation: one event and account; a corporate action: all its
holders, and the lots and claims of those who traded its security; a transfer: the lots of both accounts; an exchange rate: the lots that
need it. A trade, election or transfer that moved touches what it left as well: its versions before. Lots that transfers link are folded
together (`linked`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.lots import follows_elections
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
    Trade,
    Transfer,
)
from servicing_engine.store import advices, current, exchange_rates, results, trade_effects
from servicing_engine.store.cases import may_concern


@dataclass(slots=True)
class Touched:
    """Whole events, (event, account) pairs, accounts' lots, and the securities, by account, of trades and transfers."""

    events: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)
    traded: dict[str, set[str]] = field(default_factory=dict)

    def add(self, cursor: Any, touching: Record, now: datetime) -> None:
        """Add what a stored record touches; `now` (UTC) is when a confirmation came. For trades' claims use `add_claims`."""
        match touching:
            case CorporateAction() as event:
                self.events.add(event.identity)
            case Position() as position:
                self._add_position(cursor, position)
            case Account() as account:
                event_ids = current.events_of_account(cursor, account.identity)
                self.pairs |= {(event_id, account.identity) for event_id in event_ids}
                self.lots.add(account.identity)
            case Trade() | Transfer() as moved:
                self._add_moved(moved)
            case ExchangeRate() as rate:
                self.lots.update(exchange_rates.accounts_of(cursor, rate))
            case Election() | Drawing() as record:
                self.pairs.add((record.corporate_action_event_id, record.safekeeping_account))
                self.lots.add(record.safekeeping_account)
            case Confirmation() as confirmation:
                pair = confirmation.corporate_action_event_id, confirmation.safekeeping_account
                self.pairs.add(pair)
                results.confirm(cursor, *pair, confirmation.option_number, now)
            case Advice() as advice:
                advices.publish(cursor, advice)
                self._add_election(cursor, advice.election_id)
            case ElectionRelease() as release:
                self._add_election(cursor, release.election_id)

    def add_claims(self, cursor: Any, changed: Sequence[Trade]) -> None:
        """Add the events that these trades may concern, and those that they did, with their accounts."""
        if not changed:
            return
        trade_ids = [trade.trade_id for trade in changed]
        events = current.records(cursor, CorporateAction, "isin", {trade.isin for trade in changed if trade.isin})
        named = trade_effects.of_trades(cursor, trade_ids)
        trade_effects.forget_trades(cursor, trade_ids)
        self.pairs |= named
        self.pairs |= {
            (event.identity, trade.safekeeping_account)
            for event in events
            for trade in changed
            if may_concern(event, trade)
        }

    def _add_moved(self, moved: Trade | Transfer) -> None:
        """Add the lots of the accounts that a trade or transfer is about, with its security."""
        accounts = moved.accounts if isinstance(moved, Transfer) else [moved.safekeeping_account]
        self.lots.update(accounts)
        for account in accounts:
            self.traded.setdefault(account, set()).add(moved.isin)

    def _add_election(self, cursor: Any, election_id: str) -> None:
        """Add the event and account that each content of an election names."""
        for election in current.contents(cursor, [election_id]):
            self.pairs.add((election.corporate_action_event_id, election.safekeeping_account))
            self.lots.add(election.safekeeping_account)

    def _add_position(self, cursor: Any, position: Position) -> None:
        """Add due events of the security, and lots where they follow elections, as what is not elected depends on the holding."""
        dates = (
            (event, event.entitlement_date)
            for event in current.records(cursor, CorporateAction, "isin", [position.isin])
        )
        due = [event for event, on in dates if on is None or on >= position.as_of_date]
        self.pairs |= {(event.identity, position.safekeeping_account) for event in due}
        if any(follows_elections(event) for event in due):
            self.lots.add(position.safekeeping_account)
