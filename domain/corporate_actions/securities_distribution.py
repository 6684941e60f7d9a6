"""DVSE, stock dividend, and BONU, bonus issue: additional securities for existing ones; basis spreads over old and new."""

from domain.corporate_actions.event_type import EventType, MissingTerms, pays_cash_only, ratio_of
from domain.records import Option


def _check(option: Option) -> None:
    if ratio_of(option) is None and not pays_cash_only(option):
        raise MissingTerms(
            "options.additional_for_existing", f"option {option.option_number} needs additional_for_existing (ADEX)"
        )


DVSE = EventType(
    code="DVSE",
    income_type="",
    check=_check,
    source="SMPG Global Market Practice Part 2 (EIG+), DVSE MAND SECU; basis: US IRC §307(a)",
)
BONU = EventType(
    code="BONU",
    income_type="",
    check=_check,
    source="SMPG Global Market Practice Part 2 (EIG+), BONU MAND SECU; basis: UK TCGA 1992 s. 127-130",
)
