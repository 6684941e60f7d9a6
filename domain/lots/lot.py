"""One tax lot, and what selling part of it realises."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any

from domain.lots.disposal import Disposal, Relieved, Replaced, Used
from domain.numbers.exact import EXACT, plain, ratio_json
from domain.numbers.money import MINOR_UNITS, round_amount
from domain.records import Trade
from domain.records.declared import Currency, Day, Identifier, Isin, Meaning, SignedNumber, Text, read_as
from domain.records.errors import RecordError
from domain.records.fields import Fields
from domain.records.option import Ratio


@dataclass(frozen=True, slots=True)
class Lot:
    """Quantity in exact units, cost basis at the currency's minor unit; both below zero of what is owed. A closed lot has quantity and
    basis 0."""

    lot_id: str
    parent_lot_id: str
    safekeeping_account: str
    isin: str
    acquisition_date: date
    holding_period_start: date
    quantity: Fraction
    cost_basis: Decimal
    currency: str
    opened_by: str
    closed_at: date | None = None

    def basis_of(self, part: Fraction) -> Decimal:
        """Return the basis of a relieved part, rounded; the remainder keeps the difference (domain rules, "Lots")."""
        if part == self.quantity:
            return self.cost_basis
        return round_amount(Fraction(self.cost_basis) * part / self.quantity, self.currency)

    def without(self, part: Fraction, basis: Decimal, on: date) -> "Lot":
        """Return what is left when `part` units go with `basis`. A lot without units is closed `on` that day, no sooner than it opened."""
        if rest := self.quantity - part:
            return replace(self, quantity=rest, cost_basis=EXACT.subtract(self.cost_basis, basis))
        closed_at = max(on, self.acquisition_date)
        return replace(self, quantity=rest, cost_basis=round_amount(0, self.currency), closed_at=closed_at)

    def to_json(self) -> dict[str, Any]:
        """Return the contract's tax lot, with `quantity_ratio` where no finite decimal shows the quantity."""
        return {
            "lot_id": self.lot_id,
            "parent_lot_id": self.parent_lot_id or None,
            "safekeeping_account": self.safekeeping_account,
            "isin": self.isin,
            "acquisition_date": self.acquisition_date.isoformat(),
            "holding_period_start": self.holding_period_start.isoformat(),
            "quantity": plain(self.quantity),
            "quantity_ratio": ratio_json(self.quantity),
            "cost_basis": str(self.cost_basis),
            "currency": self.currency,
            "opened_by": self.opened_by,
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
        }


