"""What a fact touches: what must be folded again because of it.

A position: its account's due events of that security; an account: its events and lots; a trade: the account's lots; an election, release
or confirmation: one event and account; a corporate action: all its holders, and the lots of those who traded its security.
"""

from dataclasses import dataclass, field
from typing import Any

from domain.lots import follows_elections
from domain.records import Account, Confirmation, CorporateAction, Election, ElectionRelease, Position, Trade
from servicing_engine.store import current, results
from servicing_engine.store.facts import Fact


@dataclass(slots=True)
class Touched:
    """Whole events, (event, account) pairs, accounts' lots."""

    events: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    lots: set[str] = field(default_factory=set)

    def add(self, cursor: Any, fact: Fact) -> None:
        """Adds what a stored fact touches."""
        match fact.record:
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
            case Election() | Confirmation() as record:
                self.pairs.add((record.corporate_action_event_id, record.safekeeping_account))
                if isinstance(record, Election):
                    self.lots.add(record.safekeeping_account)
                if isinstance(record, Confirmation):
                    event_id, number = record.corporate_action_event_id, record.safekeeping_account
                    results.confirm(cursor, event_id, number, record.option_number)
            case ElectionRelease() as release:
                for election in current.records(cursor, "election", "identity", [release.election_id]):
                    assert isinstance(election, Election)
                    self.pairs.add((election.corporate_action_event_id, election.safekeeping_account))
                    self.lots.add(election.safekeeping_account)

    def _add_position(self, cursor: Any, position: Position) -> None:
        """Due events of the security; lots too where they follow elections, as what is not elected depends on the holding."""
        dates = ((each, each.entitlement_date) for each in current.events_of(cursor, [position.isin]))
        due = [each for each, on in dates if on is None or on >= position.as_of_date]
        self.pairs |= {(each.identity, position.safekeeping_account) for each in due}
        if any(follows_elections(each) for each in due):
            self.lots.add(position.safekeeping_account)
