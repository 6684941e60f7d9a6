"""How basis spreads over new securities: a given allocation wins, else market values, unrounded (domain rules, "Securities")."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import Debit, LotTreatment, Outturn, is_taxable
from domain.held import missing_terms
from domain.numbers.series import sum_of
from domain.records import CorporateAction, Option

_ALLOCATION = "options.cost_basis_allocation"
_SIGNIFICANT_RIGHTS = Fraction(15, 100)
"""Rights worth at least this part of the shares must take basis; of less, only the holder's choice gives them some (US IRC §307(b)(1))."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How basis spreads: `shares` are the parts that go to new securities, isin_out first; the rest stays with the old one.

    They are those that the announcement gave (`given`, percent), or follow market values: `units` says, by ISIN, how many units of each
    security, the old one too, one old unit became. Neither: all of it goes to one security, or none moves.
    """

    shares: tuple[Fraction, ...] = ()
    given: Decimal | None = None
    units: Mapping[str, Fraction] = field(default_factory=dict)


def basis_shares(event: CorporateAction, option: Option, outturn: Outturn, allocates: bool) -> Spread:
    """Return the part of the affected basis for each new security, isin_out first; what is left stays with the old one.

    None moves in a taxable distribution or one of capital. Raises Held where neither cost_basis_allocation nor market_prices of all
    securities says how it spreads, or where cash beside securities, capital or tax makes a gain that their market price would show.
    """
    if outturn.lots is LotTreatment.DISTRIBUTE_RIGHTS:
        return _of_rights(event, option, outturn, allocates)
    new = [(credit.isin, credit.ratio) for credit in outturn.credits]
    if outturn.lots is LotTreatment.RETURN_CAPITAL:
        _priced(event, [isin for isin, _ in new])
    if outturn.lots is not LotTreatment.REORGANISE:
        return Spread((Fraction(0),) * len(new))
    stays, taxable = outturn.debit is Debit.NOTHING, is_taxable(event)
    if taxable or (not stays and (outturn.cash or outturn.unfilled_cash)):
        _priced(event, [isin for isin, _ in new])
    if taxable and stays:
        return Spread((Fraction(0),) * len(new))
    if len(new) == 1 and (not stays or outturn.isin_out == event.isin):
        return Spread((Fraction(1),))
    if option.cost_basis_allocation is not None and len(new) == 1:
        return Spread((Fraction(option.cost_basis_allocation) / 100,), option.cost_basis_allocation)
    weights = [(isin, ratio + 1 if stays and isin == event.isin else ratio) for isin, ratio in new]
    if stays and event.isin not in [isin for isin, _ in new]:
        weights.append((event.isin, Fraction(1)))
    return _by_market_value(event, weights, len(new))


def _of_rights(event: CorporateAction, option: Option, outturn: Outturn, allocates: bool) -> Spread:
    if option.cost_basis_allocation is not None:
        return Spread((Fraction(option.cost_basis_allocation) / 100,), option.cost_basis_allocation)
    rights, share = event.market_prices.get(outturn.isin_out), event.market_prices.get(event.isin)
    if not rights or not share:
        if allocates:
            raise missing_terms(
                "market_prices", "basis is to be spread over rights: their and the shares' price is needed"
            )
        return Spread((Fraction(0),))
    assert outturn.ratio is not None
    worth = outturn.ratio * Fraction(rights) / Fraction(share)
    takes = allocates or worth >= _SIGNIFICANT_RIGHTS
    units = {outturn.isin_out: outturn.ratio, event.isin: Fraction(1)}
    return Spread((worth / (1 + worth),), units=units) if takes else Spread((Fraction(0),), units=units)


def _by_market_value(event: CorporateAction, weights: list[tuple[str, Fraction]], new: int) -> Spread:
    _priced(
        event,
        [isin for isin, _ in weights],
        _ALLOCATION,
        "neither an allocation nor market_prices of {} says how basis spreads",
    )
    values = [ratio * Fraction(event.market_prices[isin]) for isin, ratio in weights]
    total = sum_of(values)
    if not total:
        raise missing_terms(_ALLOCATION, "every security is worth nothing: how basis spreads is not said")
    return Spread(tuple(value / total for value in values[:new]), units=dict(weights))


def _priced(
    event: CorporateAction,
    isins: list[str],
    at_fault: str = "market_prices",
    detail: str = "no market_prices of {} say what they are worth",
) -> None:
    if lacking := [isin for isin in isins if isin not in event.market_prices]:
        raise missing_terms(at_fault, detail.format(", ".join(lacking)))
