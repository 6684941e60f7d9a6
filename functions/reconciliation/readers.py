"""Which invocation began last to read an account: one that began earlier, and writes later, is to read again.

An item of queue-state for each account, `reconciling:<account>`, names the reader. Who is not named there after its writes was overtaken: a
change of which it may know nothing has called another reader since. Who is named there began after whatever had called anybody until then.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.reconciliation.state import items_of
from sending import SendError, attempts

_ATTEMPTS = 5
_KEPT = timedelta(days=1)
"""Far longer than an invocation takes."""


def note(dynamodb: Any, table: str, accounts: Sequence[str], reader: str) -> None:
    """Say that `reader` is about to read these accounts, at most 25.

    Raises botocore's errors, and SendError if DynamoDB leaves writes over five times.
    """
    expiry = {"expires_at": {"N": str(int((datetime.now(UTC) + _KEPT).timestamp()))}}
    said = {"kind": {"S": "reconciling"}, "reader": {"S": reader}} | expiry
    left: Any = {table: [{"PutRequest": {"Item": {"id": {"S": _id(account)}} | said}} for account in accounts]}
    for _ in attempts(_ATTEMPTS):
        if not (left := dynamodb.batch_write_item(RequestItems=left).get("UnprocessedItems")):
            return
    raise SendError(f"DynamoDB left over writes of {table} in {_ATTEMPTS} attempts: the batch comes again")


def overtaken(dynamodb: Any, table: str, accounts: Sequence[str], reader: str) -> list[str]:
    """Return those of at most 100 accounts that somebody began to read after `reader` did. Raises as `items_of`."""
    ids = {_id(account): account for account in accounts}
    last = {item["id"]: item["reader"] for item in items_of(dynamodb, table, list(ids))} if ids else {}
    return [account for item_id, account in ids.items() if last.get(item_id) != reader]


def _id(account: str) -> str:
    return f"reconciling:{account}"
