"""Reversals: what was calculated once and is taken back in full, every amount and quantity negated (domain rules, "Eligibility and time").

Source of the practice: SMPG Global Market Practice Part 1, "Reversal"; ISO 15022 MT566 REVR, ISO 20022 seev.037.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise, takewhile
from typing import Any

from domain.case.revisions import Status, same_figures, state_amount_of
from domain.numbers.exact import EXACT
from domain.records import Confirmation, CorporateAction

_NEGATED = ("_amount", "_quantity")
Payment = tuple[str, str]
"""Account and option number, of one event."""
Result = Mapping[str, Any]
"""`Calculation.to_json()`."""
Results = Mapping[Payment, Result]


def reversals(
    versions: Sequence[CorporateAction],
    results_of: Callable[[CorporateAction], Results],
    confirmations: Mapping[Payment, Sequence[Confirmation]],
) -> Iterator[dict[str, Any]]:
    """Yield an event's reversals in the shape of the engine's rows: the whole of each version that was cancelled or withdrawn, and what was
    paid of an earlier version that differs from the present one. `versions`: lowest first."""
    taken_back = [old for old, new in pairwise(versions) if not new.stands]
    paid: Iterator[Result] = iter(())
    if versions[-1].stands and confirmations:
        replaced = takewhile(lambda version: version.stands, reversed(versions[:-1]))
        paid = _paid_before(results_of(versions[-1]), [results_of(version) for version in replaced], confirmations)
    for result in (*(result for version in taken_back for result in results_of(version).values()), *paid):
        yield {
            **reversed_result(result),
            "revision": 1,
            "status": str(Status.REVERSED),
            "payment_status": "EXPECTED",
            "calculated_at": None,
            "calculation_key": None,
            "is_reversal": True,
        }


def _paid_before(
    current: Results, before: Sequence[Results], confirmations: Mapping[Payment, Sequence[Confirmation]]
) -> Iterator[Result]:
    """Yield results that confirmations say were paid by a version since replaced: the latest one of their amount, else the last."""
    for payment, confirmed in sorted(confirmations.items()):
        new, earlier = current.get(payment), [results[payment] for results in before if payment in results]
        if not earlier or (new and state_amount_of(confirmed, new)):
            continue
        paid = next((result for result in earlier if state_amount_of(confirmed, result)), earlier[0])
        if not (new and same_figures(paid, new)):
            yield paid


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


def _negated(number: str) -> str:
    return str(EXACT.minus(Decimal(number)))
