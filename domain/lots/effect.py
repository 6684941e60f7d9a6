"""What an event does to lots, read from its announcement."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from domain.corporate_actions import EVENT_TYPES, MissingTerms, ratio_of
from domain.records import CorporateAction, Option
from domain.rules import Rules


@dataclass(frozen=True, slots=True)
class LotEffect:
    """On `on`, each unit of `isin` acquired before becomes (NEWO) or gains (ADEX) `ratio` units of `isin_out`."""

    event_id: str
    on: date
    isin: str
    isin_out: str
    ratio: Fraction
    replaces: bool
    option: Option


def lot_effect(event: CorporateAction, rules: Rules | None = None) -> LotEffect | None:
    """The effect of a mandatory event's option, or None where lots keep as they are.

    On ex_date, else effective_date, else the ex-date derived from the calendar. Raises CalendarRangeError outside its range, and
    MissingTerms where basis must be spread over another security and cost_basis_allocation does not say how.
    """
    if not event.stands or event.event_type not in EVENT_TYPES or event.mandatory_voluntary != "MAND":
        return None
    option = next((each for each in event.options if each.is_default_option or len(event.options) == 1), None)
    terms = ratio_of(option) if option else None
    on = effect_date(event, rules)
    if option is None or terms is None or on is None:
        return None
    ratio, replaces = terms
    if not replaces and option.isin_out not in ("", event.isin) and option.cost_basis_allocation is None:
        raise MissingTerms("options.cost_basis_allocation", "how basis spreads over the new security is not announced")
    return LotEffect(
        event.corporate_action_event_id, on, event.isin, option.isin_out or event.isin, ratio.value, replaces, option
    )


def effect_date(event: CorporateAction, rules: Rules | None) -> date | None:
    """A given ex_date wins, then effective_date, then the derived ex-date; None where nothing says it."""
    if event.ex_date or event.effective_date:
        return event.ex_date or event.effective_date
    calendars = rules.market_calendars if rules else None
    calendar = calendars.choose(event.place_of_listing, event.source_country) if calendars else None
    if calendar is None or event.record_date is None:
        return None
    return calendar.derive_ex_date(event.record_date)
