"""Writes of different items to DynamoDB in one TransactWriteItems, which takes 100 of them and 4 MB (API reference)."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from sending.pauses import attempts
from sending.refusals import cancellations

CONDITION_FAILED = "ConditionalCheckFailed"
MOST_WRITES = 100
_ATTEMPTS = 5
_PASSING = frozenset({"None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Reasons of a cancellation with which the same transaction may be done a moment later."""


def transact(dynamodb: Any, writes: Sequence[Mapping[str, Any]]) -> None:
    """Do all writes or none, and try five times at most, after pauses, where other writers were in the way. Raises botocore's errors."""
    for attempt in attempts(_ATTEMPTS):
        try:
            dynamodb.transact_write_items(TransactItems=writes)
        except ClientError as error:
            codes = cancellations(error)
            if attempt == _ATTEMPTS or not codes or not _PASSING.issuperset(codes):
                raise
        else:
            return


def transact_where_due(dynamodb: Any, writes: Sequence[Mapping[str, Any]]) -> None:
    """Do the writes whose conditions hold, in one transaction: a failed condition does not hold up the others. Raises botocore's errors."""
    while writes:
        try:
            return transact(dynamodb, writes)
        except ClientError as error:
            codes = cancellations(error)
            if CONDITION_FAILED not in codes:
                raise
            writes = [write for write, code in zip(writes, codes, strict=True) if code != CONDITION_FAILED]
