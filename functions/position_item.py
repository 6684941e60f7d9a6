"""A position as the item of the positions table, for whoever writes it and for whoever must know that it can be written."""

from collections.abc import Mapping
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from domain.records import Position, RecordError

MOST_BYTES = 400 * 1024
"""Names and values of one item (DynamoDB, "Item size")."""
_SERIALIZER = TypeSerializer()
_NUMBER_BYTES = 21
"""What 38 digits take at most (DynamoDB, "Item sizes and formats"), as do a boolean and a null."""


def position_item(position: Position, normalised: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item in DynamoDB's form. Raises RecordError `too_large` above 400 KiB."""
    key = f"{position.isin}#{position.safekeeping_place}#{position.as_of_date}"
    item = {
        name: _SERIALIZER.serialize(value) for name, value in {"source": "", **normalised, "position_key": key}.items()
    }
    size = _size({"M": item})
    if size > MOST_BYTES:
        detail = (
            f"the position has {size} bytes as an item, and a table takes {MOST_BYTES}: leave fields that begin x_ out"
        )
        raise RecordError("too_large", "", detail)
    return item


def _size(value: Mapping[str, Any]) -> int:
    """Return the bytes that DynamoDB counts for a value: text in UTF-8, and for lists and maps 3 and 1 more for each member."""
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "L":
        return 3 + sum(1 + _size(member) for member in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _size(member) for name, member in content.items())
    return _NUMBER_BYTES
