"""What an event does to an account's lots, read from its announcement and from what the account elected."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.corporate_actions import EVENT_TYPES, MissingTerms, ratio_of
from domain.records import CorporateAction, Option
from domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Elected:
    """How much of an account's eligible quantity each option takes (`quantities_by_option`). In units."""

    eligible: Decimal
    by_option: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class LotEffect:
    """On `on`, a `share` of each unit of `isin` acquired before becomes (NEWO) or gains (ADEX) `ratio` units of `isin_out`.

    `basis_moved` is the part of the affected basis that goes to another security; in the same security, and where it is replaced, all of
    it stays with the lot.
    """

    event_id: str
    on: date
    isin: str
    isin_out: str
    ratio: Fraction
    replaces: bool
    option: Option
    share: Fraction
    basis_moved: Fraction


def lot_effect(event: CorporateAction, rules: Rules | None = None, elected: Elected | None = None) -> LotEffect | None:
    """The effect of the option that the account takes, or None where lots keep as they are.

    Lots need no position: without one (`elected` None or of nothing) the option of a mandatory event, or a choice's default. On ex_date,
    else effective_date, else the ex-date derived from the calendar. Raises CalendarRangeError outside its range, and MissingTerms where
    basis must be spread over another security and neither cost_basis_allocation nor market_prices says how, or two options pay securities.
    """
    if not event.stands or event.event_type not in EVENT_TYPES:
        return None
    shares = [(option, share) for option, share in _shares(event, elected) if ratio_of(option)]
    on = effect_date(event, rules)
    if not shares or on is None:
        return None
    if len(shares) > 1:
        raise MissingTerms(
            "options", "the account takes two options that pay securities: which lots follow which is not said"
        )
    ((option, share),) = shares
    terms = ratio_of(option)
    assert terms is not None
    return LotEffect(
        event_id=event.corporate_action_event_id,
        on=on,
        isin=event.isin,
        isin_out=option.isin_out or event.isin,
        ratio=terms[0].value,
        replaces=terms[1],
        option=option,
        share=share,
        basis_moved=_basis_moved(event, option, terms[0].value, replaces=terms[1]),
    )


def follows_elections(event: CorporateAction) -> bool:
    """False where every account takes the only option of a mandatory event."""
    return event.mandatory_voluntary != "MAND" or len(event.options) > 1


def effect_date(event: CorporateAction, rules: Rules | None) -> date | None:
    """A given ex_date wins, then effective_date, then the derived ex-date; None where nothing says it."""
    if event.ex_date or event.effective_date:
        return event.ex_date or event.effective_date
    calendars = rules.market_calendars if rules else None
    calendar = calendars.choose(event.place_of_listing, event.source_country) if calendars else None
    if calendar is None or event.record_date is None:
        return None
    return calendar.derive_ex_date(event.record_date, event.payment_date, event.distribution_percent)


def _shares(event: CorporateAction, elected: Elected | None) -> list[tuple[Option, Fraction]]:
    if elected and elected.eligible and follows_elections(event):
        eligible = Fraction(elected.eligible)
        return [
            (option, Fraction(elected.by_option[option.option_number]) / eligible)
            for option in event.options
            if elected.by_option.get(option.option_number)
        ]
    if event.mandatory_voluntary == "VOLU":
        return []
    chosen = [each for each in event.options if each.is_default_option or len(event.options) == 1]
    return [(each, Fraction(1)) for each in chosen[:1]]


def _basis_moved(event: CorporateAction, option: Option, ratio: Fraction, *, replaces: bool) -> Fraction:
    """A given allocation wins; else by the market values of new and old securities, unrounded (domain rules, "Securities")."""
    if replaces or option.isin_out in ("", event.isin):
        return Fraction(1)
    if option.cost_basis_allocation is not None:
        return Fraction(option.cost_basis_allocation) / 100
    old, new = event.market_prices.get(event.isin), event.market_prices.get(option.isin_out)
    if old is None or new is None or not old + new:
        raise MissingTerms(
            "options.cost_basis_allocation", "neither an allocation nor market_prices of both says how basis spreads"
        )
    return ratio * Fraction(new) / (ratio * Fraction(new) + Fraction(old))
