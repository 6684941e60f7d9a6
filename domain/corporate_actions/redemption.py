"""Redemptions: REDM, final maturity, and MCAL, full call, of everything; PCAL, partial call that reduces the nominal; PRED, partial
redemption by pool factor; DRAW, by lot; BPUT, put by the holder.

The price is per unit (cash_price_received) or in percent of the face amount (cash_price_received_percent). PCAL and DRAW take
redeemed_percent or called_percent of a holding, in whole multiples of minimum_exercisable_multiple; what that leaves over is reported as
fraction_quantity and never distributed by us (domain rules, "Securities"). What was drawn wins over both: drawn_quantities of the account
or its drawing record, or drawn_quantity, of every holding alike; a DRAW that says none of these waits for each account's record. PRED
pays previous_factor - next_factor of the face amount (at par where no price is given: a factor is principal outstanding) and debits
nothing. BPUT redeems what is instructed, prorated and in multiples as a tender; everything where it is mandatory.

Interest accrued until then is of the redemption where the notice brings interest_period with its terms (as of INTR), or gross_rate beside
a price. It is part of the gross amount, taxed as interest, and no part of the proceeds of lots. On what is redeemed; of PRED on all.

Lots: a sale of what is redeemed, by the account's relief method (US IRC §1271(a)(1)); PRED pays back the same share of each lot's basis.
"""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from domain.corporate_actions.event_type import Debit, EventType, LotTreatment, Outturn
from domain.corporate_actions.interest import INTEREST, accrued
from domain.corporate_actions.reading import cash_of, missing, needed_cash
from domain.corporate_actions.tender import as_accepted
from domain.records import CorporateAction, Option

_PRICES = ("cash_price_received", "cash_price_received_percent")


def _with_interest(event: CorporateAction, option: Option, redeemed: Callable[[Option], Outturn]) -> Outturn:
    """Return what is redeemed, by the option without what it says of interest, and the interest that accrued."""
    price = any(getattr(option, name) is not None for name in _PRICES)
    given = cash_of(option, may_be_debit=True) if price and option.gross_rate is not None else None
    outturn = redeemed(replace(option, gross_rate=None) if given else option)
    if given is None and option.interest_period is None:
        return outturn
    interest, rule = given or accrued(event, option)
    return replace(outturn, interest=interest, interest_rule=rule)


def _whole(event: CorporateAction, option: Option) -> Outturn:
    cash, rule = needed_cash(event, option, *reversed(_PRICES))
    if option.previous_factor is not None:
        cash, rule = cash * Fraction(option.previous_factor), f"{rule} x factor {option.previous_factor}"
    return Outturn(cash=cash, cash_rule=rule, debit=Debit.ALL, lots=LotTreatment.DISPOSE)


def _partial(event: CorporateAction, option: Option) -> Outturn:
    cash, rule = needed_cash(event, option, *reversed(_PRICES))
    multiple = Fraction(option.minimum_exercisable_multiple or 0)
    called = Outturn(cash=cash, cash_rule=rule, debit=Debit.ACCEPTED, multiple=multiple, lots=LotTreatment.DISPOSE)
    if option.drawn_quantities:
        drawn = {drawn.safekeeping_account: drawn.quantity for drawn in option.drawn_quantities}
        return replace(called, drawn=drawn)
    if option.drawn_quantity is not None:
        return replace(called, most=option.drawn_quantity)
    percent = option.redeemed_percent if option.redeemed_percent is not None else option.called_percent
    if percent is not None:
        return replace(called, accepted=Fraction(percent) / 100)
    if event.event_type == "DRAW":
        return replace(called, awaits_drawing=True)
    raise missing(event, option, "redeemed_percent", "redeemed_percent, called_percent or drawn_quantity")


def _put(event: CorporateAction, option: Option) -> Outturn:
    whole = _whole(event, option)
    return whole if event.mandatory_voluntary == "MAND" else as_accepted(option, replace(whole, debit=Debit.ACCEPTED))


def _by_factor(event: CorporateAction, option: Option) -> Outturn:
    before, after, percent = option.previous_factor, option.next_factor, option.redeemed_percent
    if before is not None and after is not None:
        share, of_basis, rule = Fraction(before) - Fraction(after), Fraction(before), f"factor {before} - {after}"
    elif percent is not None:
        share, of_basis, rule = Fraction(percent) / 100, Fraction(1), f"{percent} % of the face amount"
    else:
        raise missing(event, option, "next_factor", "previous_factor and next_factor")
    if share < 0 or not of_basis:
        raise missing(event, option, "next_factor", "a next_factor that is not above previous_factor")
    price, price_rule = cash_of(option) or (Fraction(1), "par")
    paid_down = share / of_basis
    return Outturn(
        cash=share * price, cash_rule=f"{rule} at {price_rule}", lots=LotTreatment.PAY_DOWN, paid_down=paid_down
    )


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {0} CASH; ISO 15022 22F::CAEV//{0}"


def _redemption(code: str, redeemed: Callable[[CorporateAction, Option], Outturn], *, draws: bool = False) -> EventType:
    def outturn(event: CorporateAction, option: Option) -> Outturn:
        return _with_interest(event, option, lambda principal: redeemed(event, principal))

    return EventType(code, INTEREST, outturn, _SOURCE.format(code), draws=draws)


REDM = _redemption("REDM", _whole)
MCAL = _redemption("MCAL", _whole)
PCAL = _redemption("PCAL", _partial, draws=True)
DRAW = _redemption("DRAW", _partial, draws=True)
BPUT = _redemption("BPUT", _put)
PRED = _redemption("PRED", _by_factor)
