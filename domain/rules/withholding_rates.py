"""Withholding rates by source country, residence, owner and income type, with the dates between which they hold.

Choice of a rate: domain rules, "Rules documents". By payment date; exact residence before "*", then exact owner before "*".
"""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import reduce
from itertools import pairwise
from typing import Any

from domain.numbers.exact import EXACT, parse_decimal
from domain.rules.errors import RulesError
from domain.rules.values import day_of, integer, text, version_of

RELIEF_METHODS = ("RELIEF_AT_SOURCE", "QUICK_REFUND", "STANDARD_REFUND", "NONE")
_DEADLINES_FROM = ("END_OF_PAYMENT_YEAR", "PAYMENT_DATE")
ANY = "*"
"""The residence or owner of a row for all that no row names."""
_TEXTS = ("rate_id", "source_country", "residence", "beneficial_owner", "income_type", "tax_relief_method")


@dataclass(frozen=True, slots=True)
class Component:
    """A named part of the statutory rate, in percent (DE solidarity surcharge, JP reconstruction tax)."""

    name: str
    rate: Decimal


@dataclass(frozen=True, slots=True)
class ReclaimDeadline:
    """Until when tax can be reclaimed: so many years from the payment date, or from the end of its year."""

    years: int
    of_the_year: bool

    def after(self, payment_date: date) -> date:
        """Return the last day; 28 February where a payment's own 29th does not come again."""
        year = min(payment_date.year + self.years, date.max.year)
        if self.of_the_year:
            return date(year, 12, 31)
        is_leap_day = (payment_date.month, payment_date.day) == (2, 29) and not calendar.isleap(year)
        return payment_date.replace(year=year, day=28) if is_leap_day else payment_date.replace(year=year)


@dataclass(frozen=True, slots=True)
class WithholdingRate:
    """One row. Rates are percentages; `treaty_rate` None means that no treaty reduces the tax."""

    rate_id: str
    source_country: str
    residence: str
    beneficial_owner: str
    income_type: str
    valid_from: date
    valid_to: date | None
    statutory_rate: Decimal
    treaty_rate: Decimal | None
    tax_relief_method: str
    second_level_tax_rate: Decimal | None
    components: tuple[Component, ...]
    reclaim_deadline: ReclaimDeadline | None
    source: str

    def holds_on(self, day: date) -> bool:
        """valid_from ≤ day ≤ valid_to."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class WithholdingRates:
    """A whole document: its own version, and rows by (country, income type)."""

    version: str
    rows: Mapping[tuple[str, str], tuple[WithholdingRate, ...]]

    @classmethod
    def from_document(cls, document: Any) -> "WithholdingRates":
        """Read a document. Raises RulesError on a row that cannot be read, or on two rows that could match equally."""
        entries = document.get("rates") if isinstance(document, Mapping) else None
        if not isinstance(entries, list) or document.get("schema_version") != 1:
            raise RulesError("withholding rates: schema_version 1 and a list of rates are required")
        rows: dict[tuple[str, str], list[WithholdingRate]] = {}
        for index, entry in enumerate(entries):
            row = _read(entry, index)
            rows.setdefault((row.source_country, row.income_type), []).append(row)
        for group in rows.values():
            _refuse_equal_matches(group)
        return cls(version_of(document, "withholding rates"), {key: tuple(group) for key, group in rows.items()})

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


def _read(entry: Any, index: int) -> WithholdingRate:
    name = entry.get("rate_id") if isinstance(entry, Mapping) else None
    try:
        valid_to = entry.get("valid_to")
        row = WithholdingRate(
            **{key: text(entry[key]) for key in _TEXTS},
            valid_from=day_of(entry["valid_from"]),
            valid_to=None if valid_to is None else day_of(valid_to),
            statutory_rate=_percentage(entry["statutory_rate"]),
            treaty_rate=_optional_percentage(entry.get("treaty_rate")),
            second_level_tax_rate=_optional_percentage(entry.get("second_level_tax_rate")),
            components=tuple(
                Component(text(part["name"]), _percentage(part["rate"])) for part in entry.get("components") or ()
            ),
            reclaim_deadline=_deadline(entry.get("reclaim_deadline")),
            source=text(entry.get("source", "")),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RulesError(
            f"withholding rate {name if name and isinstance(name, str) else index}: cannot be read: {error!r}"
        ) from error
    if row.tax_relief_method not in RELIEF_METHODS:
        raise RulesError(f"withholding rate {row.rate_id}: tax_relief_method is none of {', '.join(RELIEF_METHODS)}")
    if row.components and reduce(EXACT.add, (part.rate for part in row.components)) != row.statutory_rate:
        raise RulesError(f"withholding rate {row.rate_id}: components do not add up to statutory_rate")
    return row


def _deadline(entry: Any) -> ReclaimDeadline | None:
    if entry is None:
        return None
    start = text(entry["from"])
    if start not in _DEADLINES_FROM:
        raise ValueError(f"reclaim_deadline.from is none of {', '.join(_DEADLINES_FROM)}")
    return ReclaimDeadline(integer(entry["years"], 100), start == "END_OF_PAYMENT_YEAR")


def _percentage(value: Any) -> Decimal:
    rate = parse_decimal(text(value))
    if not 0 <= rate <= 100:
        raise ValueError(f"{value} is not between 0 and 100 percent")
    return rate


def _optional_percentage(value: Any) -> Decimal | None:
    return None if value is None else _percentage(value)


def _refuse_equal_matches(group: Sequence[WithholdingRate]) -> None:
    """Two rows of the same residence and owner whose dates overlap: neither could be preferred."""
    ordered = sorted(group, key=lambda row: (row.residence, row.beneficial_owner, row.valid_from))
    for earlier, later in pairwise(ordered):
        of_same = (earlier.residence, earlier.beneficial_owner) == (later.residence, later.beneficial_owner)
        if of_same and earlier.holds_on(later.valid_from):
            raise RulesError(
                f"withholding rates {earlier.rate_id} and {later.rate_id} match equally on {later.valid_from}"
            )
