"""RHTS, rights issue in one event; RHDI, distribution of rights, and EXRI, their exercise, in two.

An election counts rights (in RHTS intermediate_to_underlying of the holding, else as many as shares). EXER turns rights into new securities
by new_to_old, for subscription_price each. SLLE sells rights for the price received. OVER subscribes for more by the same ratio (1 where
the option has none), as far as proration_rate fills it; BUYA buys more rights. LAPS ends them.

Lots: rights take basis from the shares only if the notice allocates it, if their market value is at least 15 % of the shares', or if the
holder chose so (US IRC §307(b), Treas. Reg. §1.307-2); new securities cost the rights' basis and the subscription, and are held from the
exercise on (US IRC §1223(5)).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions.event_type import NOTHING, Debit, EventType, LotStep, LotTreatment, Outturn
from domain.corporate_actions.reading import missing, needed_cash, securities
from domain.held import missing_terms
from domain.numbers.series import sum_of
from domain.records import CorporateAction, Option


def _distribution(event: CorporateAction, option: Option) -> Outturn:
    given = securities(event, option)
    if not given and option.intermediate_to_underlying:
        given = {"ratio": option.intermediate_to_underlying.value, "disposition": option.fraction_disposition}
        given |= {"in_lieu_price": option.cash_in_lieu_price}
    isin_out = option.isin_out or option.isin_intermediate or given.get("isin_out", "")
    if not given or not isin_out:
        raise missing(event, option, "intermediate_to_underlying", "intermediate_to_underlying (RTUN) and isin_out")
    given |= {"isin_out": isin_out, "debit": Debit.NOTHING}
    return Outturn(**given, lots=LotTreatment.DISTRIBUTE_RIGHTS)


def _exercise(event: CorporateAction, option: Option) -> Outturn:
    match option.option_type:
        case "LAPS":
            return replace(NOTHING, debit=_debit(event, option), lots=LotTreatment.LAPSE)
        case "SLLE" | "CASH":
            cash, rule = needed_cash(event, option, "cash_price_received", "gross_rate")
            return Outturn(cash=cash, cash_rule=rule, debit=_debit(event, option), lots=LotTreatment.DISPOSE)
        case "BUYA":
            rights = option.isin_out or option.isin_intermediate or event.isin
            bought = Outturn(ratio=Fraction(1), isin_out=rights, lots=LotTreatment.PURCHASE)
            return replace(bought, price=_price(event, option))
        case "OVER":
            accepted = Fraction(100 if option.proration_rate is None else option.proration_rate) / 100
            given = securities(event, option) or {"ratio": Fraction(1), "isin_out": option.isin_out or event.isin}
            over = Outturn(**given | {"debit": Debit.NOTHING}, accepted=accepted, lots=LotTreatment.PURCHASE)
            return replace(over, price=_price(event, option), disposition=option.fraction_disposition)
        case _:
            given = securities(event, option)
            if not given:
                raise missing(event, option, "new_to_old", "new_to_old (NEWO)")
            taken = Outturn(**given | {"debit": _debit(event, option)}, lots=LotTreatment.EXERCISE)
            return replace(taken, price=_price(event, option))


def _lot_steps(event: CorporateAction, steps: Sequence[LotStep]) -> Iterator[LotStep]:
    """In one event rights that are exercised or sold are lots for a moment; if they lapse, basis stays with the shares."""
    rights = next((option.isin_intermediate for option in event.options if option.isin_intermediate), "")
    used = [step for step in steps if step.outturn.lots in (LotTreatment.EXERCISE, LotTreatment.DISPOSE)]
    if not rights and any(step.outturn.lots is LotTreatment.DISPOSE for step in used):
        raise missing_terms("options.isin_intermediate", "rights were sold: which security they are is needed")
    whole = sum_of(step.share for step in used)
    if rights and used:
        handed = Outturn(isin_out=rights, ratio=rights_for(event), lots=LotTreatment.DISTRIBUTE_RIGHTS)
        yield replace(used[0], outturn=handed, share=whole)
    for step in steps:
        if rights and step.outturn.lots in (LotTreatment.EXERCISE, LotTreatment.DISPOSE):
            yield replace(step, isin=rights, share=step.share / whole)
        elif step.outturn.lots in (LotTreatment.EXERCISE, LotTreatment.PURCHASE):
            in_proportion = step.outturn.lots is LotTreatment.EXERCISE
            yield replace(step, outturn=replace(step.outturn, lots=LotTreatment.PURCHASE, in_proportion=in_proportion))


def rights_for(event: CorporateAction) -> Fraction:
    """Return rights that a share brings: 1 where the notice does not say (RTUN)."""
    ratios = [option.intermediate_to_underlying for option in event.options if option.intermediate_to_underlying]
    return ratios[0].value if ratios else Fraction(1)


def _rights(event: CorporateAction, eligible: Decimal) -> Decimal:
    """Return whole rights for a holding; as many as it has units where the notice does not say (RTUN)."""
    ratio = rights_for(event)
    return eligible if ratio == 1 else Decimal(int(Fraction(eligible) * ratio))


def _price(event: CorporateAction, option: Option) -> Fraction:
    if option.subscription_price is None:
        raise missing(event, option, "subscription_price", "subscription_price (PRPP)")
    return Fraction(option.subscription_price)


def _debit(event: CorporateAction, option: Option) -> Debit:
    """Rights are used up; an offer that hands out none, in one event, takes nothing."""
    none = event.event_type == "RHTS" and not option.isin_intermediate and option.intermediate_to_underlying is None
    return Debit.NOTHING if none else Debit.ALL


_SOURCE = "SMPG Global Market Practice Part 2 (EIG+), {0}; ISO 15022 22F::CAEV//{0}; basis: US IRC §307, §1223(5)"

RHTS = EventType(
    "RHTS",
    "",
    _exercise,
    _SOURCE.format("RHTS"),
    _rights,
    buys=True,
    lapses=True,
    distributes=True,
    lot_steps=_lot_steps,
)
RHDI = EventType("RHDI", "", _distribution, _SOURCE.format("RHDI"), allocates=True, distributes=True)
EXRI = EventType("EXRI", "", _exercise, _SOURCE.format("EXRI"), buys=True, lapses=True)
