"""MT564 REPE, MT566 and MT566 REVR, written from what an entitlement moves.

Source: ISO 15022 User Handbook, MT564 and MT566, release 2022; SMPG Corporate Actions Global Market Practice Part 1: a preliminary advice
of payment is a REPE with 22F ADDB//CAPA, and a reversal states its movements the other way and links the confirmation that it takes back.
"""

from collections.abc import Iterator
from datetime import UTC
from decimal import Decimal

from domain.messages.envelope import messages_in
from domain.messages.writing.due import Cash, Due, Envelope, Securities, UnwritableMessageError, posting_day
from domain.messages.writing.structure import check_structure
from domain.numbers.exact import EXACT, plain
from domain.records import RecordError

LONGEST_NUMBER = 15


def write_advice(due: Due, envelope: Envelope) -> str:
    """MT564 REPE: what will be posted."""
    eligible = f":93B::ELIG//UNIT/{_balance(due)}"
    body = [
        *_general(due, envelope, "REPE", (f":22F::CAMV//{due.mandatory_voluntary}",), (":25D::PROC//ENTL",)),
        *_sequence("USECU", f":35B:ISIN {due.isin}", *_sequence("ACCTINFO", f":97A::SAFE//{due.account}", eligible)),
        *_sequence("CADETL", *_dates(due), ":22F::ADDB//CAPA"),
        *_sequence(
            "CAOPTN",
            *_option(due),
            f":17B::DFLT//{'Y' if due.is_default_option else 'N'}",
            *(line for moved in due.securities for line in _securities_movement(moved, "ENTL", _payment_day(due))),
            *(_cash_movement(due.cash, "ENTL", _payment_day(due)) if due.cash else ()),
        ),
    ]
    return _message("564", envelope, body)


def write_confirmation(due: Due, envelope: Envelope, function: str = "NEWM") -> str:
    """MT566: what was posted; with the function REVR and movements the other way, what was taken back."""
    day = f":98A::POST//{_digits(posting_day(due, envelope))}"
    body = [
        *_general(due, envelope, function),
        *_sequence(
            "USECU",
            f":97A::SAFE//{due.account}",
            f":35B:ISIN {due.isin}",
            f":93B::CONB//UNIT/{_balance(due)}",
        ),
        *_sequence("CADETL", *_dates(due)),
        *_sequence(
            "CACONF",
            *_option(due),
            *(line for moved in due.securities for line in _securities_movement(moved, "PSTA", day)),
            *(_cash_movement(due.cash, "PSTA", day) if due.cash else ()),
        ),
    ]
    return _message("566", envelope, body)


def _message(message_type: str, envelope: Envelope, body: list[str]) -> str:
    """The text with its header, which reads as a message of the published structure. Raises UnwritableMessageError where it does not."""
    header = (
        f"{{1:F01{_terminal(envelope.sender, 'A')}0000000000}}{{2:I{message_type}{_terminal(envelope.receiver, 'X')}N}}"
    )
    text = "\r\n".join([f"{header}{{4:", *body, "-}"])
    try:
        check_structure(*messages_in(text.encode()))
    except RecordError as error:
        raise UnwritableMessageError(error.field, error.detail) from error
    return text


def _terminal(bic: str, terminal: str) -> str:
    return f"{bic[:8]}{terminal}{bic[8:] or 'XXX'}"


def _sequence(name: str, *lines: str) -> Iterator[str]:
    """A sequence; none where nothing would stand in it."""
    if lines:
        yield f":16R:{name}"
        yield from lines
        yield f":16S:{name}"


def _general(
    due: Due, envelope: Envelope, function: str, indicators: tuple[str, ...] = (), status: tuple[str, ...] = ()
) -> Iterator[str]:
    prepared = envelope.prepared_at.astimezone(UTC)
    link = (f":20C::PREV//{envelope.previous}",) if envelope.previous else ()
    yield from _sequence(
        "GENL",
        f":20C::CORP//{due.event_id}",
        f":20C::SEME//{envelope.reference}",
        f":23G:{function}",
        f":22F::CAEV//{due.event_type}",
        *indicators,
        f":98C::PREP//{prepared:%Y%m%d%H%M%S}",
        *status,
        *_sequence("LINK", *link),
    )


def _dates(due: Due) -> list[str]:
    return [f":98A::{name}//{_digits(day)}" for name, day in (("XDTE", due.ex_date), ("RDTE", due.record_date)) if day]


def _option(due: Due) -> list[str]:
    currency = [f":11A::OPTN//{due.cash.event_currency}"] if due.cash else []
    return [f":13A::CAON//{due.option_number}", f":22F::CAOP//{due.option_type}", *currency]


def _payment_day(due: Due) -> str:
    return f":98A::PAYD//{_digits(due.payment_date)}" if due.payment_date else ":98B::PAYD//UKWN"


def _securities_movement(moved: Securities, qualifier: str, day: str) -> Iterator[str]:
    yield from _sequence(
        "SECMOVE",
        _direction(moved.quantity),
        f":35B:ISIN {moved.isin}",
        f":36B::{qualifier}//UNIT/{_number(moved.quantity, 'entitled_quantity')}",
        day,
    )


def _cash_movement(cash: Cash, qualifier: str, day: str) -> Iterator[str]:
    parts = (
        ("GRSS", cash.gross),
        ("NETT", cash.net),
        ("TAXR", cash.tax),
        ("WITL", cash.second_level_tax),
        ("CINL", cash.in_lieu),
        ("CHAR", cash.charges),
    )
    amounts = [_amount(qualifier, cash.currency, cash.amount)]
    amounts += [_amount(name, cash.event_currency, amount) for name, amount in parts if amount]
    rates = [f":92A::TAXR//{_number(cash.tax_rate, 'withholding_tax_rate')}"] if cash.tax_rate else []
    if rate := cash.exchange_rate:
        amounts.append(_amount("RESU", cash.currency, cash.amount))
        figure = _number(Decimal(rate["rate"]), "exchange_rate")
        rates.append(f":92B::EXCH//{rate['unit_currency']}/{rate['quoted_currency']}/{figure}")
    yield from _sequence("CASHMOVE", _direction(cash.amount), *amounts, day, *rates)


def _direction(moved: Decimal) -> str:
    return f":22H::CRDB//{'DEBT' if moved < 0 else 'CRED'}"


def _amount(qualifier: str, currency: str, amount: Decimal) -> str:
    return f":19B::{qualifier}//{currency}{_number(amount, 'payment_amount')}"


def _balance(due: Due) -> str:
    return f"{'N' if due.eligible < 0 else ''}{_number(due.eligible, 'eligible_quantity')}"


def _number(value: Decimal, field: str) -> str:
    """Format 15d, without sign: the direction stands beside it. Raises UnwritableMessageError where it is longer."""
    text = plain(EXACT.abs(value))
    text = text.replace(".", ",") if "." in text else f"{text},"
    if len(text) > LONGEST_NUMBER:
        raise UnwritableMessageError(field, f"{text} is longer than the {LONGEST_NUMBER} characters of a number in FIN")
    return text


def _digits(day: str | None) -> str:
    return (day or "").replace("-", "")
