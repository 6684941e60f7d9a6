"""A disposal: what parts of lots are given for, when, and by which trade or event."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Disposal:
    """`amount` in the lots' currency, at its minor unit; `closed_by` is the trade's or the event's id; `prices` are market prices by ISIN
    that the event says. The lots close `on` a day; the law may have the gain or loss count on another one (`counts_on`)."""

    amount: Decimal
    on: date
    closed_by: str
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    counts_on: date | None = None

    @property
    def day(self) -> date:
        """Return the day of the gain or loss."""
        return self.counts_on or self.on
