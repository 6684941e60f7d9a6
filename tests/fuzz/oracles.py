"""What must hold of an answer, whatever was sent: each oracle raises Broken, which names it."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.dom import Node, expatbuilder

from boto3.dynamodb.types import TypeSerializer

from domain.records import content_digest, parse_record
from domain.records.errors import LONGEST_DETAIL, LONGEST_FIELD
from domain.records.option import TERMS_OF_ALL_OPTIONS

_SERIALIZER = TypeSerializer()
_REASON = re.compile(r"[a-z][a-z0-9_]{2,60}\Z")
_NO_SQS = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that SQS refuses (API reference, SendMessage)."""
_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")
_DEFAULTS = {
    "function": "NEWM",
    "documentation_status": "none",
    "relief_method": "FIFO",
    "mandatory_voluntary": "MAND",
    "credit_debit_indicator": "CRED",
    "is_default_option": False,
    "processing_position": "INFO",
    "sequence": 0,
    "version": 1,
}
"""What a record has without being sent (contracts, domain rules)."""
_SUMS = frozenset({"settled_quantity", "pending_receipt_quantity", "pending_delivery_quantity", "on_loan_quantity"}) | {
    *("borrowed_quantity", "aggregate", "available", "not_available", "posting_amount"),
}
"""Fields that a message's reader adds up."""
_WHOLE = {"numerator": "1", "denominator": "1"}
_OF_TEXT = (Node.TEXT_NODE, Node.CDATA_SECTION_NODE)
_MADE = frozenset(
    {"record_type", "source", "function", "processing_status", "safekeeping_place", "credit_debit_indicator"}
)
"""Fields whose words are a translation of the message's."""


class Broken(AssertionError):
    """An oracle that does not hold. Its first word is the oracle's name."""


def check_refusal(reason: str, field: str, detail: str) -> None:
    """`refusal`: a code, a place and words, each short and storable; nobody's `unprocessable` (an exception that was not declared)."""
    if not _REASON.match(reason) or not detail or len(field) > LONGEST_FIELD or len(detail) > LONGEST_DETAIL:
        raise Broken(f"refusal: {reason!r} {field[:80]!r} {detail[:80]!r} is no code with a short place and words")
    if reason == "unprocessable":
        raise Broken(f"refusal: an exception that nobody declared: {detail}")
    (reason + field + detail).encode()


def check_record(raw: Mapping[str, Any]) -> None:
    """Four oracles of an accepted record.

    `kept`: its JSON says what was sent, no more and no less. `idempotent`: read again, it is the same record, JSON and digest. `storable`:
    DynamoDB's serializer and SQS take it. `exact`: no binary fraction is in it.
    """
    record, normalised = parse_record(raw)
    for difference in altered(raw, normalised):
        raise Broken(f"kept: {difference}")
    again, same = parse_record(json.loads(json.dumps(normalised, allow_nan=False)))
    if (again, same, content_digest(same)) != (record, normalised, content_digest(normalised)):
        raise Broken(f"idempotent: read again it is {same}")
    _SERIALIZER.serialize(normalised)
    text = json.dumps(normalised, ensure_ascii=False)
    text.encode()
    if found := _NO_SQS.search(text):
        raise Broken(f"storable: SQS refuses {found[0]!r}")


def altered(sent: Any, kept: Any, path: str = "") -> Iterator[str]:
    """Yield where `kept` says something else than `sent`. White space around text, capitals, zeros and offsets may differ."""
    if isinstance(sent, Mapping) and isinstance(kept, Mapping):
        yield from _altered_object(sent, kept, path)
    elif isinstance(sent, list) and isinstance(kept, list) and not _same_codes(sent, kept):
        if len(sent) != len(kept):
            yield f"{path}: {len(sent)} members were sent, {len(kept)} are kept"
        for index, pair in enumerate(zip(sent, kept, strict=False)):
            yield from altered(*pair, f"{path}.{index}")
    elif not (_same(sent, kept) or _same_codes(sent, kept) or _same_period(sent, kept)):
        yield f"{path}: {sent!r:.80} was sent, {kept!r:.80} is kept"


