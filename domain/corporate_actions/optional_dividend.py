"""DVOP, dividend with a choice of cash or securities, and DRIP, a cash dividend that may be reinvested.

Cash is taxed as dividend income. Securities come by the option's ratio, or, where the notice gives a rate and a price (subscription_price,
else cash_in_lieu_price), by dividing: DVOP the gross dividend, untaxed; DRIP the dividend after tax, which is paid and reinvested. What is
left over is paid as cash in lieu unless fraction_disposition says otherwise (domain rules, "Securities"), for the exact fraction, or for
the whole old units that no new security came of, where residue_units is WHOLE.

New securities are bought with the dividend: a new lot at what it would have paid in cash (US IRC §305(b)(1), Treas. Reg. §1.305-2; a scrip
dividend's "cash equivalent", UK ITTOIA 2005 s. 412), unless tax_treatment is ROLLOVER, which spreads the basis like a stock dividend. What
cash was reinvested for is bought in any case.
"""

from dataclasses import replace
from fractions import Fraction

from domain.corporate_actions.event_type import EventType, LotTreatment, Outturn
from domain.corporate_actions.reading import cash_of, missing, needed_cash, securities
from domain.records import CorporateAction, Option

_LEFT_OVER = "CINL"


def _outturn(event: CorporateAction, option: Option) -> Outturn:
    given = securities(event, option)
    if given:
        taken = Outturn(**given)
    elif option.option_type == "CASH":
        cash, rule = needed_cash(event, option, "gross_rate")
        return Outturn(cash=cash, cash_rule=rule, taxed=True)
    else:
        taken = _by_price(event, option)
    if option.option_type == "CASE" and given and (paid := cash_of(option)):
        taken = replace(taken, cash=paid[0], cash_rule=paid[1], taxed=True)
    rolls_over = event.tax_treatment == "ROLLOVER" and not taken.reinvests
    return replace(
        taken,
        disposition=taken.disposition or _LEFT_OVER,
        whole_residue=option.residue_units == "WHOLE" and taken.ratio is not None and not rolls_over,
        in_lieu_price=taken.in_lieu_price if taken.in_lieu_price is not None else option.subscription_price,
        basis_price=_worth(event, option, taken),
        lots=LotTreatment.REORGANISE if rolls_over else LotTreatment.PURCHASE,
    )


def _by_price(event: CorporateAction, option: Option) -> Outturn:
    price = option.subscription_price if option.subscription_price is not None else option.cash_in_lieu_price
    paid = cash_of(option)
    if not price or paid is None:
        raise missing(event, option, "additional_for_existing", "a ratio, or gross_rate and subscription_price")
    reinvests = event.event_type == "DRIP"
    return Outturn(
        cash=paid[0] if reinvests else Fraction(0),
        cash_rule=paid[1],
        ratio=None if reinvests else paid[0] / Fraction(price),
        isin_out=option.isin_out or event.isin,
        reinvests=reinvests,
        disposition=option.fraction_disposition,
        in_lieu_price=price,
        taxed=reinvests,
    )


def _worth(event: CorporateAction, option: Option, taken: Outturn) -> Fraction | None:
    """Of one new security: its price in the notice, else what the cash option pays for as many."""
    if option.subscription_price is not None or option.cash_in_lieu_price is not None:
        return Fraction(option.subscription_price or option.cash_in_lieu_price or 0)
    rates = [paid for other in event.options if other.option_type == "CASH" and (paid := cash_of(other))]
    return rates[0][0] / taken.ratio if rates and taken.ratio else None


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {0} CHOS CASH SECU; ISO 15022 22F::CAEV//{0}"

DVOP = EventType("DVOP", "dividend_listed_equity", _outturn, _SOURCE.format("DVOP"), buys=True, distributes=True)
DRIP = EventType("DRIP", "dividend_listed_equity", _outturn, _SOURCE.format("DRIP"), buys=True, distributes=True)
