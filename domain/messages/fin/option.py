"""Sequence CAOPTN of MT564: one option with its movements of securities and cash.

What stands in a movement and what stands beside it (sequence E or E1, E2) means the same; two different values are refused.
"""

from collections.abc import Callable
from functools import partial

from domain.messages.draft import Draft, one_for_one
from domain.messages.fin.message import FinField, FinSequence
from domain.messages.fin.values import (
    code_of,
    date_of,
    decimal_of,
    first_of,
    flag_of,
    instant_of,
    isin_of,
    quantity_of,
    ratio_of,
    signed,
)

_RATIOS = {"NEWO": "new_to_old", "ADEX": "additional_for_existing"}
_PRICES = {"OFFR": "cash_price_received", "PRPP": "subscription_price"}
_PRICES_OF_A_FRACTION = {"CINL": "cash_in_lieu_price"}
_PERCENTAGES = {"TAXR": "withholding_tax_rate", "WITL": "second_level_tax_rate", "PROR": "proration_rate"}
_AMOUNTS_PER_UNIT = {"GRSS": "gross_rate", "NETT": "net_rate"}
_AMOUNTS_WITHOUT_DIRECTION = {"TAXC": "tax_credit_rate"}
_CHARGES = {"CHAR": "charge"}
_QUANTITIES = {"MILT": "minimum_exercisable_multiple", "FOLQ": "odd_lot_quantity"}
_DEADLINES = {"RDDT": "response_deadline", "MKDT": "market_deadline"}


def read_option(event: Draft, sequence: FinSequence) -> Draft:
    """The option; deadlines, payment date, source country and market prices go to the event. Raises RecordError."""
    option = Draft()
    option.copy("option_number", sequence.need("13A", "CAON"), first_of)
    option.copy("option_type", sequence.need("22F", "CAOP"), code_of)
    option.copy("is_default_option", sequence.need("17B", "DFLT"), flag_of)
    option.copy("currency", sequence.field("11A", "OPTN"), first_of)
    for qualifier, name in _DEADLINES.items():
        event.copy(name, sequence.field("98", qualifier), partial(instant_of, end_of_day=True))
    for qualifier, name in _QUANTITIES.items():
        option.copy(name, sequence.field("36", qualifier), quantity_of)
    payments = sequence.sequences("CASHMOVE")
    _terms(option, sequence, debited=bool(payments) and all(map(_is_debited, payments)))
    _securities(event, option, sequence.sequences("SECMOVE"))
    for movement in payments:
        _cash(event, option, movement)
    return option


def _terms(option: Draft, sequence: FinSequence, further: Draft | None = None, *, debited: bool = False) -> None:
    """Put rates, prices and the disposition of fractions into the option, wherever in it they stand; the price of a fraction into the
    `further` security that the sequence moves, if it moves one. Amounts per unit are below zero if cash is `debited`."""
    readers: list[tuple[str, dict[str, str], Callable[[Draft, str, FinField], None]]] = [
        ("92", _AMOUNTS_PER_UNIT, partial(_put_amount, debited=debited)),
        ("92", _AMOUNTS_WITHOUT_DIRECTION, _put_amount),
        ("92", _PERCENTAGES, _put_percentage),
        ("92", _CHARGES, _put_charge),
        ("90", _PRICES, _put_price),
        ("90", _PRICES_OF_A_FRACTION, partial(_put_price, further=further)),
    ]
    for tag, names, put in readers:
        for qualifier, name in names.items():
            for field in sequence.fields(tag, qualifier):
                if field.tag not in ("92K", "90E"):  # the code of a rate or price not known yet
                    put(option, name, field)
    if exchange := sequence.field("92B", "EXCH"):
        unit, quoted, rate = exchange.parts
        given = {"unit_currency": unit, "quoted_currency": quoted, "rate": decimal_of(rate)}
        option.put("exchange_rate", given, exchange.path)
    option.copy("fraction_disposition", sequence.field("22F", "DISF"), code_of)


def _put_amount(option: Draft, name: str, field: FinField, *, debited: bool = False) -> None:
    if field.tag not in ("92F", "92J"):
        raise field.fail("unsupported_format", f"{name} is expected as an amount per unit: 92F")
    currency, amount = field.parts[:2] if field.tag == "92F" else field.parts[2:4]
    option.put("currency", currency, field.path)
    option.put(name, decimal_of(amount, "N" if debited else None), field.path)


