"""The rate that turns an amount of an option's currency into another one: that of the payment, or of a tax."""

from typing import Any

from domain.records import Option


def factor_into(option: Option, wanted: str) -> tuple[int, int] | None:
    """Return what an amount of the option's currency is multiplied by to be one of `wanted`, None where no rate leads there."""
    rate = option.exchange_rate
    if rate is None or {rate.unit_currency, rate.quoted_currency} != {option.currency, wanted}:
        return None
    numerator, denominator = rate.rate.as_integer_ratio()
    return (numerator, denominator) if rate.quoted_currency == wanted else (denominator, numerator)


def exchange_json(option: Option) -> dict[str, Any] | None:
    """Return the rate by which an amount was turned into another currency, with its date and source."""
    rate = option.exchange_rate
    if rate is None:
        return None
    return {
        "unit_currency": rate.unit_currency,
        "quoted_currency": rate.quoted_currency,
        "rate": str(rate.rate),
        "date": rate.date.isoformat() if rate.date else None,
        "source": rate.source or None,
    }
