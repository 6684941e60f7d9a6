"""Withholding tax on one rounded gross amount (domain rules, "Money")."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.exact import plain
from domain.money import round_amount
from domain.rules import Component, WithholdingRate


@dataclass(frozen=True, slots=True)
class Withholding:
    """Amounts in the currency of the gross: gross = net + tax + second-level tax. Components are (name, percent, amount)."""

    rate: Decimal
    tax: Decimal
    components: tuple[tuple[str, Decimal, Decimal], ...]
    second_level_tax: Decimal
    reclaim: Decimal
    reason: str


def percent_of(gross: Decimal, rate: Decimal, currency: str) -> Decimal:
    """A percentage of an amount, rounded to the minor unit."""
    return round_amount(Fraction(gross) * Fraction(rate) / 100, currency)


def withhold(gross: Decimal, currency: str, row: WithholdingRate, documented: bool) -> Withholding:
    """Treaty rate where relief is granted at source and documents are valid at the payment date, else the statutory rate.

    The reclaim is what the treaty would give back once documents are there; without a treaty rate it is 0.
    """
    relieved = row.treaty_rate is not None and row.tax_relief_method == "RELIEF_AT_SOURCE" and documented
    rate = row.treaty_rate if relieved and row.treaty_rate is not None else row.statutory_rate
    tax = percent_of(gross, rate, currency)
    reclaim = Decimal(0)
    if row.treaty_rate is not None:
        reclaim = max(round_amount(0, currency), tax - percent_of(gross, row.treaty_rate, currency))
    return Withholding(
        rate=rate,
        tax=tax,
        components=() if relieved else _split(gross, tax, row.components, currency),
        second_level_tax=percent_of(gross, row.second_level_tax_rate or Decimal(0), currency),
        reclaim=reclaim,
        reason=f"rate {row.rate_id}, {'treaty' if relieved else 'statutory'} {plain(rate)} % ({row.tax_relief_method}, "
        f"documents {'valid' if documented else 'not valid'} at payment; {row.source})",
    )


def _split(
    gross: Decimal, tax: Decimal, components: tuple[Component, ...], currency: str
) -> tuple[tuple[str, Decimal, Decimal], ...]:
    """Each component's amount; the last one takes the rounding, so that they add up to the tax."""
    parts = [(part.name, part.rate, percent_of(gross, part.rate, currency)) for part in components[:-1]]
    if components:
        last = components[-1]
        parts.append((last.name, last.rate, tax - sum((amount for _, _, amount in parts), Decimal(0))))
    return tuple(parts)
