"""Two markets with days of each kind, and the dates that follow from them, day by day from the definitions."""

from datetime import date, timedelta
from fractions import Fraction

from tests.unit.domain.life.world import day

CLOSED = {
    "holidays": [day(26 + 91 * each) for each in range(12)],
    "trading_holidays": [day(13 + 65 * each) for each in range(16) if (65 * each - 13) % 91],
    "settlement_holidays": [day(20 + 52 * each) for each in range(20)],
}
DAYS = {"US": 1, "DE": 2}
CALENDARS = {
    country: {"country": country, "country_default": True, "weekend": [5, 6], "valid_from": "2023-01-01", "valid_to": "2026-12-31",
              **CLOSED, "settlement_cycles": [{"valid_from": "2000-01-01", "valid_to": None, "days": days}],
              "large_distribution": {"threshold_percent": "25", "ex_date": "NEXT_DAY_AFTER_PAYMENT"}}
    for country, days in DAYS.items()
}  # fmt: skip


def _open(on, *kinds):
    return date.fromisoformat(on).weekday() < 5 and not any(on in CLOSED[kind] for kind in kinds)


def settles(on):
    """True on a day on which trades settle and payments are made."""
    return _open(on, "holidays", "settlement_holidays")


def later(on, days=1):
    """So many days after a day."""
    return (date.fromisoformat(on) + timedelta(days)).isoformat()


def paid_on(event):
    """The payment date, or the first day after it on which payments are made; None without one."""
    on = event.get("payment_date")
    while on and not settles(on):
        on = later(on)
    return on


def derived_ex_date(event):
    """The first trading day whose trades settle after the record date, by trying one after the other; of a large distribution the first
    trading day after its payment; None without a record date."""
    record, percent = event.get("record_date"), Fraction(event.get("distribution_percent", 0))
    if not record:
        return None
    is_large = percent >= 25 and paid_on(event)
    on = later(paid_on(event)) if is_large else later(record, -30)
    while not (_trades(on) and (is_large or _settled(on, DAYS[event["source_country"]]) > record)):
        on = later(on)
    return on


def _trades(on):
    return _open(on, "holidays", "trading_holidays")


def _settled(traded, days):
    on = traded
    while days:
        on = later(on)
        days -= settles(on)
    return on
