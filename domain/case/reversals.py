"""Reversals: what was calculated once and is taken back in full, every amount and quantity negated (domain rules, "Eligibility and time").

Source of the practice: SMPG Global Market Practice Part 1, "Reversal"; ISO 15022 MT566 REVR, ISO 20022 seev.037.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

from domain.case.revisions import Status, is_paid, state_amount_of
from domain.numbers.exact import EXACT
from domain.numbers.series import paired
from domain.records import Confirmation, CorporateAction
from domain.step import Step

_NEGATED = ("_amount", "_quantity")
Payment = tuple[str, str]
"""Account and option number, of one event."""
Result = Mapping[str, Any]
"""`Calculation.to_json()`."""
Results = Mapping[Payment, Result]


@dataclass(frozen=True, slots=True)
class Reversal:
    """A result that is taken back in full because of the version `by`, which ended the event, or replaces the result after it was
    `paid`."""

    result: Result
    by: CorporateAction
    paid: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the row in the shape of the engine's."""
        return {
            **reversed_result(self.result),
            "revision": 1,
            "status": str(Status.REVERSED),
            "payment_status": "EXPECTED",
            "calculated_at": None,
            "calculation_key": None,
            "is_reversal": True,
        }

    def explain(self) -> Iterator[Step]:
        """Yield a step for each figure that is negated."""
        version, by = self.result["version"], f"version {self.by.version}, {self.by.function}"
        why = f"{by}, ends the event" if not self.paid else f"it was confirmed as paid, and {by}, replaces it"
        rule = f"version {version} is taken back in full: {why} (ISO 15022 MT566 REVR, ISO 20022 seev.037)"
        for name, before, after in _negations("", self.result, self.to_json()):
            yield Step(name, rule, f"-1 x {before}", after)


def _negations(path: str, before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """Yield (dotted name, figure, negated figure) of all that differs between a result and its reversal."""
    if isinstance(before, Mapping):
        for name, value in before.items():
            yield from _negations(f"{path}.{name}" if path else name, value, after[name])
    elif isinstance(before, list):
        for number, (value, negated) in enumerate(paired(before, after)):
            yield from _negations(f"{path}.{number}", value, negated)
    elif before != after:
        yield path, before, after


def payments(
    versions: Sequence[CorporateAction],
    results_of: Callable[[CorporateAction], Results],
    confirmations: Mapping[Payment, Sequence[Confirmation]],
) -> tuple[list[Reversal], set[Payment]]:
    """Return (an event's reversals, the payments of its present version that are confirmed).

    Reversed is the whole of each version that was cancelled or withdrawn, and what was paid of a version since replaced. `versions`:
    lowest first.
    """
    taken_back = {
        (old.version, payment): Reversal(result, new)
        for old, new in pairwise(versions)
        if not new.stands
        for payment, result in results_of(old).items()
    }
    confirmed = set()
    by_version = [results_of(version) for version in versions if version.stands] if confirmations else []
    for payment, of_payment in sorted(confirmations.items()):
        results = [of_version[payment] for of_version in by_version if payment in of_version]
        for paid in reversed(_paid(results, of_payment, versions[-1].version)):
            if paid["version"] == versions[-1].version:
                confirmed.add(payment)
            else:
                by = next(version for version in versions if version.version > paid["version"])
                taken_back.setdefault((paid["version"], payment), Reversal(paid, by, paid=True))
    return list(taken_back.values()), confirmed


def _paid(results: Sequence[Result], confirmations: Sequence[Confirmation], present: int) -> list[Result]:
    """Return the results of one payment, given by version, that were paid, as the engine finds them if each confirmation comes with the
    version that it pays.

    A document does not tell when those came that name no version: with the last version before the present one whose amount they state,
    else with the present one if they state its amount, else with the last version before.
    """
    earlier = [result for result in reversed(results) if result["version"] != present]
    stated = (result for result in (*earlier, *results[-1:]) if state_amount_of(confirmations, result))
    came_with = next(stated, next(iter((*earlier, *results)), {"version": present}))["version"]
    paid: list[Result] = []
    for result in results:
        on = result["version"]
        known = [given for given in confirmations if on == present or (given.version or came_with) <= on]
        if is_paid(known, result, paid[-1] if paid else None):
            paid.append(result)
    return paid


def reversed_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a calculation's JSON with every amount and quantity negated, those of its parts too; rates and dates stay."""
    return {name: _reversed(name, value) for name, value in result.items()}


def _reversed(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [reversed_result(part) if isinstance(part, dict) else part for part in value]
    if name == "quantity_ratio" and value:
        return {**value, "numerator": _negated(value["numerator"])}
    if isinstance(value, str) and (name == "amount" or name.endswith(_NEGATED)):
        return _negated(value)
    return value


def _negated(figure: str) -> str:
    return str(EXACT.minus(Decimal(figure)))
