"""Reversals: what was calculated once and is taken back in full, every amount and quantity negated (domain rules, "Eligibility and time").

Source of the practice: SMPG Global Market Practice Part 1, "Reversal"; ISO 15022 MT566 REVR, ISO 20022 seev.037.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from domain.case.revisions import Status, same_figures, state_amount_of
from domain.numbers.exact import EXACT
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
    """A result that is taken back in full because of the version `by`, which ended the event, or gives another result after the first one
    was `paid`."""

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
        why = f"{by}, ends the event" if not self.paid else f"it was confirmed as paid, and {by}, gives another result"
        rule = f"version {version} is taken back in full: {why} (ISO 15022 MT566 REVR, ISO 20022 seev.037)"
        for name, before, after in _negations("", self.result, self.to_json()):
            yield Step(name, rule, f"-1 x {before}", after)


def _negations(path: str, before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """Yield (dotted name, figure, negated figure) of all that differs between a result and its reversal."""
    if isinstance(before, Mapping):
        for name, value in before.items():
            yield from _negations(f"{path}.{name}" if path else name, value, after[name])
    elif isinstance(before, list):
        for number, (value, negated) in enumerate(zip(before, after, strict=True)):
            yield from _negations(f"{path}.{number}", value, negated)
    elif before != after:
        yield path, before, after


def reversals(
    versions: Sequence[CorporateAction],
    results_of: Callable[[CorporateAction], Results],
    confirmations: Mapping[Payment, Sequence[Confirmation]],
) -> Iterator[Reversal]:
    """Yield an event's reversals: the whole of each version that was cancelled or withdrawn, and what was paid of an earlier version that
    differs from the present one. `versions`: lowest first."""
    for old, new in pairwise(versions):
        if not new.stands:
            yield from (Reversal(result, new) for result in results_of(old).values())
    standing = [list(run) for stands, run in groupby(versions, lambda version: version.stands) if stands]
    for run in standing:
        if of_run := _of_run(confirmations, standing, run):
            before = [results_of(version) for version in reversed(run[:-1])]
            for result in _paid_before(results_of(run[-1]), before, of_run):
                yield Reversal(result, run[-1], paid=True)


def _of_run(
    confirmations: Mapping[Payment, Sequence[Confirmation]],
    standing: Sequence[Sequence[CorporateAction]],
    run: Sequence[CorporateAction],
) -> dict[Payment, Sequence[Confirmation]]:
    """Return the confirmations that belong to a run, by payment."""
    of_run = {
        payment: [confirmation for confirmation in confirmed if _run_of(confirmation, standing) is run]
        for payment, confirmed in confirmations.items()
    }
    return {payment: confirmed for payment, confirmed in of_run.items() if confirmed}


def _run_of(confirmation: Confirmation, standing: Sequence[Sequence[CorporateAction]]) -> Sequence[CorporateAction]:
    """Return the versions one after the other, without a cancellation between, to which a confirmation belongs: the last ones if it names
    none."""
    named = (run for run in standing if confirmation.version in [version.version for version in run])
    return next(named, standing[-1])


def _paid_before(
    current: Results, before: Sequence[Results], confirmations: Mapping[Payment, Sequence[Confirmation]]
) -> Iterator[Result]:
    """Yield results that confirmations say were paid by a version since replaced.

    Of an option it is the latest one that a confirmation names or whose amount they state, else the last.
    """
    for payment, confirmed in sorted(confirmations.items()):
        new, earlier = current.get(payment), [results[payment] for results in before if payment in results]
        if not earlier or (new and are_payments_of(confirmed, new)):
            continue
        paid = next((result for result in earlier if are_payments_of(confirmed, result)), earlier[0])
        if not (new and same_figures(paid, new)):
            yield paid


def are_payments_of(confirmed: Sequence[Confirmation], result: Result) -> bool:
    """Return True if one of the confirmations names the result's version, or together they state its amount."""
    named = any(confirmation.version == result["version"] for confirmation in confirmed)
    return named or state_amount_of(confirmed, result)


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
