"""CorpActnOptnDtls of seev.031: one option with its movements of securities and cash.

What stands in a movement and what stands beside it means the same; two different values are refused.
"""

from collections.abc import Callable
from functools import partial

from domain.messages.draft import Draft, one_for_one
from domain.messages.iso20022.document import Element
from domain.messages.iso20022.values import (
    code_of,
    date_of,
    decimal_of,
    flag_of,
    instant_of,
    money_of,
    negated,
    quantity_of,
    ratio_of,
    text_of,
)

_RATIOS = {"NewToOd": "new_to_old", "AddtlQtyForExstgScties": "additional_for_existing"}
_PRICES = {
    "GncCshPricRcvdPerPdct": "cash_price_received",
    "GncCshPricPdPerPdct": "subscription_price",
}
_PRICES_OF_A_FRACTION = {"CshInLieuOfShrPric": "cash_in_lieu_price"}
_PERCENTAGES = {
    "WhldgTaxRate": "withholding_tax_rate",
    "ScndLvlTax": "second_level_tax_rate",
    "PrratnRate": "proration_rate",
}
_AMOUNTS_PER_UNIT = {"GrssDvddRate": "gross_rate", "NetDvddRate": "net_rate"}
_AMOUNTS_WITHOUT_DIRECTION = {"TaxCdtRate": "tax_credit_rate"}
_CHARGES = {"ChrgsFees": "charge"}
_QUANTITIES = {"MinMltplQtyToInst": "minimum_exercisable_multiple", "FrntEndOddLotQty": "odd_lot_quantity"}
_DEADLINES = {"RspnDdln": "response_deadline", "MktDdln": "market_deadline"}
_DIRECTIONS = {"CRDT": "CRED", "DBIT": "DEBT"}


def read_option(event: Draft, element: Element) -> Draft:
    """The option; deadlines, payment date, source country and market prices go to the event. Raises RecordError."""
    option = Draft()
    option.copy("option_number", element.need("OptnNb"), text_of)
    option.copy("option_type", element.need("OptnTp"), code_of)
    option.copy("is_default_option", element.get("DfltPrcgOrStgInstr/DfltOptnInd"), flag_of)
    option.copy("currency", element.get("CcyOptn"), text_of)
    for name, field in _DEADLINES.items():
        event.copy(field, element.get(f"DtDtls/{name}"), partial(instant_of, end_of_day=True))
    for name, field in _QUANTITIES.items():
        option.copy(field, element.get(f"SctiesQty/{name}"), quantity_of)
    payments = element.all("CshMvmntDtls")
    _terms(option, element, debited=bool(payments) and all(map(_is_debited, payments)))
    _securities(event, option, element.all("SctiesMvmntDtls"))
    for movement in payments:
        _cash(event, option, movement)
    return option


def _terms(option: Draft, element: Element, further: Draft | None = None, *, debited: bool = False) -> None:
    """Put rates, prices and the disposition of fractions into the option, wherever in it they stand; the price of a fraction into the
    `further` security that the element moves, if it moves one. Amounts per unit are below zero if cash is `debited`."""
    readers: list[tuple[str, dict[str, str], Callable[[Draft, str, Element], None]]] = [
        ("RateAndAmtDtls", _AMOUNTS_PER_UNIT, partial(_put_amount, debited=debited)),
        ("RateAndAmtDtls", _AMOUNTS_WITHOUT_DIRECTION, _put_amount),
        ("RateAndAmtDtls", _PERCENTAGES, _put_percentage),
        ("RateDtls", _PERCENTAGES, _put_percentage),
        ("RateAndAmtDtls", _CHARGES, _put_charge),
        ("PricDtls", _PRICES, _put_price),
        ("PricDtls", _PRICES_OF_A_FRACTION, partial(_put_price, further=further)),
    ]
    for group, names, put in readers:
        for name, field in names.items():
            for given in element.all(f"{group}/{name}"):
                if not given.all("NotSpcfdRate") and not given.all("NotSpcfdPric"):
                    put(option, field, given)
    for path in ("RateAndAmtDtls/IssrDclrdXchgRate", "FXDtls"):
        if exchange := element.get(path):
            _put_exchange_rate(option, exchange)
    option.copy("fraction_disposition", element.get("FrctnDspstn"), code_of)


def _put_amount(option: Draft, field: str, given: Element, *, debited: bool = False) -> None:
    amount = given.get("Amt") or given.get("AmtAndRateSts/Amt") or given.get("RateTpAndAmtAndRateSts/Amt")
    if amount is None:
        raise given.fail("unsupported_format", f"{field} is expected as an amount per unit")
    figure, currency = money_of(amount)
    option.put("currency", currency, amount.path)
    option.put(field, negated(figure) if debited else figure, amount.path)


