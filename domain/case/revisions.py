"""What a new calculation changes for one event and account: revisions, statuses and reversals (domain rules, "Eligibility and time").

Nothing is overwritten. The same result makes no new revision. An entitlement that is replaced becomes SUPERSEDED before its payment was
confirmed, and REVERSED after; cancelled or withdrawn ones are REVERSED. What is reversed after confirmation, or by a
cancellation, is also written with every amount and quantity negated.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.entitlements import Calculation
from domain.numbers.series import exact_sum
from domain.records import Confirmation
from domain.records.security import is_taken_back, standing_payments

_HOW_IT_CAME = ("rules_version", "calculation_version", "rate_id", "rate_basis")
"""Fields that say by what a result was calculated, and nothing of the holder."""


class Status(StrEnum):
    """Of one revision. Exactly one per event, account and option is CALCULATED, or none when nothing is due."""

    CALCULATED = "CALCULATED"
    SUPERSEDED = "SUPERSEDED"
    REVERSED = "REVERSED"


@dataclass(frozen=True, slots=True)
class Current:
    """The CALCULATED revision of one option, its `Calculation.to_json()`, and whether a confirmation said that it was paid."""

    revision: int
    result: Mapping[str, Any]
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one option: `closes` its current revision with `status`, `reverses` it in full, `opens` a new revision.

    `revision` is the new revision's number where `opens` is given; announcing it names the closed one as superseded.
    """

    option_number: str
    closes: Current | None
    status: Status | None
    reverses: bool
    opens: Calculation | None
    revision: int


def revise(
    current: Mapping[str, Current],
    due: Iterable[Calculation],
    last_revisions: Mapping[str, int],
    *,
    stands: bool = True,
) -> Sequence[Change]:
    """Return the changes by option number, for one event and account.

    `current` by option; `due` what is calculated now; `last_revisions` the highest revision ever of each option, so that a
    number is never used twice; `stands` False for a cancelled or withdrawn event, whose `due` is empty.
    """
    wanted = {calculation.option_number: calculation for calculation in due}
    changes = []
    for option_number in sorted({*current, *wanted}):
        old, new = current.get(option_number), wanted.get(option_number)
        if old and new and same_result(old.result, new.to_json()):
            continue
        reversed_ = old is not None and (old.confirmed or not stands)
        status = (Status.REVERSED if reversed_ else Status.SUPERSEDED) if old else None
        revision = last_revisions.get(option_number, 0) + 1 if new else 0
        changes.append(Change(option_number, old, status, reversed_, new, revision))
    return changes


def same_result(result: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True if both say the same of the holder.

    By which rules and version of the calculation does not count, nor whether what a result has none of is null or, in one calculated by an
    earlier release, absent.
    """
    return said(result) == said(other)


def said(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result says of the holder: its fields that are not null, without those that name by what it was calculated."""
    return {name: value for name, value in result.items() if name not in _HOW_IT_CAME and value is not None}


def same_figures(result: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return True if both say the same of the holder, whichever version of the announcement each is of."""
    return same_result({**result, "version": 0}, {**other, "version": 0})


def is_paid(
    confirmations: Sequence[Confirmation], result: Mapping[str, Any], paid_before: Mapping[str, Any] | None
) -> bool:
    """Return True if the confirmations of an account's option, whenever they came, say that this entitlement was paid.

    They do if one names its version, or if together they state its amount; what reversals took back is left out. `paid_before` is the last
    entitlement of the option that they paid, None if there was none: what was paid by another version is no payment of this one, unless
    both give the same figures.
    """
    if is_taken_back(confirmations):
        return False
    standing = standing_payments(confirmations)
    if any(confirmation.version == result["version"] for confirmation in standing):
        return True
    if state_amount_of(standing, result):
        return True
    if paid_before is not None and paid_before["version"] != result["version"]:
        return same_figures(paid_before, result)
    return any(confirmation.version is None for confirmation in standing)


def state_amount_of(confirmations: Sequence[Confirmation], result: Mapping[str, Any]) -> bool:
    """Return True if the posted amounts add up to what the entitlement pays, or to its net amount before an exchange."""
    posted = [confirmation.posting_amount for confirmation in confirmations if confirmation.posting_amount is not None]
    amounts = (result["payment_amount"], result["net_amount"])
    return bool(posted) and exact_sum(posted) in [Decimal(amount) for amount in amounts if amount is not None]
