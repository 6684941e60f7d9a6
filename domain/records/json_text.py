"""JSON text as records are read from it: exact numbers, nothing dropped, and every fault a RecordError."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.records.errors import RecordError


def read_json(data: bytes | str) -> Any:
    """Return the value of a JSON text; fractions are Decimals, so that no digit is lost.

    Raises RecordError `not_utf8` or `not_json`; the latter also for NaN, infinities, an object with a key twice (one value would be
    lost), and nesting or numbers beyond what Python reads.
    """
    try:
        text = data if isinstance(data, str) else data.decode()
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise RecordError("not_utf8", "", f"byte {error.start} is not UTF-8") from error
    except (ValueError, RecursionError, InvalidOperation) as error:  # InvalidOperation: an exponent of 19 digits
        raise RecordError("not_json", "", f"the text is not JSON: {error}"[:300]) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"the key {twice[:40]!r} is there twice")
    return value
