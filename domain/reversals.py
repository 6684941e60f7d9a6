"""Reversals: what was calculated once and is taken back in full, every amount and quantity negated (domain rules, "Eligibility and time").

Source of the practice: SMPG Global Market Practice Part 1, "Reversal"; ISO 15022 MT566 REVR, ISO 20022 seev.037.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from domain.exact import EXACT

_NEGATED = ("_amount", "_quantity")


def reversed_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """A calculation's JSON with every amount and quantity negated, those of its parts too; rates and dates stay."""
    return {name: _reversed(name, value) for name, value in result.items()}


def _reversed(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [reversed_result(each) if isinstance(each, dict) else each for each in value]
    if name == "quantity_ratio" and value:
        return {**value, "numerator": _negated(value["numerator"])}
    if isinstance(value, str) and (name == "amount" or name.endswith(_NEGATED)):
        return _negated(value)
    return value


def _negated(number: str) -> str:
    return str(EXACT.minus(Decimal(number)))
