"""Items of tables whose keys are `pk` and `sk`, one by one and in batches."""

from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for


def item_key(fresh: str, sort: str = "s") -> dict[str, Any]:
    """Return the key of a scenario's item."""
    return {"pk": {"S": fresh}, "sk": {"S": sort}}


def stored_item(aws: AwsClients, table: str, fresh: str) -> dict[str, Any]:
    """Return the item as it is now, without attributes if there is none."""
    answer = aws.client("dynamodb").get_item(TableName=table, Key=item_key(fresh), ConsistentRead=True)
    return dict(answer.get("Item", {}))


def write_batch(aws: AwsClients, table: str, *requests: dict[str, Any]) -> None:
    """Write a batch; what an answer leaves unprocessed is sent again until nothing is left."""
    left = [{table: list(requests)}]

    def send() -> Any:
        left.append(aws.client("dynamodb").batch_write_item(RequestItems=left[-1])["UnprocessedItems"])
        return left[-1]

    wait_for("nothing of the batch is left", send, {}.__eq__)
