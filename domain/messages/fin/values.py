"""Values of FIN fields as records carry them: decimals with a point, dates YYYY-MM-DD, instants RFC 3339."""

from decimal import Decimal

from domain.messages.bic import short_bic
from domain.messages.fin.message import FinField, FinSequence
from domain.numbers.exact import EXACT, parse_decimal, plain

UNKNOWN_DATES = ("UKWN", "ONGO", "OPEN", "TBSP", "UNSP")
"""Codes of 98B: the date is not known yet, or there is none."""
_QUANTITY_TYPE = {"36B": 0, "93B": 1, "93C": 0}
"""Tag -> which of its components is the type of quantity."""
QUANTITY_TYPES = ("UNIT", "FAMT")
"""Quantities that we hold: units, or the face amount of a debt. An amortised amount (AMOR) is neither."""


def first_of(field: FinField) -> str | None:
    """The first component after the qualifier."""
    return field.parts[0]


def code_of(field: FinField) -> str | None:
    """The code of a 22F, 24B or 25D, after whoever issued it."""
    return field.parts[1]


def ratio_of(field: FinField) -> dict[str, str]:
    """The two quantities of a 92D."""
    if field.tag != "92D":
        raise field.fail("unsupported_format", "a ratio of quantities is expected: 92D")
    return {"numerator": decimal_of(field.parts[0]), "denominator": decimal_of(field.parts[1])}


def decimal_of(text: str | None, sign: str | None = None) -> str:
    """`12,50` as 12.5, with a minus where N stands before it."""
    number = parse_decimal((text or "").replace(",", ".").removesuffix("."))
    return plain(EXACT.minus(number) if sign else number)


def date_of(field: FinField | None) -> str | None:
    """The day of a 98a; None where the field is absent or says that the day is not known."""
    if field is None:
        return None
    if field.tag == "98B":
        if field.parts[1] in UNKNOWN_DATES:
            return None
        raise field.fail("invalid_date", f"the code {field.parts[1]} is no date")
    return _day(field.parts[0])


def instant_of(field: FinField, end_of_day: bool = False) -> str | None:
    """The instant of a 98C or 98E, in UTC where no offset is given. A 98A gives the last second of its day where `end_of_day` is true, else
    RecordError; a 98B that names no date None."""
    if field.tag == "98A" and end_of_day:
        return f"{_day(field.parts[0])}T23:59:59Z"
    if field.tag not in ("98C", "98E"):
        if date_of(field) is None:
            return None
        raise field.fail("no_time", "an instant is needed, 98C or 98E: a date alone does not say when")
    moment = field.parts[1] or ""
    return f"{_day(field.parts[0])}T{moment[:2]}:{moment[2:4]}:{moment[4:]}{_offset(field)}"


def _day(digits: str | None) -> str:
    text = digits or ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def _offset(field: FinField) -> str:
    if field.tag == "98C" or field.parts[4] is None:
        return "Z"
    sign = "-" if field.parts[3] else "+"
    return f"{sign}{field.parts[4]}:{field.parts[5] or '00'}"


def quantity_of(field: FinField) -> str:
    """The signed quantity of a 36B, 93B or 93C in units or face amount."""
    place = _QUANTITY_TYPE.get(field.tag)
    if place is None or field.parts[place] not in QUANTITY_TYPES:
        raise field.fail("unsupported_quantity", f"a quantity in {' or '.join(QUANTITY_TYPES)} is expected")
    return decimal_of(field.parts[-1], None if field.tag == "36B" else field.parts[2])


def account_of(field: FinField) -> str:
    """The account of a 97A or 97B; 97C is a code such as GENR, which names none."""
    if field.tag not in ("97A", "97B") or not field.parts[-1]:
        raise field.fail("unsupported_format", "an account is expected: 97A")
    return field.parts[-1]


def flag_of(field: FinField) -> bool:
    """True for the Y of a 17B, False for its N."""
    if field.parts[0] not in ("Y", "N"):
        raise field.fail("unknown_code", f"{field.parts[0]} is neither Y nor N")
    return field.parts[0] == "Y"


def isin_of(field: FinField) -> str:
    """The ISIN of a 35B."""
    if not field.parts or field.parts[0] is None:
        raise field.fail("missing_field", "the security is not identified by an ISIN")
    return field.parts[0]


def place_of(sequence: FinSequence, qualifier: str = "SAFE") -> tuple[str | None, str]:
    """(place, path): a BIC, a market's code or name, a country or an LEI; (None, path) where the sequence names none."""
    field = sequence.field("94", qualifier)
    if field is None:
        return None, sequence.place("94a", qualifier)
    if field.tag == "94F":
        return short_bic("".join(part or "" for part in field.parts[1:])), field.path
    if field.tag == "94B":
        return field.parts[2] or field.parts[1], field.path
    return "".join(part or "" for part in field.parts), field.path


def signed(amount: str, direction: FinField) -> Decimal:
    """An amount with the sign of its 22H CRDB: credits are positive."""
    if direction.parts[0] not in ("CRED", "DEBT"):
        raise direction.fail("unknown_code", f"{direction.parts[0]} is neither CRED nor DEBT")
    number = parse_decimal(amount)
    return number if direction.parts[0] == "CRED" else EXACT.minus(number)
