"""Messages to one queue: ten a call, within 1 MiB a call."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from sending.pauses import attempts
from sending.refusals import REFUSED, SendError, code_of

MOST_ENTRIES = 10
MOST_MESSAGE_BYTES = 1_048_576
"""Bytes of one message, and of all messages of one SendMessageBatch (API reference)."""
_ATTEMPTS = 3


def send_messages(sqs: Any, queue_url: str, bodies: Sequence[str]) -> dict[int, str]:
    """Send all bodies in order; return SQS's code by index for those that it can never take.

    Messages that SQS took are not sent again. Raises botocore's errors, and SendError with the codes where a failure lasts.
    """
    refused: dict[int, str] = {}
    for batch in _batches(bodies):
        refused |= _send(sqs, queue_url, batch)
    return refused


def _batches(bodies: Sequence[str]) -> Iterator[dict[int, str]]:
    batch: dict[int, str] = {}
    size = 0
    for index, body in enumerate(bodies):
        weight = len(body.encode("utf-8", "surrogatepass"))
        if batch and (len(batch) == MOST_ENTRIES or size + weight > MOST_MESSAGE_BYTES):
            yield batch
            batch, size = {}, 0
        batch[index] = body
        size += weight
    if batch:
        yield batch


def _send(sqs: Any, queue_url: str, batch: Mapping[int, str]) -> dict[int, str]:
    refused: dict[int, str] = {}
    for _ in attempts(_ATTEMPTS):
        failed = _call(sqs, queue_url, batch)
        refused |= {index: code for index, code in failed.items() if code in REFUSED}
        batch = {index: batch[index] for index in failed if index not in refused}
        if not batch:
            return refused
    codes = ", ".join(sorted({failed[index] for index in batch}))
    raise SendError(
        f"SQS did not take {len(batch)} messages in {_ATTEMPTS} attempts ({codes}): they are sent again later"
    )


def _call(sqs: Any, queue_url: str, batch: Mapping[int, str]) -> dict[int, str]:
    """Send one batch; return the code of each message that failed. One that makes the whole call fail is found by sending each alone."""
    entries = [{"Id": str(index), "MessageBody": body} for index, body in batch.items()]
    try:
        answer = sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    except ClientError as error:
        if code_of(error) not in REFUSED:
            raise
        if len(batch) == 1:
            return dict.fromkeys(batch, code_of(error))
        alone = [_call(sqs, queue_url, {index: body}) for index, body in batch.items()]
        return {index: code for failed in alone for index, code in failed.items()}
    return {int(failed["Id"]): failed["Code"].rpartition(".")[2] for failed in answer.get("Failed", [])}
