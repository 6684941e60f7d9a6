"""Amounts of money: the minor unit of each currency, and the one rounding that a reported amount gets.

Source of the minor units: ISO 4217:2015, list one (maintenance agency: SIX).
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.numbers.exact import EXACT, Number, round_half_up
from domain.numbers.series import sum_of

_NO_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_PLACES = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_PLACES = "CLF UYW"
_TWO_PLACES = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK
DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON
RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST
XCD YER ZAR ZMW ZWG"""

MINOR_UNITS: dict[str, int] = {
    code: places
    for codes, places in ((_NO_MINOR_UNIT, 0), (_TWO_PLACES, 2), (_THREE_PLACES, 3), (_FOUR_PLACES, 4))
    for code in codes.split()
}
"""Currency code -> decimal places of its minor unit."""


def round_amount(value: Number, currency: str) -> Decimal:
    """Round an exact value HALF_UP to the currency's minor unit. Raises KeyError on an unknown currency."""
    return round_half_up(value, MINOR_UNITS[currency])


def in_parts(total: Fraction, weights: Sequence[Fraction], currency: str) -> list[Decimal]:
    """An exact amount, rounded once and shared out by weight: each part rounded, none above what is left, the last takes the rest. Weights
    that are all zero leave everything to the last. An amount below zero is shared out as one above is."""
    if total < 0:
        return [EXACT.minus(part) for part in in_parts(-total, weights, currency)]
    left, whole = round_amount(total, currency), sum_of(weights)
    parts = []
    for weight in weights[:-1]:
        parts.append(min(left, round_amount(total * weight / whole if whole else 0, currency)))
        left = EXACT.subtract(left, parts[-1])
    return [*parts, left] if weights else []
