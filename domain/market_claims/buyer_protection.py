"""Buyer protection: who bought in time but waits for delivery across the deadline of a choice still gets the option that he elects.

A matched BUY dealt by the last day to be protected (`protect_date`, else the date of the election deadline) and settled after it,
within the detection period, is protected; one opted out is not.
Source: CAJWG standards and T2S Corporate Actions Standards, "Buyer Protection".

An account elects once, for what it holds and what it waits for. Which is which: its elections fill the holding first, in the order received
(then by election_id); what exceeds the holding is for the protected trades, in the order of trade_date and trade_id, as far as they
reach. What exceeds both is an over-instruction of the holding, as ever.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from domain.corporate_actions import EVENT_TYPES
from domain.entitlements.elections import BEYOND_THE_HOLDING
from domain.market_claims.key_dates import KeyDates, is_matched, is_opted_out
from domain.numbers.exact import EXACT, plain
from domain.numbers.series import exact_sum
from domain.records import CorporateAction, Election, Trade


@dataclass(frozen=True, slots=True)
class BuyerProtection:
    """`quantity` units of a pending purchase, as they are elected (rights, where it brings some);
    `option_number` empty where the buyer elected nothing for them."""

    event: CorporateAction
    trade: Trade
    option_number: str
    quantity: Decimal

    def to_json(self) -> dict[str, Any]:
        """Decimals as exact strings; what was not elected has no option."""
        return {
            "trade_id": self.trade.trade_id,
            "corporate_action_event_id": self.event.corporate_action_event_id,
            "version": self.event.version,
            "safekeeping_account": self.trade.safekeeping_account,
            "isin": self.event.isin,
            "option_number": self.option_number or None,
            "quantity": plain(self.quantity),
        }


@dataclass(frozen=True, slots=True)
class PartedElections:
    """One account's elections of one event: those of its holding, and its protected purchases with theirs."""

    of_holding: Sequence[Election]
    protections: tuple[BuyerProtection, ...] = ()


def part_elections(
    event: CorporateAction,
    dates: KeyDates | None,
    eligible: Decimal,
    trades: Iterable[Trade],
    elections: Sequence[Election],
) -> PartedElections:
    """Return one account's elections that stand, parted. `trades` are all its own. Raises Held if a calendar is needed."""
    protected = sorted(_protected(event, dates, trades), key=lambda trade: (trade.trade_date, trade.trade_id))
    if not protected:
        return PartedElections(elections)
    units = EVENT_TYPES[event.event_type].units
    waiting = [(trade, units(event, trade.quantity)) for trade in protected]
    pending = exact_sum(quantity for _, quantity in waiting)
    of_holding, of_trades = _split(event, max(units(event, eligible), Decimal(0)), pending, elections)
    return PartedElections(of_holding, tuple(_assign(event, waiting, of_trades)))


def _protected(event: CorporateAction, dates: KeyDates | None, trades: Iterable[Trade]) -> Iterator[Trade]:
    last = last_protected_day(event)
    if last is None or dates is None:
        return
    dates = replace(dates, on=last)
    for trade in trades:
        assert trade.trade_date is not None
        bought = trade.side == "BUY" and trade.isin == event.isin and trade.trade_date <= last
        irrevocable = is_matched(trade) and not is_opted_out(trade)
        if bought and irrevocable and _entitled(dates, trade) and dates.near(trade) and dates.settles_late(trade):
            yield trade


def last_protected_day(event: CorporateAction) -> date | None:
    """Until when a purchase is protected; None for an event without a choice or without a deadline."""
    if event.mandatory_voluntary not in ("CHOS", "VOLU") or not event.stands:
        return None
    return event.protect_date or (event.deadline.date() if event.deadline else None)


def _entitled(dates: KeyDates, trade: Trade) -> bool:
    """Dealt cum; where there is no ex-date, whoever did not deal ex."""
    if dates.ex_date is None:
        return "XCPN" not in trade.trade_transaction_conditions
    return dates.dealt_cum(trade)


def _split(
    event: CorporateAction,
    eligible: Decimal,
    protected: Decimal,
    elections: Sequence[Election],
) -> tuple[list[Election], list[Election]]:
    """Elections of the holding, and of the protected quantity; one may be cut in two."""
    divisible = {option.option_number for option in event.options if option.option_type not in BEYOND_THE_HOLDING}
    of_holding, of_trades = [], []
    held, pending = eligible, protected
    for election in sorted(elections, key=_received):
        if election.option_number not in divisible:
            of_holding.append(election)
            continue
        of_trade = min(max(EXACT.subtract(election.quantity, held), Decimal(0)), pending)
        pending = EXACT.subtract(pending, of_trade)
        rest = EXACT.subtract(election.quantity, of_trade)
        held = max(EXACT.subtract(held, rest), Decimal(0))
        of_holding += [replace(election, quantity=rest)] if rest else []
        of_trades += [replace(election, quantity=of_trade)] if of_trade else []
    return of_holding, of_trades


def _received(election: Election) -> tuple[datetime, str]:
    return election.received_at or datetime.min.replace(tzinfo=UTC), election.election_id


def _assign(
    event: CorporateAction, waiting: Sequence[tuple[Trade, Decimal]], elections: Sequence[Election]
) -> Iterator[BuyerProtection]:
    """Elected quantities go to the trades in order; what nobody elected of a trade comes last, without an option."""
    left = [(election.option_number, election.quantity) for election in elections]
    for trade, quantity in waiting:
        wanted = quantity
        while wanted and left:
            option_number, offered = left.pop(0)
            taken = min(wanted, offered)
            wanted = EXACT.subtract(wanted, taken)
            if offered > taken:
                left.insert(0, (option_number, EXACT.subtract(offered, taken)))
            yield BuyerProtection(event, trade, option_number, taken)
        if wanted:
            yield BuyerProtection(event, trade, "", wanted)
