"""DVCA, cash dividend: gross_rate in the option's currency per unit held on record date, taxed as dividend income; lots keep."""

from domain.corporate_actions.event_type import EventType, MissingTerms
from domain.records import Option


def _check(option: Option) -> None:
    if option.gross_rate is None:
        raise MissingTerms(
            "options.gross_rate", f"option {option.option_number} of a DVCA needs gross_rate and currency"
        )


DVCA = EventType(
    code="DVCA",
    income_type="dividend_listed_equity",
    check=_check,
    source="SMPG Global Market Practice Part 2 (EIG+), DVCA MAND CASH; ISO 15022 22F::CAEV//DVCA",
)