def _altered_object(sent: Mapping[str, Any], kept: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, value in sent.items():
        if name in kept:
            yield from altered(value, kept[name], f"{path}.{name}")
        elif not _blank(value):
            yield f"{path}.{name}: {value!r:.80} was sent and is not kept"
    for name, value in kept.items():
        if name not in sent and _DEFAULTS.get(name) != value and name not in TERMS_OF_ALL_OPTIONS:
            yield f"{path}.{name}: {value!r:.80} was never sent"


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _same(sent: Any, kept: Any) -> bool:
    if _blank(sent):
        return True  # a default may take its place
    if isinstance(sent, Decimal):
        return isinstance(kept, str) and Decimal(kept) == sent
    if not isinstance(sent, str) or not isinstance(kept, str):
        return type(sent) is type(kept) and bool(sent == kept)
    text = sent.strip()
    if kept in (sent, text, text.upper() if text.isascii() else text):
        return True
    if _DECIMAL.match(text) and _DECIMAL.match(kept):
        return Decimal(text) == Decimal(kept)
    try:
        return datetime.fromisoformat(text) == datetime.fromisoformat(kept)
    except (ValueError, TypeError):
        return False


def _same_codes(sent: Any, kept: Any) -> bool:
    named = sent if isinstance(sent, list) else [sent]
    if not isinstance(kept, list) or not all(isinstance(each, str) and each.isascii() for each in named):
        return False
    return kept == sorted({each.strip().upper() for each in named})


def _same_period(sent: Any, kept: Any) -> bool:
    named = sent.split("/") if isinstance(sent, str) else sent
    return isinstance(kept, Mapping) and list(kept) == ["from", "to"] and named == list(kept.values())


def check_message(data: bytes, records: list[dict[str, Any]]) -> None:
    """`grounded`: each figure, date and word of the records stands in the message, but for what the reader adds up or translates."""
    words, numbers = _xml_words(data) if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _fin_words(data)
    for raw in records:
        for entry in raw.get("unread", ()):
            if not all(word in words for word in entry["value"].split()):
                raise Broken(f"grounded: unread {entry['value']!r} does not stand in the message")
        for name, value in _leaves({name: value for name, value in raw.items() if name != "unread"}):
            if not _stands(name, value, words, numbers):
                raise Broken(f"grounded: {name} {value!r} does not stand in the message")


def _stands(name: str, value: Any, words: str, numbers: set[Decimal]) -> bool:
    if not isinstance(value, str) or name in _MADE | _SUMS:
        return True
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?", value):
        return value[:10] in words or value[:10].replace("-", "") in words
    if _DECIMAL.match(value) and not name.endswith(("_id", "_account", "_number", "_reference")):
        return Decimal(value) in numbers or Decimal(value).copy_negate() in numbers  # a minus would round to 28 digits
    return value.upper() in words.upper()


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value.get("credit_debit_indicator") == "DEBT" and value.get("ratio") == _WHOLE:
        value = {
            key: inner for key, inner in value.items() if key != "ratio"
        }  # the reader's word for a debit without one
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, name)
    else:
        yield name, value


def _fin_words(data: bytes) -> tuple[str, set[Decimal]]:
    text = data.decode("ascii")
    return text, {Decimal(found.replace(",", ".")) for found in re.findall(r"[0-9]+,[0-9]*", text)}


def _xml_words(data: bytes) -> tuple[str, set[Decimal]]:
    """By another reader than ours, for which a namespace is an attribute like any other. Attributes count: a currency is one."""
    elements = expatbuilder.parseString(data, namespaces=False).getElementsByTagName("*")
    words = [
        "".join(child.data for child in element.childNodes if child.nodeType in _OF_TEXT).strip()
        for element in elements
    ]
    numbers = {Decimal(word) for word in words if _DECIMAL.match(word)}
    values = [
        value for element in elements for name, value in element.attributes.items() if not name.startswith("xmlns")
    ]
    return "\n".join(words + values), numbers
