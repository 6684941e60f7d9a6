"""What a fact touches: what must be folded again because of it.

A position: its account's due events of that security; an account: its events and lots; a trade: the account's lots, and its claims on
events around its settlement; an election, drawing, release or confirmation: one event and account; a corporate action: all its holders,
and the lots and claims of those who traded its security. A trade or election that moved touches what it left as well: its versions
before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.lots import follows_elections
from domain.records import (
    Account,
    Confirmation,
    CorporateAction,
    Drawing,
    Election,
    ElectionRelease,
    Position,
    Record,
    Trade,
)
from servicing_engine.store import current, results, trade_effects
from servicing_engine.store.cases import may_concern


@dataclass(slots=True)
class Touched:
    """Whole events, (event, account) pairs, accounts' lots."""

    events: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)

    def add(self, cursor: Any, touching: Record, now: datetime) -> None:
        """Adds what a stored record touches; `now` (UTC) is when a confirmation came. Trades' claims: `add_claims`."""
        match touching:
            case CorporateAction() as event:
                self.events.add(event.identity)
            case Position() as position:
                self._add_position(cursor, position)
            case Account() as account:
                number = account.safekeeping_account
                self.pairs |= {(event_id, number) for event_id in current.events_of_account(cursor, number)}
                self.lots.add(number)
            case Trade() as trade:
                self.lots.add(trade.safekeeping_account)
            case Election() | Drawing() | Confirmation() as record:
                self.pairs.add((record.corporate_action_event_id, record.safekeeping_account))
                if isinstance(record, Election | Drawing):
                    self.lots.add(record.safekeeping_account)
                if isinstance(record, Confirmation):
                    event_id, number = record.corporate_action_event_id, record.safekeeping_account
                    results.confirm(cursor, event_id, number, record.option_number, now)
            case ElectionRelease() as release:
                for election in current.contents(cursor, [release.election_id]):
                    self.pairs.add((election.corporate_action_event_id, election.safekeeping_account))
                    self.lots.add(election.safekeeping_account)

    def add_claims(self, cursor: Any, changed: Sequence[Trade]) -> None:
        """Add the events that these trades may concern, and those that they did, with their accounts."""
        if not changed:
            return
        trade_ids = [each.trade_id for each in changed]
        events = current.events_of(cursor, sorted({each.isin for each in changed if each.isin}))
        named = trade_effects.of_trades(cursor, trade_ids)
        trade_effects.forget_trades(cursor, trade_ids)
        self.pairs |= named
        self.pairs |= {
            (event.identity, trade.safekeeping_account)
            for event in events
            for trade in changed
            if may_concern(event, trade)
        }

    def _add_position(self, cursor: Any, position: Position) -> None:
        """Due events of the security; lots too where they follow elections, as what is not elected depends on the holding."""
        dates = ((each, each.entitlement_date) for each in current.events_of(cursor, [position.isin]))
        due = [each for each, on in dates if on is None or on >= position.as_of_date]
        self.pairs |= {(each.identity, position.safekeeping_account) for each in due}
        if any(follows_elections(each) for each in due):
            self.lots.add(position.safekeeping_account)
