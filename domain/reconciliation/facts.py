"""What is reconciled: everything that is known of one account, on our side and on the custodians'."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from domain.reconciliation.entitlement import CalculatedEvent, CurrentEntitlement
from domain.records import Confirmation, Position, Statement

_Stated = TypeVar("_Stated", Position, Statement)
_Ordered = TypeVar("_Ordered", date, int)


@dataclass(frozen=True, slots=True)
class PendingTrade:
    """A trade, or a transfer (`kind`), that may explain a difference: our lots have it from `trade_date` on, the custodian from
    `settlement_date` on. `quantity` in units: of what comes above zero, of what goes below.
    """

    trade_id: str
    isin: str
    trade_date: date
    settlement_date: date
    quantity: Decimal
    kind: str = "trade"

    @property
    def name(self) -> str:
        """Return what a report calls it: `trade T-1`."""
        return f"{self.kind} {self.trade_id}"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """Statements and positions as custodians sent them, the others as we have them.

    `second_sources`: positions of a key that another source reports already, one for each source. `open_lots`: today's open quantity by
    ISIN, None where lots are not compared. `calculated_events` of all ISINs that the account was stated to hold. `securities`: ISINs with
    a record, None where no security record is known at all. `confirmations_expected`: False where no confirmation can be missed.
    """

    safekeeping_account: str
    positions: tuple[Position, ...] = ()
    second_sources: tuple[Position, ...] = ()
    statements: tuple[Statement, ...] = ()
    confirmations: tuple[Confirmation, ...] = ()
    entitlements: tuple[CurrentEntitlement, ...] = ()
    calculated_events: tuple[CalculatedEvent, ...] = ()
    open_lots: Mapping[str, Fraction] | None = None
    trades: tuple[PendingTrade, ...] = ()
    securities: frozenset[str] | None = None
    confirmations_expected: bool = True

    def as_of(self, day: date) -> "AccountFacts":
        """Return what could be known at the end of a day, by the facts' own dates.

        Lots are today's: they go, with their trades, where a position is later. An entitlement is known from its date on, or once it was
        paid; a confirmation without a date is known together with its entitlement.
        """
        positions = _until(self.positions, day)
        known = {
            payment.entitlement_identity for payment in self.confirmations if (payment.posting_date or date.max) <= day
        }
        known |= {self.identity(due) for due in self.entitlements if (due.entitlement_date or date.min) <= day}
        later = {self.identity(due) for due in self.entitlements} - known
        with_lots = self.open_lots is not None and len(positions) == len(self.positions)
        return replace(
            self,
            positions=positions,
            second_sources=_until(self.second_sources, day),
            statements=_until(self.statements, day),
            confirmations=tuple(
                payment
                for payment in self.confirmations
                if (payment.posting_date <= day if payment.posting_date else payment.entitlement_identity not in later)
            ),
            entitlements=tuple(due for due in self.entitlements if self.identity(due) in known),
            calculated_events=tuple(event for event in self.calculated_events if event.entitlement_date <= day),
            open_lots=self.open_lots if with_lots else None,
            trades=tuple(trade for trade in self.trades if with_lots and trade.trade_date <= day),
        )

    def trades_of(self, isin: str, pends: Callable[[PendingTrade], bool]) -> dict[str, Fraction]:
        """Return the signed units of trades and transfers of a security that pend, by name."""
        pending = (trade for trade in self.trades if trade.isin == isin and pends(trade))
        return {trade.name: Fraction(trade.quantity) for trade in pending}

    def identity(self, entitlement: CurrentEntitlement) -> str:
        """Return `event/account/option`, as a confirmation's `entitlement_identity`."""
        return f"{entitlement.corporate_action_event_id}/{self.safekeeping_account}/{entitlement.option_number}"


def greatest(pairs: Iterable[tuple[str, _Ordered]]) -> dict[str, _Ordered]:
    """Return the greatest value of each name."""
    return dict(sorted(pairs, key=lambda pair: pair[1]))


def _until(stated: Iterable[_Stated], day: date) -> tuple[_Stated, ...]:
    return tuple(line for line in stated if line.as_of_date <= day)
