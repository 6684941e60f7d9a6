"""Withholding rates by source country, residence, owner and income type, with the dates between which they hold.

Choice of a rate: domain rules, "Rules documents". By payment date; exact residence before "*", then exact owner before "*".
"""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Annotated, Any

from domain.numbers.series import exact_sum
from domain.records.account import BENEFICIAL_OWNERS
from domain.records.declared import AtLeast, Country, Day, Kind, Meaning, Percentage, Text, among, whole
from domain.records.fields import Fields
from domain.records.shapes import COUNTRY_OR_ANY
from domain.rules.document import Dated, RulesDocument

ANY = "*"
"""The residence or owner of a row for all that no row names."""


def _country_or_any(given: Fields, name: str, _: object) -> str:
    return ANY if given.text(name) == ANY else given.country(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A named part of the statutory rate (DE solidarity surcharge, JP reconstruction tax)."""

    name: Annotated[Text, Meaning("such as solidarity_surcharge")]
    rate: Annotated[Percentage, Meaning("its part of statutory_rate", "percentage points")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReclaimDeadline:
    """Until when tax can be reclaimed: so many years from the payment date, or from the end of its year."""

    years: Annotated[int, whole(0, 100), Meaning("years after `from`", "years")]
    from_: Annotated[
        str, among("END_OF_PAYMENT_YEAR", "PAYMENT_DATE"), Meaning("the payment date, or the end of its year")
    ]

    @property
    def of_the_year(self) -> bool:
        """Return True if the years are counted from the end of the payment's year."""
        return self.from_ == "END_OF_PAYMENT_YEAR"

    def after(self, payment_date: date) -> date:
        """Return the last day; 28 February where a payment's own 29th does not come again."""
        year = min(payment_date.year + self.years, date.max.year)
        if self.of_the_year:
            return date(year, 12, 31)
        is_leap_day = (payment_date.month, payment_date.day) == (2, 29) and not calendar.isleap(year)
        return payment_date.replace(year=year, day=28) if is_leap_day else payment_date.replace(year=year)


@dataclass(frozen=True, kw_only=True)
class WithholdingRate(Dated):
    """One row: the tax on income that is paid between its days."""

    rate_id: Annotated[Text, Meaning("number of the row; the entitlement names it")]
    source_country: Annotated[Country, Meaning("country that taxes")]
    residence: Annotated[
        str,
        Kind(_country_or_any, COUNTRY_OR_ANY),
        Meaning("where the owner is tax resident; `*`: any residence that no row names"),
    ]
    beneficial_owner: Annotated[
        str, among(ANY, *BENEFICIAL_OWNERS), Meaning("whose income it is; `*`: any owner that no row names")
    ]
    income_type: Annotated[str, among("dividend_listed_equity", "interest"), Meaning("what is taxed")]
    statutory_rate: Annotated[Percentage, Meaning("rate without a treaty", "percent")]
    treaty_rate: (
        Annotated[Percentage, Meaning("rate that the treaty leaves; absent: no treaty reduces it", "percent")] | None
    ) = None
    tax_relief_method: Annotated[
        str,
        among("RELIEF_AT_SOURCE", "QUICK_REFUND", "STANDARD_REFUND", "NONE"),
        Meaning("how the treaty rate is got: at payment, or by a refund"),
    ]
    second_level_tax_rate: Annotated[Percentage, Meaning("another country's tax", "percent")] | None = None
    components: Annotated[tuple[Component, ...], AtLeast(0), Meaning("named parts that add up to statutory_rate")] = ()
    reclaim_deadline: (
        Annotated[ReclaimDeadline, Meaning("until when the difference can be reclaimed; absent: not said")] | None
    ) = None
    source: Annotated[Text, Meaning("where the rate was read, and what of it was not verified")] = ""
    as_of: Annotated[Day, Meaning("day of the source; no figure uses it")] | None = None

    @staticmethod
    def check(given: Fields, row: dict[str, Any]) -> None:
        """Raise RecordError for days in the wrong order, and components that are not the whole rate."""
        Dated.check(given, row)
        if row["components"] and exact_sum(part.rate for part in row["components"]) != row["statutory_rate"]:
            raise given.fail("components", "not_the_whole", f"components do not add up to {row['statutory_rate']}")


@dataclass(frozen=True, kw_only=True)
class WithholdingRates(RulesDocument):
    """Which tax a country withholds from income that goes to a residence."""

    rates: Annotated[
        tuple[WithholdingRate, ...],
        AtLeast(0),
        Meaning("rows, chosen by payment date: a row of the residence before `*`, then one of the owner before `*`"),
    ]

    @staticmethod
    def check(given: Fields, document: dict[str, Any]) -> None:
        """Raise RecordError for two rows of one country, income, residence and owner whose days overlap: neither could be preferred."""
        last: dict[tuple[str, ...], tuple[int, WithholdingRate]] = {}
        for number, row in sorted(enumerate(document["rates"]), key=lambda entry: entry[1].valid_from):
            of = row.source_country, row.income_type, row.residence, row.beneficial_owner
            before, earlier = last.get(of, (number, None))
            if earlier and earlier.holds_on(row.valid_from):
                detail = f"{earlier.rate_id} and {row.rate_id} match equally on {row.valid_from}"
                raise given.fail(f"rates.{max(before, number)}", "equal_rates", detail)
            last[of] = number, row

    @cached_property
    def rows(self) -> Mapping[tuple[str, str], tuple[WithholdingRate, ...]]:
        """Return the rows by source country and income type."""
        rows: dict[tuple[str, str], tuple[WithholdingRate, ...]] = {}
        for row in self.rates:
            of = row.source_country, row.income_type
            rows[of] = (*rows.get(of, ()), row)
        return rows

    def lookup(
        self, source_country: str, residence: str, beneficial_owner: str, income_type: str, payment_date: date
    ) -> WithholdingRate | None:
        """Return the most specific row that holds on the payment date, or None: then nothing may be guessed."""
        matches = [
            row
            for row in self.rows.get((source_country, income_type), ())
            if row.residence in (residence, ANY)
            and row.beneficial_owner in (beneficial_owner, ANY)
            and row.holds_on(payment_date)
        ]
        return min(matches, key=lambda row: (row.residence == ANY, row.beneficial_owner == ANY), default=None)
