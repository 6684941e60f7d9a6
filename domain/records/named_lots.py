"""Lots that a record names, with the quantity that it takes of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from domain.numbers.exact import plain
from domain.numbers.series import exact_sum
from domain.records.declared import Meaning, Number, Text
from domain.records.fields import Fields


@dataclass(frozen=True, slots=True)
class LotQuantity:
    """A part of a lot that a sale or a transfer takes."""

    lot_id: Annotated[Text, Meaning("lot", source="13B LOTS")]
    quantity: Annotated[Number, Meaning("taken of the lot", "units")]


def check_named_lots(fields: Fields, name: str, lots: Sequence[LotQuantity], quantity: Decimal) -> None:
    """Raise RecordError if lots are named that do not add up to the quantity, or one is named twice."""
    named = exact_sum(part.quantity for part in lots)
    if lots and (named != quantity or len({part.lot_id for part in lots}) < len(lots)):
        detail = f"the lots named once each must add up to the quantity, not to {plain(named)}"
        raise fields.fail(name, "breakdown_mismatch", detail)
