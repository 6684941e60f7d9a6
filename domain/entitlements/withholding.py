"""Withholding tax on one rounded gross amount (domain rules, "Money")."""

from dataclasses import dataclass
from decimal import Decimal

from domain.numbers.exact import EXACT, plain, round_half_up
from domain.rules import ANY, Component, ReclaimDeadline, WithholdingRate

ROW, FALLBACK = "ROW", "FALLBACK"
_NO_TREATY = Decimal(0)


@dataclass(frozen=True, slots=True)
class Withholding:
    """Amounts in the currency of the gross: gross = net + tax + second-level tax. `components` are amounts that add up to the tax."""

    tax: Decimal
    components: tuple[Decimal, ...]
    second_level_tax: Decimal
    reclaim: Decimal


@dataclass(frozen=True, slots=True)
class AppliedRate:
    """A row as it applies to holders with or without valid documents, decided once for all of them. Rates in percent.

    `components` are the parts of the rate (none where a treaty reduces it); `reason` says which row and why. `rate_basis` is ROW where
    the row names the residence, FALLBACK where it is the one for any; it and `rate_id` are None where the announcement gave the rate.
    """

    rate: Decimal
    treaty_rate: Decimal | None
    second_level_tax_rate: Decimal
    components: tuple[Component, ...]
    tax_relief_method: str
    reclaim_deadline: ReclaimDeadline | None
    reason: str
    rate_id: str | None = None
    rate_basis: str | None = None

    def withhold(self, gross: Decimal, nothing: Decimal, places: int) -> Withholding:
        """Return every amount rounded to `places`, at which `nothing` is 0. The reclaim is what the treaty would give back once documents
        are there; without a treaty rate it is a plain 0."""
        tax = percent_of(gross, self.rate, places)
        reclaim = _NO_TREATY
        if self.treaty_rate is not None:
            reclaim = max(nothing, EXACT.subtract(tax, percent_of(gross, self.treaty_rate, places)))
        second_level = percent_of(gross, self.second_level_tax_rate, places) if self.second_level_tax_rate else nothing
        components = _split(gross, tax, self.components, places) if self.components else ()
        return Withholding(tax, components, second_level, reclaim)


def apply_rate(row: WithholdingRate, documented: bool) -> AppliedRate:
    """Treaty rate where relief is granted at source and documents are valid at the payment date, else the statutory rate."""
    relieved = row.treaty_rate is not None and row.tax_relief_method == "RELIEF_AT_SOURCE" and documented
    rate = row.treaty_rate if relieved and row.treaty_rate is not None else row.statutory_rate
    return AppliedRate(
        rate=rate,
        treaty_rate=row.treaty_rate,
        second_level_tax_rate=row.second_level_tax_rate or Decimal(0),
        components=() if relieved else row.components,
        tax_relief_method=row.tax_relief_method,
        reclaim_deadline=row.reclaim_deadline,
        reason=f"rate {row.rate_id}, {'treaty' if relieved else 'statutory'} {plain(rate)} % ({row.tax_relief_method}, "
        f"documents {'valid' if documented else 'not valid'} at payment; {row.source})",
        rate_id=row.rate_id,
        rate_basis=FALLBACK if row.residence == ANY else ROW,
    )


def percent_of(gross: Decimal, rate: Decimal, places: int) -> Decimal:
    """Return a percentage of an amount, rounded once."""
    return round_half_up(EXACT.multiply(gross, rate).scaleb(-2, EXACT), places)


def _split(gross: Decimal, tax: Decimal, components: tuple[Component, ...], places: int) -> tuple[Decimal, ...]:
    """Each component's amount; the last one takes the rounding, so that they add up to the tax."""
    parts = []
    for component in components[:-1]:
        parts.append(percent_of(gross, component.rate, places))
        tax = EXACT.subtract(tax, parts[-1])
    return (*parts, tax)