def _put_percentage(option: Draft, field: str, given: Element) -> None:
    rate = given.get("Rate") or given.get("RateTpAndRate/Rate")
    if rate is None:
        raise given.fail("unsupported_format", f"{field} is expected as a percentage (Rate)")
    option.put(field, decimal_of(rate), rate.path)


def _put_charge(option: Draft, field: str, given: Element) -> None:
    if given.get("Rate"):
        _put_percentage(option, f"{field}_percent", given)
    else:
        _put_amount(option, f"{field}_rate", given)


def _put_price(option: Draft, field: str, given: Element, further: Draft | None = None) -> None:
    percent, amount = given.get("PctgPric"), given.get("AmtPric")
    if percent is not None and field == "cash_price_received" and percent.need("PctgPricTp").text == "PRCT":
        value = percent.need("PricVal")
        option.put("cash_price_received_percent", decimal_of(value), value.path)
        return
    if amount is None or amount.need("AmtPricTp").text != "ACTU":
        raise given.fail("unsupported_format", f"{field} is expected as an actual amount (AmtPric with ACTU)")
    value = amount.need("PricVal")
    figure, currency = money_of(value)
    option.put("currency", currency, value.path)
    (further or option).put(field, figure, value.path)


def _put_exchange_rate(option: Draft, exchange: Element) -> None:
    unit, quoted, rate = (exchange.need(name) for name in ("UnitCcy", "QtdCcy", "XchgRate"))
    given = {"unit_currency": unit.text, "quoted_currency": quoted.text, "rate": decimal_of(rate)}
    option.put("exchange_rate", given, exchange.path)


def _direction(movement: Element) -> str:
    direction = movement.need("CdtDbtInd")
    if direction.text not in _DIRECTIONS:
        raise direction.fail("unknown_code", f"{direction.text[:10]!r} is none of {', '.join(_DIRECTIONS)}")
    return _DIRECTIONS[direction.text]


def _securities(event: Draft, option: Draft, movements: list[Element]) -> None:
    """The first security credited is the option's `isin_out`; further ones, and others debited than the underlying, are movements. The
    underlying is one if it goes and no security comes for it: nothing else says so."""
    further, taken = [], []
    for movement in movements:
        direction, isin = _direction(movement), movement.need("SctyDtls/FinInstrmId/ISIN")
        _payment(event, movement)
        if price := movement.get("PricDtls/IndctvOrMktPric/MktPric/AmtPric/PricVal"):
            event.put_under("market_prices", isin.text, decimal_of(price), price.path)
        if direction == "CRED" and "isin_out" not in option.raw:
            option.copy("isin_out", isin, text_of)
            _terms(option, movement)
            for given, name in _ratios(movement):
                option.copy(name, given, ratio_of)
        elif direction == "CRED" or isin.text != event.raw["isin"]:
            further.append(_further(option, movement, isin, direction))
        else:
            _terms(option, movement)
            taken.append(one_for_one(isin.text, isin.path))
    if "isin_out" not in option.raw:
        further += taken[:1]
    option.nest("securities_movements", further, "SctiesMvmntDtls")


def _further(option: Draft, movement: Element, isin: Element, direction: str) -> Draft:
    further, given = Draft(), _ratios(movement)
    _terms(option, movement, further)
    further.copy("isin", isin, text_of)
    further.put("credit_debit_indicator", direction, movement.place("CdtDbtInd"))
    if not given:
        raise movement.fail(
            "missing_field", "a further security moves by a ratio: NewToOd or AddtlQtyForExstgScties is needed"
        )
    further.copy("ratio", given[0][0], ratio_of)
    return further


def _ratios(movement: Element) -> list[tuple[Element, str]]:
    ratios = [(given, name) for path, name in _RATIOS.items() for given in movement.all(f"RateDtls/{path}")]
    return [(given, name) for given, name in ratios if not given.all("NotSpcfdRate")]


def _cash(event: Draft, option: Draft, movement: Element) -> None:
    _terms(option, movement, debited=_is_debited(movement))
    _payment(event, movement)
    if charged := movement.get("AmtDtls/ChrgsAmt"):
        figure, currency = money_of(charged)
        option.put("currency", currency, charged.path)
        option.put("charge_amount", figure, charged.path)
    event.copy("source_country", movement.get("CtryOfIncmSrc"), text_of)


def _is_debited(movement: Element) -> bool:
    return _direction(movement) == "DEBT"


def _payment(event: Draft, movement: Element) -> None:
    event.copy("payment_date", movement.need("DtDtls/PmtDt"), date_of)
