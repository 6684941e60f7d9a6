"""Steps to what is owed: its ledger counts it above zero, results below (`short_sales`)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from domain.numbers.exact import EXACT
from domain.step import Step

BELOW_ZERO = "; owed, so below zero"
_OTHER_SIDE = {"proceeds": "cost_basis", "cost_basis": "proceeds"}


def owed_lot(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps of a lot of the ledger as those of the lot in results."""
    for step in steps:
        yield _negated(step) if step.name in ("quantity", "cost_basis") else step


def owed_row(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps that explain a realised row of a short, as results name them: what it was sold for is its proceeds, what was paid to
    close it its cost."""
    for step in steps:
        yield _negated(step) if step.name == "quantity" else replace(step, name=_OTHER_SIDE.get(step.name, step.name))


def _negated(step: Step) -> Step:
    return replace(step, arithmetic=f"{step.arithmetic}{BELOW_ZERO}", result=str(EXACT.minus(Decimal(step.result))))
