"""The positions table: one item per account, ISIN, place and as-of date, written conditionally."""

from typing import Any

from botocore.exceptions import ClientError

from functions.ingest_normalizer.lines import Fact

_NEWER = "attribute_not_exists(position_key) OR (#source = :source AND #sequence < :sequence)"


def write_position(dynamodb: Any, table: str, fact: Fact) -> bool:
    """Write the position unless a higher sequence or another source stands there; return True if it was written.

    A second source for the same key changes nothing (domain rules, "Facts and their order"): the engine reports it.
    """
    try:
        dynamodb.put_item(
            TableName=table,
            Item=fact.item,
            ConditionExpression=_NEWER,
            ExpressionAttributeNames={"#source": "source", "#sequence": "sequence"},
            ExpressionAttributeValues={":source": fact.item["source"], ":sequence": fact.item["sequence"]},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True
