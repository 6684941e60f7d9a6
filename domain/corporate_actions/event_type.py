"""The shape of an event type, and the terms that types share."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.records import Option, Ratio


class MissingTerms(ValueError):
    """The announcement does not say what the event type needs: held until a version does."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class EventType:
    """One ISO event type (22F CAEV).

    `check(option)` raises MissingTerms where the option lacks what the type needs. `income_type` is the withholding rates' income
    type, or empty where no income tax is withheld. `source` says where the rule is written.
    """

    code: str
    income_type: str
    check: Callable[[Option], None]
    source: str


def pays_cash_only(option: Option) -> bool:
    """True for the CASH option of a choice whose other options pay securities: it needs a rate and no ratio."""
    return option.option_type == "CASH" and option.gross_rate is not None


def ratio_of(option: Option) -> tuple[Ratio, bool] | None:
    """The option's ratio, and whether the old securities are debited (NEWO yes, ADEX no); None where it pays none.

    Raises MissingTerms when both are given, as nothing says which holds.
    """
    if option.new_to_old and option.additional_for_existing:
        raise MissingTerms(
            "new_to_old", f"option {option.option_number} has both new_to_old and additional_for_existing"
        )
    if option.new_to_old:
        return option.new_to_old, True
    if option.additional_for_existing:
        return option.additional_for_existing, False
    return None