@dataclass(frozen=True, slots=True)
class Realised:
    """A relieved part of a lot: proceeds and basis in the lot's currency, the term by the lot's holding period.

    `matched_by` (UK_SHARE_MATCHING): SAME_DAY, THIRTY_DAYS or POOL, else empty. `disallowed_loss` (US_WASH_SALE): the part of the loss
    that a replacement's basis takes over, at the minor unit; None outside the regime. gain_loss is what was gained or lost all the same.
    A short that is closed has a quantity below zero, what it was sold for as proceeds, and what closed it as cost_basis.

    For the explanation: `held_since` is the start of the holding period, `disposal` what the row is a part of, `source` where its
    cost_basis comes from, `replaced_by` what took over the disallowed loss.
    """

    lot_id: str
    quantity: Fraction
    proceeds: Decimal
    cost_basis: Decimal
    holding_term: str
    closed_by: str
    isin: str
    safekeeping_account: str
    currency: str
    held_since: date
    date: date
    disposal: Disposal = field(compare=False)
    source: Relieved | Used = field(compare=False)
    matched_by: str = ""
    disallowed_loss: Decimal | None = None
    replaced_by: tuple[Replaced, ...] = field(default=(), compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return the contract's realised row; `matched_by` and `disallowed_loss` are null outside their regimes."""
        return {
            "lot_id": self.lot_id,
            "quantity": plain(self.quantity),
            "proceeds": str(self.proceeds),
            "cost_basis": str(self.cost_basis),
            "gain_loss": str(EXACT.subtract(self.proceeds, self.cost_basis)),
            "holding_term": self.holding_term,
            "closed_by": self.closed_by,
            "isin": self.isin,
            "safekeeping_account": self.safekeeping_account,
            "currency": self.currency,
            "date": self.date.isoformat(),
            "matched_by": self.matched_by or None,
            "disallowed_loss": None if self.disallowed_loss is None else str(self.disallowed_loss),
        }


def lot_of(trade: Trade, quantity: Fraction, basis: Decimal) -> Lot:
    """Return the lot that a trade opens with so many of its units."""
    assert trade.trade_date is not None
    return Lot(
        lot_id=trade.trade_id,
        parent_lot_id="",
        safekeeping_account=trade.safekeeping_account,
        isin=trade.isin,
        acquisition_date=trade.trade_date,
        holding_period_start=trade.trade_date,
        quantity=quantity,
        cost_basis=basis,
        currency=trade.currency,
        opened_by=trade.trade_id,
    )


def realised_row(
    lot: Lot,
    quantity: Fraction,
    proceeds: Decimal,
    basis: Decimal,
    disposal: Disposal,
    source: Relieved | Used,
    matched_by: str = "",
) -> Realised:
    """Return the row of a part of a lot, of `quantity` units, that is disposed of."""
    return Realised(
        lot_id=lot.lot_id,
        quantity=quantity,
        proceeds=proceeds,
        cost_basis=basis,
        holding_term=holding_term(lot.holding_period_start, disposal.day),
        closed_by=disposal.closed_by,
        isin=lot.isin,
        safekeeping_account=lot.safekeeping_account,
        currency=lot.currency,
        date=disposal.day,
        held_since=lot.holding_period_start,
        disposal=disposal,
        source=source,
        matched_by=matched_by,
    )


def holding_term(holding_period_start: date, sold: date) -> str:
    """LONG from the day after acquisition plus one year on, else SHORT (US IRC §1222; Rev. Rul. 66-7)."""
    if holding_period_start == date.max:
        return "SHORT"
    day_after = holding_period_start + timedelta(days=1)
    month_day = (
        day_after.month,
        day_after.day,
    )  # 29 February has no anniversary in a common year: 1 March is the first day after it
    return "LONG" if (sold.year, (sold.month, sold.day)) >= (day_after.year + 1, month_day) else "SHORT"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsRatio(Ratio):
    """Units without finite decimals."""

    numerator: Annotated[SignedNumber, Meaning("below zero of what is owed", "units")]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningLot:
    """A tax lot that `calculate` begins with, in the form of a tax lot of its result."""

    lot_id: Annotated[Text, Meaning("number of the lot, once an account")]
    parent_lot_id: Annotated[Text, Meaning("lot that it came from")] = ""
    safekeeping_account: Annotated[Identifier, Meaning("account that holds it", source="97A SAFE")]
    isin: Annotated[Isin, Meaning("security", source="35B")]
    acquisition_date: Annotated[Day, Meaning("day on which it was acquired")]
    holding_period_start: (
        Annotated[Day, Meaning("day since which it counts as held; absent: acquisition_date")] | None
    ) = None
    quantity: Annotated[
        SignedNumber, Meaning("held; below zero is owed, if the account allows short_positions", "units")
    ]
    quantity_ratio: (
        Annotated[UnitsRatio, Meaning("quantity that has no finite decimal; goes before quantity")] | None
    ) = None
    cost_basis: Annotated[
        SignedNumber,
        Meaning(
            "cost of the whole lot, below zero what a short was sold for; at most the minor unit's places", "currency"
        ),
    ]
    currency: Annotated[Currency, Meaning("of cost_basis")]
    opened_by: Annotated[Identifier, Meaning("trade or event that opened it; absent: `OPENING`")] = ""
    closed_at: Annotated[Day, Meaning("day on which its last unit went")] | None = None

    @staticmethod
    def check(fields: Fields, lot: dict[str, Any]) -> None:
        """Raise RecordError for a basis of another sign than the quantity, or with more places than its currency has."""
        basis, currency = lot["cost_basis"], lot["currency"]
        if -int(basis.as_tuple().exponent) > MINOR_UNITS[currency]:
            raise fields.fail("cost_basis", "below_minor_unit", f"{basis} has more places than {currency}'s minor unit")
        if basis < 0 <= lot["quantity"]:
            raise fields.fail(
                "cost_basis", "negative_basis", f"{basis} is below zero, which only the basis of a short lot is"
            )


def read_lot(raw: object) -> Lot:
    """Return an opening lot of `calculate`. Raises RecordError."""
    if not isinstance(raw, Mapping):
        raise RecordError("not_an_object", "", "a lot is one JSON object")
    fields = Fields(raw)
    opening = read_as(OpeningLot, fields)
    fields.rest()
    return Lot(
        lot_id=opening.lot_id,
        parent_lot_id=opening.parent_lot_id,
        safekeeping_account=opening.safekeeping_account,
        isin=opening.isin,
        acquisition_date=opening.acquisition_date,
        holding_period_start=opening.holding_period_start or opening.acquisition_date,
        quantity=opening.quantity_ratio.value if opening.quantity_ratio else Fraction(opening.quantity),
        cost_basis=round_amount(opening.cost_basis, opening.currency),
        currency=opening.currency,
        opened_by=opening.opened_by or "OPENING",
        closed_at=opening.closed_at,
    )
