"""The positions table: one item per account, ISIN, place and as-of date, written conditionally."""

from functions.ingest_normalizer.lines import Fact
from functions.ingest_normalizer.writing import Put

_NEWER = "attribute_not_exists(position_key) OR (#source = :source AND #sequence < :sequence)"


def position(table: str, fact: Fact) -> Put:
    """Return the put of a position, unless a higher sequence or another source stands there.

    A second source for the same key changes nothing (domain rules, "Facts and their order"): the engine reports it.
    """
    request = {
        "TableName": table,
        "Item": fact.item,
        "ConditionExpression": _NEWER,
        "ExpressionAttributeNames": {"#source": "source", "#sequence": "sequence"},
        "ExpressionAttributeValues": {":source": fact.item["source"], ":sequence": fact.item["sequence"]},
    }
    return Put(fact.record.identity, request)
