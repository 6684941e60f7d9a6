"""What an event does to an account's lots, read from its options' outturns and from what the account elected."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import EVENT_TYPES, Debit, LotTreatment, Outturn, outturn_of
from domain.corporate_actions.dates import lot_date
from domain.corporate_actions.rights import rights_for
from domain.held import missing_terms
from domain.lots.basis import basis_shares
from domain.records import CorporateAction, Option
from domain.rules import Rules

_Share = tuple[Option, Outturn, Fraction]
"""An option, what it yields, and its share of what the account may instruct."""


@dataclass(frozen=True, slots=True)
class Elected:
    """How much of what an account may instruct each option takes, in units, and what options made it buy: (quantity, cost) by option.

    `allocates`: the holder spreads basis over rights (US IRC §307(b)(2)).
    """

    account: str
    eligible: Decimal
    by_option: Mapping[str, Decimal]
    bought: Mapping[str, tuple[Fraction, Decimal]] = field(default_factory=dict)
    allocates: bool = False


@dataclass(frozen=True, slots=True)
class LotEffect:
    """On `on`, an option does what its `outturn` and `treatment` say to a `share` of the lots of `isin` acquired before, as the event
    found them.

    `basis` is the part of the affected basis that goes to each new security, isin_out first; `prices` are market prices by ISIN;
    `bought` is the quantity and cost of a purchase of `account`. `taxable`: an exchange counts as a sale, a distribution as income in kind.
    """

    event_id: str
    on: date
    isin: str
    option_number: str
    currency: str
    treatment: LotTreatment
    outturn: Outturn
    share: Fraction
    basis: tuple[Fraction, ...] = ()
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    bought: tuple[Fraction, Decimal] | None = None
    account: str = ""
    taxable: bool = False

    @property
    def credited(self) -> tuple[tuple[str, Fraction], ...]:
        """(ISIN, units for each unit accepted) of every new security."""
        out = self.outturn
        own = ((out.isin_out, out.ratio or Fraction(0)),) if out.pays_securities else ()
        return (*own, *((each.isin, each.ratio) for each in out.further))


def lot_effects(
    event: CorporateAction, rules: Rules | None = None, elected: Elected | None = None
) -> tuple[LotEffect, ...]:
    """The effects of the options that the account takes, in order; none where lots keep as they are.

    Lots need no position: without one (`elected` None or of nothing) the option of a mandatory event, or a choice's default. On ex_date,
    else effective_date; what only pays or costs cash else on its payment date; else on the ex-date derived from the calendar. Raises
    Held outside its range, and if nothing says when, how basis spreads or what was paid.
    """
    if not event.stands or event.event_type not in EVENT_TYPES:
        return ()
    shares = [(option, outturn_of(event, option), share) for option, share in _shares(event, elected)]
    shares = [each for each in shares if each[1].lots is not LotTreatment.KEEP]
    _refuse_two_payers(shares)
    if event.event_type == "RHTS":
        return tuple(_rights_issue(event, rules, shares, elected))
    return tuple(
        _effect(event, option, outturn, share, lot_date(event, rules, outturn.lots), elected)
        for option, outturn, share in shares
    )


def lot_dates(event: CorporateAction, rules: Rules | None = None) -> tuple[date, ...]:
    """Return the days, in order, on which an option of the event may touch lots. Raises as `lot_effects` does."""
    if not event.stands or event.event_type not in EVENT_TYPES:
        return ()
    treatments = {outturn_of(event, option).lots for option in event.options} - {LotTreatment.KEEP}
    return tuple(sorted({lot_date(event, rules, treatment) for treatment in treatments}))


def follows_elections(event: CorporateAction) -> bool:
    """False where every account takes the only option of a mandatory event, buys nothing by it and has no choice of basis."""
    event_type = EVENT_TYPES.get(event.event_type)
    own = event.event_type == "RHDI" or bool(event_type and event_type.buys)
    return own or event.mandatory_voluntary != "MAND" or len(event.options) > 1


def _shares(event: CorporateAction, elected: Elected | None) -> Iterator[tuple[Option, Fraction]]:
    """Options with the share of what the account may instruct."""
    if elected and elected.eligible and follows_elections(event):
        units = Fraction(EVENT_TYPES[event.event_type].units(event, elected.eligible))
        for option in event.options:
            if units and elected.by_option.get(option.option_number):
                yield option, Fraction(elected.by_option[option.option_number]) / units
        return
    if event.mandatory_voluntary == "VOLU":
        return
    chosen = [each for each in event.options if each.is_default_option or len(event.options) == 1]
    yield from ((each, Fraction(1)) for each in chosen[:1])


def _takes_away(outturn: Outturn) -> bool:
    return outturn.debit is Debit.ALL and outturn.lots is not LotTreatment.KEEP


def _refuse_two_payers(shares: Sequence[_Share]) -> None:
    """Two options that add securities to the same lots: how their basis spreads over both is not said."""
    adding = [each for each in shares if each[1].lots is LotTreatment.REORGANISE and not _takes_away(each[1])]
    if len(adding) > 1:
        raise missing_terms(
            "options", "the account takes two options that pay securities: which lots follow which is not said"
        )


def _effect(
    event: CorporateAction,
    option: Option,
    outturn: Outturn,
    share: Fraction,
    on: date,
    elected: Elected | None,
    isin: str = "",
) -> LotEffect:
    bought = elected.bought.get(option.option_number) if elected else None
    return LotEffect(
        event_id=event.corporate_action_event_id,
        on=on,
        isin=isin or event.isin,
        option_number=option.option_number,
        currency=option.currency,
        treatment=outturn.lots,
        outturn=outturn,
        share=share,
        basis=basis_shares(event, option, outturn, bool(elected and elected.allocates)),
        prices=event.market_prices,
        bought=bought,
        account=elected.account if elected else "",
        taxable=event.tax_treatment == "TAXABLE" and outturn.lots is LotTreatment.REORGANISE,
    )


def _rights_issue(
    event: CorporateAction, rules: Rules | None, shares: Sequence[_Share], elected: Elected | None
) -> Iterator[LotEffect]:
    """In one event: rights that are exercised or sold are lots for a moment; those that lapse leave the shares' basis where it is."""
    rights = next((each.isin_intermediate for each in event.options if each.isin_intermediate), "")
    used = [each for each in shares if each[1].lots in (LotTreatment.EXERCISE, LotTreatment.DISPOSE)]
    if not rights and any(outturn.lots is LotTreatment.DISPOSE for _, outturn, _ in used):
        raise missing_terms("options.isin_intermediate", "rights were sold: which security they are is needed")
    whole = sum((share for *_, share in used), Fraction(0))
    if rights and used:
        option, outturn, _ = used[0]
        handed = Outturn(isin_out=rights, ratio=rights_for(event), lots=LotTreatment.DISTRIBUTE_RIGHTS)
        yield _effect(event, option, handed, whole, lot_date(event, rules, outturn.lots), elected)
    for option, outturn, share in shares:
        on = lot_date(event, rules, outturn.lots)
        if rights and outturn.lots in (LotTreatment.EXERCISE, LotTreatment.DISPOSE):
            yield _effect(event, option, outturn, share / whole, on, elected, rights)
        elif outturn.lots in (LotTreatment.EXERCISE, LotTreatment.PURCHASE):
            bought = replace(outturn, lots=LotTreatment.PURCHASE)
            yield _effect(event, option, bought, share, on, elected)