def _put_percentage(option: Draft, name: str, field: FinField) -> None:
    if field.tag not in ("92A", "92R"):
        raise field.fail("unsupported_format", f"{name} is expected as a percentage: 92A")
    sign, digits = field.parts if field.tag == "92A" else (None, field.parts[2])
    option.put(name, decimal_of(digits, sign), field.path)


def _put_charge(option: Draft, name: str, field: FinField) -> None:
    if field.tag in ("92A", "92R"):
        _put_percentage(option, f"{name}_percent", field)
    else:
        _put_amount(option, f"{name}_rate", field)


def _put_price(option: Draft, name: str, field: FinField, further: Draft | None = None) -> None:
    if field.tag == "90A" and name == "cash_price_received" and field.parts[0] == "PRCT":
        option.put("cash_price_received_percent", decimal_of(field.parts[1]), field.path)
        return
    if field.tag != "90B" or field.parts[0] != "ACTU":
        raise field.fail("unsupported_format", f"{name} is expected as an actual amount: 90B with ACTU")
    option.put("currency", field.parts[1], field.path)
    (further or option).put(name, decimal_of(field.parts[2]), field.path)


def _securities(event: Draft, option: Draft, movements: list[FinSequence]) -> None:
    """The first security credited is the option's `isin_out`; further ones, and others debited than the underlying, are movements. The
    underlying is one if it goes and no security comes for it: nothing else says so."""
    further, taken = [], []
    for movement in movements:
        direction, identification = movement.need("22H", "CRDB"), movement.need("35B")
        isin = isin_of(identification)
        _payment(event, movement)
        _market_price(event, movement, isin)
        credited = signed("1", direction) > 0
        if credited and "isin_out" not in option.raw:
            option.put("isin_out", isin, identification.path)
            _terms(option, movement)
            _ratios(option, movement)
        elif credited or isin != event.raw["isin"]:
            further.append(_further(option, movement, identification, direction))
        else:
            _terms(option, movement)
            taken.append(one_for_one(isin, identification.path))
    if "isin_out" not in option.raw:
        further += taken[:1]
    option.nest("securities_movements", further, "SECMOVE")


def _further(option: Draft, movement: FinSequence, identification: FinField, direction: FinField) -> Draft:
    further = Draft()
    _terms(option, movement, further)
    further.copy("isin", identification, isin_of)
    further.copy("credit_debit_indicator", direction, first_of)
    given = [field for qualifier in _RATIOS for field in movement.fields("92", qualifier)]
    if not given:
        raise identification.fail("missing_field", "a further security moves by a ratio: 92D NEWO or ADEX is needed")
    further.copy("ratio", given[0], ratio_of)
    return further


def _ratios(option: Draft, movement: FinSequence) -> None:
    for qualifier, name in _RATIOS.items():
        field = movement.field("92", qualifier)
        if field is not None and field.tag != "92K":
            option.copy(name, field, ratio_of)


def _market_price(event: Draft, movement: FinSequence, isin: str) -> None:
    field = movement.field("90", "MRKT")
    if field is None or field.tag == "90E":
        return
    if field.tag != "90B" or field.parts[0] != "ACTU":
        raise field.fail("unsupported_format", "a market price is expected as an actual amount: 90B with ACTU")
    event.put_under("market_prices", isin, decimal_of(field.parts[2]), field.path)


def _cash(event: Draft, option: Draft, movement: FinSequence) -> None:
    _terms(option, movement, debited=_is_debited(movement))
    _payment(event, movement)
    if charged := movement.field("19B", "CHAR"):
        option.put("currency", charged.parts[0], charged.path)
        option.put("charge_amount", decimal_of(charged.parts[1]), charged.path)
    event.copy("source_country", movement.field("94C", "COIN"), first_of)


def _is_debited(movement: FinSequence) -> bool:
    return signed("1", movement.need("22H", "CRDB")) < 0


def _payment(event: Draft, movement: FinSequence) -> None:
    event.copy("payment_date", movement.need("98", "PAYD"), date_of)
