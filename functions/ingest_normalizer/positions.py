"""The positions table: one item per account, ISIN, place and as-of date, written conditionally."""

from typing import Any

from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError

from domain.records import Position
from functions.ingest_normalizer.lines import Fact

_SERIALIZER = TypeSerializer()
_NEWER = "attribute_not_exists(position_key) OR (#source = :source AND #sequence < :sequence)"


def write_position(dynamodb: Any, table: str, fact: Fact) -> bool:
    """Writes the position unless a higher sequence or another source stands there; True where it was written.

    A second source for the same key changes nothing (domain rules, "Facts and their order"): the engine reports it.
    """
    position = fact.record
    assert isinstance(position, Position)
    item = {**fact.normalised, "position_key": position_key(position)}
    try:
        dynamodb.put_item(
            TableName=table,
            Item={name: _SERIALIZER.serialize(value) for name, value in item.items()},
            ConditionExpression=_NEWER,
            ExpressionAttributeNames={"#source": "source", "#sequence": "sequence"},
            ExpressionAttributeValues={":source": {"S": position.source}, ":sequence": {"N": str(position.sequence)}},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def position_key(position: Position) -> str:
    """The table's range key."""
    return f"{position.isin}#{position.safekeeping_place}#{position.as_of_date}"
