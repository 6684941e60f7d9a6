"""What an event does to an account's lots, read from its options' outturns and from what the account elected."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import (
    EVENT_TYPES,
    LOTS_KEEP,
    Debit,
    LotStep,
    LotTreatment,
    Outturn,
    is_taxable,
    outturn_of,
)
from domain.corporate_actions.dates import lot_date
from domain.held import missing_terms
from domain.lots.basis import Spread, basis_shares
from domain.numbers.exact import Number
from domain.records import CorporateAction, LinkedEvent, Option
from domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Elected:
    """How much of what an account may instruct each option takes, in units, and what options made it buy, by option.

    `drawn`: what drawing records of the account say, by option. `allocates`: the holder spreads basis over rights (US IRC §307(b)(2)).
    """

    account: str
    eligible: Decimal
    by_option: Mapping[str, Decimal] = field(default_factory=dict)
    drawn: Mapping[str, Decimal] = field(default_factory=dict)
    bought: Mapping[str, Fraction] = field(default_factory=dict)
    allocates: bool = False


@dataclass(frozen=True, slots=True)
class LotEffect:
    """On `on`, an option does what its `outturn` and `treatment` say to a `share` of the lots of `isin` acquired before, as the event
    found them.

    `basis` says how the affected basis spreads over the new securities; `prices` are market prices by ISIN;
    `bought` is the quantity that `account` buys, whose cost `outturn` says. `taxable`: an exchange counts as a sale; what is distributed
    has its value as basis. `allocates`: the holder chose to spread basis over rights.
    `event_type`, `record_date` and `links` are the event's: they order the events of one day.
    """

    event_id: str
    on: date
    isin: str
    option_number: str
    currency: str
    treatment: LotTreatment
    outturn: Outturn
    share: Fraction
    basis: Spread = field(default_factory=Spread)
    prices: Mapping[str, Number] = field(default_factory=dict)
    bought: Fraction | None = None
    account: str = ""
    taxable: bool = False
    allocates: bool = False
    event_type: str = ""
    record_date: date | None = None
    links: tuple[LinkedEvent, ...] = ()

    @property
    def credited(self) -> tuple[tuple[str, Fraction], ...]:
        """(ISIN, units for each unit accepted) of every new security."""
        return tuple((credit.isin, credit.ratio) for credit in self.outturn.credits)

    def in_currency(self, currency: str, factor: Fraction) -> "LotEffect":
        """Return the effect with its money in a currency of which one unit of its own is `factor` units, unrounded."""
        return replace(
            self,
            currency=currency,
            outturn=self.outturn.in_currency(factor),
            prices={isin: Fraction(price) * factor for isin, price in self.prices.items()},
        )


@dataclass(frozen=True, slots=True)
class Successor:
    """From `on`, each unit of `isin` acquired before is `factor` units of `into`: the same security, whatever its ISIN."""

    isin: str
    on: date
    factor: Fraction
    into: str


def lot_effects(
    event: CorporateAction, rules: Rules | None = None, elected: Elected | None = None
) -> tuple[LotEffect, ...]:
    """Return the effects of the options that the account takes, in order; none where lots keep as they are.

    Lots need no position: without one (`elected` None or of nothing) the option of a mandatory event, or a choice's default. On ex_date,
    else effective_date; what only pays or costs cash else on its payment date; else on the ex-date derived from the calendar. Raises
    Held outside its range, and if nothing says when, how basis spreads or what was paid.
    """
    if not event.stands or event.event_type not in EVENT_TYPES or event.event_type in LOTS_KEEP:
        return ()
    steps = [step for step in _steps(event, elected) if step.outturn.lots is not LotTreatment.KEEP]
    _refuse_two_payers(steps)
    of_event = EVENT_TYPES[event.event_type].lot_steps(event, steps)
    return tuple(_effect(event, rules, step, elected) for step in of_event)


def lot_dates(event: CorporateAction, rules: Rules | None = None) -> tuple[date, ...]:
    """Return the days, in order, on which an option of the event may touch lots. Raises as `lot_effects` does."""
    if not event.stands or event.event_type not in EVENT_TYPES or event.event_type in LOTS_KEEP:
        return ()
    treatments = {outturn_of(event, option).lots for option in event.options} - {LotTreatment.KEEP}
    return tuple(sorted({lot_date(event, rules, treatment) for treatment in treatments}))


def follows_elections(event: CorporateAction) -> bool:
    """Return False if every account takes the only option of a mandatory event, in the same part, buys nothing by it and has no choice of
    basis."""
    event_type = EVENT_TYPES.get(event.event_type)
    own = event_type is not None and (event_type.buys or event_type.allocates or event_type.draws)
    return own or event.mandatory_voluntary != "MAND" or len(event.options) > 1


def _steps(event: CorporateAction, elected: Elected | None) -> Iterator[LotStep]:
    """Yield the options with the share of what the account may instruct."""

    def step(option: Option, share: Fraction) -> LotStep:
        outturn = outturn_of(event, option)
        if elected:
            number = option.option_number
            units = elected.by_option.get(number, elected.eligible)
            outturn = outturn.of_holder(elected.account, elected.eligible, units, elected.drawn.get(number))
        return LotStep(option, outturn, share, event.isin, outturn.lots)

    if elected and elected.eligible and follows_elections(event):
        units = Fraction(EVENT_TYPES[event.event_type].units(event, elected.eligible))
        for option in event.options:
            if units and elected.by_option.get(option.option_number):
                yield step(option, Fraction(elected.by_option[option.option_number]) / units)
        return
    if event.mandatory_voluntary == "VOLU":
        return
    chosen = [option for option in event.options if option.is_default_option or len(event.options) == 1]
    yield from (step(option, Fraction(1)) for option in chosen[:1])


def _refuse_two_payers(steps: Sequence[LotStep]) -> None:
    """Refuse two options that add securities to the same lots: how their basis spreads over both is not said."""
    outturns = [step.outturn for step in steps]
    if sum(out.lots is LotTreatment.REORGANISE and out.debit is not Debit.ALL for out in outturns) > 1:
        detail = "the account takes two options that pay securities: which lots follow which is not said"
        raise missing_terms("options", detail)


def _effect(event: CorporateAction, rules: Rules | None, step: LotStep, elected: Elected | None) -> LotEffect:
    option, outturn, allocates = step.option, step.outturn, bool(elected and elected.allocates)
    taxable = is_taxable(event) and outturn.lots is LotTreatment.REORGANISE
    return LotEffect(
        event_id=event.corporate_action_event_id,
        on=lot_date(event, rules, step.dated),
        isin=step.isin,
        option_number=option.option_number,
        currency=option.currency,
        treatment=outturn.lots,
        outturn=outturn,
        share=step.share,
        basis=basis_shares(event, option, outturn, allocates),
        prices=event.market_prices,
        bought=elected.bought.get(option.option_number) if elected else None,
        account=elected.account if elected else "",
        taxable=taxable or outturn.lots is LotTreatment.RETURN_CAPITAL,
        allocates=allocates and outturn.lots is LotTreatment.DISTRIBUTE_RIGHTS,
        event_type=event.event_type,
        record_date=event.record_date,
        links=event.linked_events,
    )
