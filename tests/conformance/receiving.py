"""Messages of a queue, waited for."""

from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for


def receive_once(aws: AwsClients, url: str, wait: int = 1, **options: Any) -> list[dict[str, Any]]:
    """One ReceiveMessage with all attributes; nothing is deleted."""
    asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"], "MessageAttributeNames": ["All"]}
    answer = aws.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=wait, **asked | options)
    return list(answer.get("Messages", []))


def receive(aws: AwsClients, url: str, count: int = 1, seconds: float = 30, **options: Any) -> list[dict[str, Any]]:
    """The next `count` messages or more, in the order in which they came, each deleted as it comes."""
    sqs, found = aws.client("sqs"), []

    def observe() -> list[dict[str, Any]]:
        for message in receive_once(aws, url, **options):
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(message)
        return found

    return wait_for(f"{count} messages", observe, lambda all_of_them: len(all_of_them) >= count, seconds)


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    """What the messages say."""
    return [message["Body"] for message in messages]
