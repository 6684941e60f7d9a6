"""What every life has in common: securities, days, rates of tax."""

from datetime import date, timedelta

FIRST = date(2024, 1, 1)


def day(number):
    """The date of a day's number, 0 the first."""
    return (FIRST + timedelta(number)).isoformat()


def number(text):
    """The number of a date."""
    return (date.fromisoformat(text) - FIRST).days


def isin(stem):
    """An ISIN of eleven characters and their check digit (ISO 6166)."""
    digits = "".join(str(int(each, 36)) for each in stem)[::-1]
    doubled = [int(each) * (2 if place % 2 == 0 else 1) for place, each in enumerate(digits)]
    return f"{stem}{-sum(each // 10 + each % 10 for each in doubled) % 10}"


SHARE, OTHER, THIRD = isin("US000000001"), isin("US000000002"), isin("GB000000003")
RIGHTS, BOND = isin("US000000004"), isin("DE000000005")
UK_SHARE, US_SHARE, UK_RIGHTS = isin("GB000000006"), isin("US000000007"), isin("GB000000008")
NEW_ISIN = {UK_SHARE: isin("GB000000009"), US_SHARE: isin("US000000010")}
TRADED = (SHARE, SHARE, SHARE, OTHER, THIRD, RIGHTS, BOND, BOND)


def _rate(country, residence, statutory, treaty, method, **more):
    row = {"source_country": country, "residence": residence, "beneficial_owner": "*", "income_type": "dividend_listed_equity",
           "valid_from": "2000-01-01", "valid_to": None, "statutory_rate": statutory, "treaty_rate": treaty,
           "tax_relief_method": method, "components": [], "source": "a life"} | more  # fmt: skip
    return {"rate_id": "-".join(str(row[name]) for name in list(row)[:5])} | row


_DE = [{"name": "income_tax", "rate": "25"}, {"name": "solidarity_surcharge", "rate": "1.375"}]
RATES = [
    _rate("US", "*", "30", None, "NONE"),
    _rate("US", "GB", "30", "15", "RELIEF_AT_SOURCE"),
    _rate("US", "GB", "30", "0", "RELIEF_AT_SOURCE", beneficial_owner="pension_fund"),
    _rate("US", "DE", "30", "15", "STANDARD_REFUND", second_level_tax_rate="1.25"),
    _rate("DE", "*", "26.375", "15", "STANDARD_REFUND", components=_DE, valid_to=day(254)),
    _rate("DE", "*", "25", "12.5", "RELIEF_AT_SOURCE", valid_from=day(255)),
    _rate("US", "JP", "10", "15", "STANDARD_REFUND"),
    _rate("US", "*", "30", None, "NONE", income_type="interest"),
    _rate("DE", "GB", "26.375", "0", "QUICK_REFUND", income_type="interest", components=_DE),
]
"""None of German interest for other residents: that is held until a rate is there."""
