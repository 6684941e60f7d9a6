"""An event, judged once for all its holders."""

from dataclasses import dataclass
from datetime import date, timedelta

from domain.entitlements import PreparedEvent, prepare_event
from domain.held import Held
from domain.lots import lot_dates
from domain.market_claims import KeyDates, key_dates
from domain.records import CorporateAction
from domain.rules import Rules


@dataclass(frozen=True, slots=True)
class Case:
    """`today` is the day of the calculation, None if everything is calculated whatever its date. `prepared` is None if the event has ended
    or is `held`. `dates` are its key dates, `lot_dates` the days on which it may touch lots, empty if nothing says them."""

    event: CorporateAction
    rules: Rules
    today: date | None
    prepared: PreparedEvent | None = None
    held: Held | None = None
    dates: KeyDates | None = None
    lot_dates: tuple[date, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Return True if the event entitles somebody today: it stands, has its terms, and is due."""
        return self.prepared is not None and is_due(self.event, self.today)

    @property
    def touches_lots(self) -> bool:
        """Return True if it may touch lots by the end of today; if nothing says when, from when it is due."""
        if self.lot_dates and self.today is not None:
            return self.event.stands and self.lot_dates[0] <= self.today
        return self.event.stands and is_due(self.event, self.today)

    @property
    def later_dates(self) -> list[date]:
        """Return the days after `today` on which the event gives something else: it becomes due, or touches lots."""
        on = self.event.entitlement_date
        due = [on + timedelta(days=1)] if on and on < date.max and self.event.stands else []
        return sorted({day for day in (*due, *self.lot_dates) if self.today is not None and day > self.today})


def is_due(event: CorporateAction, today: date | None) -> bool:
    """Return True if the record date, else the effective date, is before `today`, or if there is no such date or no `today`."""
    return today is None or event.entitlement_date is None or event.entitlement_date < today


def open_case(event: CorporateAction, rules: Rules, today: date | None) -> Case:
    """Return the event with all that does not depend on a holder; missing terms make it `held`."""
    if not event.stands:
        return Case(event, rules, today)
    prepared, held = None, None
    try:
        prepared = prepare_event(event, rules)
    except Held as missing:
        held = missing
    paid = prepared.event if prepared else event
    return Case(event, rules, today, prepared, held, key_dates(paid, rules), _lot_dates(event, rules))


def _lot_dates(event: CorporateAction, rules: Rules) -> tuple[date, ...]:
    try:
        return lot_dates(event, rules)
    except Held:
        return ()
