"""A disposal, and where the figures of what it realises come from: values for the explanation, at hand where a figure is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from domain.numbers.exact import Number
from domain.records import Trade


@dataclass(frozen=True, slots=True)
class Disposal:
    """What parts of lots are given for, when, and by which trade or event (`closed_by`). `amount` is in the lots' currency, at its minor
    unit; `prices` are market prices by ISIN that the event says. The lots close `on` a day; the law may have the gain or loss count on
    another one (`counts_on`). `of_every_lot`: no method chose which lots give a part. `in_kind`: part of the amount is the value of
    securities that came. `of_trade`: the trade of whose amount it is a part or all, where that trade may open a lot too."""

    amount: Decimal
    on: date
    closed_by: str
    prices: Mapping[str, Number] = field(default_factory=dict)
    counts_on: date | None = None
    of_every_lot: bool = False
    in_kind: bool = False
    of_trade: Trade | None = None

    @property
    def day(self) -> date:
        """Return the day of the gain or loss."""
        return self.counts_on or self.on


@dataclass(frozen=True, slots=True)
class Relieved:
    """What a part was relieved from: `units` with their `basis`, of its own lot, or of the lots that are `pooled`. `factor` of its units
    stand for one unit disposed of, where a split or consolidation came between."""

    basis: Decimal
    units: Fraction
    pooled: bool = False
    factor: Fraction = Fraction(1)


class Use(Enum):
    """What cash for a lot whose quantity stays, or that turns into securities, does to its basis."""

    BOOT = "falls by the cash less the gain"
    BEYOND_BASIS = "falls by the cash, to nothing; what exceeds it is a gain"
    PART_DISPOSAL = "falls in the proportion of cash to cash and value"
    SMALL = "falls by the cash, which is small"
    PAID_DOWN = "falls by the share that is paid back"
    IN_LIEU = "falls by what a short pays"


@dataclass(frozen=True, slots=True)
class Used:
    """Basis that cash uses up: `amount` of `basis`. `worth` is the value of what the holder keeps or gets beside the cash; `share` is what
    is paid back where the use is PAID_DOWN; `in_kind`: part of the cash is the value of securities that came;
    `whole` is what the cash of a holding uses up of all its lots, in which each lot has a part."""

    use: Use
    amount: Decimal
    basis: Fraction
    cash: Decimal
    worth: Fraction = Fraction(0)
    share: Fraction = Fraction(0)
    in_kind: bool = False
    whole: "Used | None" = None

    @property
    def realises(self) -> bool:
        """Return True if the cash is a disposal or brings a gain."""
        if self.use is Use.BEYOND_BASIS:
            return self.cash > self.amount
        return self.use is Use.PAID_DOWN or (self.use not in (Use.SMALL, Use.IN_LIEU) and bool(self.cash))


@dataclass(frozen=True, slots=True)
class Shared:
    """A `cost` that several classes share by value: theirs is `worth`, of `whole`."""

    cost: Fraction
    worth: Fraction
    whole: Fraction


@dataclass(frozen=True, slots=True)
class Replaced:
    """Units of a loss that a lot replaced, and the part of the loss that its basis took over."""

    lot_id: str
    units: Fraction
    amount: Decimal
    days_held: int
