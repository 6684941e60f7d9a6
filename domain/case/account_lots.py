"""Lots of one account: what events do to them, by the account's part in each, and the fold."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from domain.case.event import Case
from domain.case.hold import Hold
from domain.case.holder import Holder
from domain.case.settling import part
from domain.corporate_actions import EVENT_TYPES, LotTreatment, MissingTerms
from domain.entitlements import Calculation, Held, quantities_by_option
from domain.lots import Elected, Lot, LotEffect, LotFold, fold_lots, follows_elections, lot_effects, lot_rules_of
from domain.money import round_amount
from domain.records import Account, Trade
from domain.rules import CalendarRangeError

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
            found = lot_effects(case.event, case.rules, _elected(case, holder) if holder else None)
            effects += [effect for effect in found if case.today is None or effect.on <= case.today]
        except (Held, MissingTerms) as missing:
            holds.append(_unadjusted(case.event.identity, account, missing.field, missing.detail))
        except CalendarRangeError as error:
            holds.append(_unadjusted(case.event.identity, account, "ex_date", str(error)))
    return effects, holds


def fold_account(
    number: str,
    account: Account | None,
    trades: Iterable[Trade],
    effects: Iterable[LotEffect],
    opening: Iterable[Lot] = (),
) -> tuple[LotFold, list[Hold]]:
    """Return the account's lots, and the trades and events that could not be folded. `account` is its record."""
    method, regime = lot_rules_of(account)
    fold = fold_lots(method, trades, effects, opening, regime)
    holds = []
    for refused in fold.refused:
        held, trade_id = Held(refused.reason, refused.field, refused.detail), refused.trade.trade_id
        holds.append(Hold("trade", trade_id, number, held, trade_id, refused.short_by))
    return fold, [*holds, *(_unadjusted(each.event_id, number, each.field, each.detail) for each in fold.unadjusted)]


def _unadjusted(event_id: str, account: str, at_fault: str, detail: str) -> Hold:
    return Hold("lots", event_id, account, Held("lots_not_adjusted", at_fault, detail))


def _elected(case: Case, holder: Holder) -> Elected | None:
    """Return how much each option takes and buys; None if lots do not depend on it. Raises Held and MissingTerms."""
    event, eligible = case.event, holder.eligible
    if not eligible or not follows_elections(event) or event.event_type not in EVENT_TYPES:
        return None
    elections = part(case, holder).of_holding
    allocates = any(election.allocate_basis_to_rights for election in elections)
    if not EVENT_TYPES[event.event_type].buys:
        taken = quantities_by_option(event, eligible, elections, holder.releases)
        return Elected(holder.safekeeping_account, eligible, taken, allocates=allocates)
    if case.prepared is None:
        assert case.held is not None
        raise case.held
    due = case.prepared.entitle(holder.account, eligible, elections, holder.releases)
    taken = {option.option_number: option.eligible_quantity for option in due}
    bought = {option.option_number: _bought(option) for option in due if option.terms.outturn.lots in _BUYING}
    return Elected(holder.safekeeping_account, eligible, taken, bought, allocates)


def _bought(calculation: Calculation) -> tuple[Fraction, Decimal]:
    """Return quantity and cost, as the entitlement says."""
    outturn, currency = calculation.terms.outturn, calculation.terms.option.currency
    price = outturn.price if outturn.price is not None else outturn.basis_price
    if price is None or not currency:
        detail = "what a new security cost is not said, nor what it pays in cash"
        raise MissingTerms("options.subscription_price", detail)
    quantity = calculation.entitled_quantity
    return quantity, round_amount(quantity * price, currency)
