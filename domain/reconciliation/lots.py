"""Open lots against what custodians state that the account owns.

Lots have a trade from its trade date on and an event from its ex-date on; a statement has the one once it settled, the other once it was
paid. A difference that is exactly one of these, or several together, is TIMING, and they are named.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from itertools import product

from domain.numbers.series import sum_of
from domain.reconciliation.facts import AccountFacts
from domain.reconciliation.positions import Balance, balances
from domain.reconciliation.row import AGREED, Row, Subject

Named = Mapping[str, Fraction]
"""What is not in a statement yet, by the name of the trade or event: units, signed."""


def check_lots(facts: AccountFacts, on: date) -> Iterator[Row]:
    """Lots are today's, so they are compared with the newest positions only: `on` must not be before any position of the account.

    TIMING where pending, loaned or borrowed quantities, unsettled trades or unpaid events explain the difference, MISSING_OURS (no lots),
    MISSING_THEIRS (no statement), else QUANTITY.
    """
    if facts.open_lots is None:
        return
    stated = balances(facts.positions, on)
    newest = max((position.as_of_date for position in facts.positions), default=on)
    for isin in sorted({*stated, *(isin for isin, quantity in facts.open_lots.items() if quantity)}):
        ours, balance = facts.open_lots.get(isin, Fraction(0)), stated.get(isin)
        since = balance.newest if balance else newest
        theirs, finding = _judge(facts, isin, ours, balance, since)
        uses = [("open_lots", isin)] if isin in facts.open_lots else []
        uses += [("trades", trade.name) for trade in facts.trades if trade.isin == isin]
        uses += balance.uses if balance else []
        yield Subject(isin, uses, since, isin=isin).row("lots", (ours, theirs), finding)


def _judge(
    facts: AccountFacts, isin: str, ours: Fraction, balance: Balance | None, stated_on: date
) -> tuple[Fraction | None, tuple[str, str]]:
    settled = balance.settled if balance else None
    if balance and ours == balance.settled == balance.owned:
        return settled, AGREED
    if balance and ours == balance.owned:
        return settled, ("TIMING", "explained by pending, loaned or borrowed quantities")
    if named := _explained(facts, isin, ours, balance, stated_on):
        return settled, ("TIMING", f"explained by what is not in the statement yet: {', '.join(sorted(named))}")
    if balance is None:
        return None, ("MISSING_THEIRS", "lots are open, no custodian states the security")
    if not ours:
        return balance.owned, ("MISSING_OURS", "a position without lots: its trades were not fed")
    return balance.owned, ("QUANTITY", "trades and statements differ")


def _explained(facts: AccountFacts, isin: str, ours: Fraction, balance: Balance | None, stated_on: date) -> Named:
    """What explains the whole difference: trades not settled (of a statement that has its own pending ones, not traded) by its date, events
    not paid, or both; empty where nothing does."""
    unpaid = _unpaid(facts, isin, stated_on)
    unsettled = facts.trades_of(isin, lambda trade: trade.settlement_date > stated_on)
    later = facts.trades_of(isin, lambda trade: trade.trade_date > stated_on)
    here, whole = (balance.present, balance.owned) if balance else (Fraction(0), Fraction(0))
    for (theirs, trades), events in product(((here, unsettled), (whole, later), (whole, {})), ({}, unpaid)):
        named = {**trades, **events}
        if named and ours - sum_of(named.values()) == theirs:
            return named
    return {}


def _unpaid(facts: AccountFacts, isin: str, stated_on: date) -> Named:
    """Securities that events give and take after the statement: its date is up to the entitlement date, or before the payment."""
    named: dict[str, Fraction] = {}
    for entitlement in facts.entitlements:
        paid_later = (entitlement.payment_date or date.min) > stated_on
        if not paid_later and (entitlement.entitlement_date or date.min) < stated_on:
            continue
        name = f"event {entitlement.corporate_action_event_id}"
        taken = entitlement.debited_quantity if entitlement.isin == isin and not entitlement.in_rights else Fraction(0)
        given = entitlement.credited_of(isin)
        if given != taken:
            named[name] = named.get(name, Fraction(0)) + given - taken
    return named
