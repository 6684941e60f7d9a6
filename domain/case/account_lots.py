"""Lots of one account: what events do to them, by the account's part in each, and the fold."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from domain.case.event import Case
from domain.case.holder import Holder
from domain.case.settling import part
from domain.corporate_actions import EVENT_TYPES, LotTreatment
from domain.corporate_actions.drawing import drawn_by_option
from domain.entitlements import Calculation, quantities_by_option
from domain.held import Held, Hold, missing_terms
from domain.lots import AccountPart, Elected, Lot, LotEffect, follows_elections, lot_effects, unadjusted
from domain.records import Account, Trade

_BUYING = (LotTreatment.PURCHASE, LotTreatment.EXERCISE)


def effects_of(parts: Iterable[tuple[Case, Holder | None]], account: str = "") -> tuple[list[LotEffect], list[Hold]]:
    """Return what each event does to an account's lots by the end of the case's day, and the events that cannot say it yet.

    A part is an event with the account's holder, None if it has no part. `account` is empty for effects that every account shares.
    """
    effects: list[LotEffect] = []
    holds = []
    for case, holder in parts:
        if not case.touches_lots:
            continue  # what is missing of an event to come may still be announced before its day
        try:
            of_event = lot_effects(
                case.event, case.rules, _elected(case, holder or Holder(account)) if holder or account else None
            )
            effects += [effect for effect in of_event if case.today is None or effect.on <= case.today]
        except Held as missing:
            holds.append(unadjusted(case.event.identity, account, missing.field, missing.detail))
    return effects, holds


def part_of(
    number: str,
    account: Account | None,
    trades: Sequence[Trade],
    effects: Sequence[LotEffect],
    opening: Sequence[Lot] = (),
) -> AccountPart:
    """Return what folds the account `number` as its record says; until that is there by FIFO, without regime, shorts and tax currency."""
    if account is None:
        return AccountPart(number, "FIFO", "", trades, effects, opening)
    method, regime, shorts = account.relief_method, account.lot_regime, account.short_positions
    return AccountPart(number, method, regime, trades, effects, opening, shorts, account.tax_currency)


def _elected(case: Case, holder: Holder) -> Elected | None:
    """Return how much each option takes and buys, and what was drawn; None if lots do not depend on it. Raises Held."""
    event, eligible, account = case.event, holder.eligible, holder.safekeeping_account
    if not follows_elections(event) or event.event_type not in EVENT_TYPES:
        return None
    drawn = drawn_by_option(event, EVENT_TYPES[event.event_type], holder.drawings)
    if not eligible:
        return Elected(account, eligible, drawn=drawn)
    elections = part(case, holder).of_holding
    allocates = any(election.allocate_basis_to_rights for election in elections)
    if not EVENT_TYPES[event.event_type].buys:
        taken = quantities_by_option(event, eligible, elections)
        return Elected(account, eligible, taken, drawn, allocates=allocates)
    if case.prepared is None:
        assert case.held is not None
        raise case.held
    due = case.prepared.entitle(holder.account, eligible, elections)
    taken = {option.option_number: option.eligible_quantity for option in due}
    bought = {option.option_number: _bought(option) for option in due if option.terms.outturn.lots in _BUYING}
    return Elected(account, eligible, taken, drawn, bought, allocates)


def _bought(calculation: Calculation) -> Fraction:
    """Return the quantity, as the entitlement says. Raises Held if its cost is not said."""
    outturn, currency = calculation.terms.outturn, calculation.terms.option.currency
    if (outturn.price is None and outturn.basis_price is None) or not currency:
        detail = "what a new security cost is not said, nor what it pays in cash"
        raise missing_terms("options.subscription_price", detail)
    return calculation.disposed.credited
