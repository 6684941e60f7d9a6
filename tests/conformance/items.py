"""Items of tables whose keys are `pk` and `sk`."""

from typing import Any

from harness.aws_clients import AwsClients


def item_key(fresh: str, sort: str = "s") -> dict[str, Any]:
    """Return the key of a scenario's item."""
    return {"pk": {"S": fresh}, "sk": {"S": sort}}


def stored_item(aws: AwsClients, table: str, fresh: str) -> dict[str, Any]:
    """Return the item as it is now, without attributes if there is none."""
    answer = aws.client("dynamodb").get_item(TableName=table, Key=item_key(fresh), ConsistentRead=True)
    return dict(answer.get("Item", {}))
