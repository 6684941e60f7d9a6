"""Where a letter goes when it is sent again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from botocore.config import Config

from harness.failure import HarnessError
from harness.feed.lines import Line
from harness.feed.stream import put_lines
from harness.redrive.letters import (
    BATCH,
    NOTIFICATION,
    QUARANTINE,
    REQUEST,
    WHOLE_REQUEST,
    Letter,
    object_in,
    request_record_ids,
)  # fmt: skip
from harness.system import System

FUNCTIONS = {"KinesisBatchInfo": "ingest_normalizer", "DDBStreamBatchInfo": "reconciliation"}
"""What a batch says of itself -> the function that follows such a stream."""
LIVE = "live"
"""The alias by which every caller calls a function (terraform/modules/functions)."""
_LONG_CALL = Config(connect_timeout=5, read_timeout=120, retries={"total_max_attempts": 1})
"""A function may take 60 s; a call that is tried again would run it twice at once."""


@dataclass(frozen=True)
class Sent:
    """What a letter became: `new_ids` of records or of a message; of `awaited` records queue-state will say an outcome."""

    new_ids: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """What sending does, in words and in deed, and whether something else may be sent instead of the letter's original.

    `send` raises HarnessError or botocore's errors if what it sends was not accepted.
    """

    words: str
    send: Callable[[System, Letter, Sequence[Line]], Sent]
    takes_another: bool = False


def route_of(letter: Letter) -> Route:
    """Return the route of a letter. Raises HarnessError if it can only be discarded."""
    if letter.kind == QUARANTINE:
        record_id = letter.record_ids[0]
        return _ROUTES[REQUEST if record_id.startswith(WHOLE_REQUEST) and "/" not in record_id else QUARANTINE]
    if letter.kind not in _ROUTES or (letter.kind == BATCH and not (letter.event and _function_of(letter))):
        raise HarnessError("it holds nothing that can be sent: discard it")
    return _ROUTES[letter.kind]


def _to_stream(system: System, _letter: Letter, lines: Sequence[Line]) -> Sent:
    """Put the record on the stream as a new one, whose place is behind all that came before."""
    new_ids = tuple(put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines))
    return Sent(new_ids, awaited=new_ids)


def _to_requests(system: System, _letter: Letter, lines: Sequence[Line]) -> Sent:
    """Send the message to the engine: its facts keep their record ids, and so their place in the stream."""
    body = _text(lines)
    url = system.outputs["entitlement_requests_queue_url"]
    message_id = system.client("sqs").send_message(QueueUrl=url, MessageBody=body)["MessageId"]
    return Sent((str(message_id),), awaited=request_record_ids(object_in(body)))


def _to_topic(system: System, _letter: Letter, lines: Sequence[Line]) -> Sent:
    """Publish the event to all who subscribe."""
    topic = system.outputs["notifications_topic_arn"]
    return Sent((str(system.client("sns").publish(TopicArn=topic, Message=_text(lines))["MessageId"]),))


def _to_function(system: System, letter: Letter, lines: Sequence[Line]) -> Sent:
    """Call the function with the batch, as Lambda did: its records keep their ids, and so their place in the stream."""
    call_function(system, _function_of(letter), _text(lines))
    return Sent(awaited=letter.record_ids)


def call_function(system: System, name: str, event: str) -> None:
    """Call a function of the system with an event (JSON) and wait for its end. Raises HarnessError if it fails, or only part of the event
    is done."""
    answer = system.client("lambda", _LONG_CALL).invoke(
        FunctionName=system.outputs["function_names"][name], Qualifier=LIVE, Payload=event.encode()
    )
    said = answer["Payload"].read().decode("utf-8", "backslashreplace")
    if answer.get("FunctionError") or object_in(said).get("batchItemFailures"):
        raise HarnessError(f"the function {name} failed again: {said[:300]}")


def _function_of(letter: Letter) -> str:
    return next((name for info, name in FUNCTIONS.items() if info in letter.content), "")


def _text(lines: Sequence[Line]) -> str:
    return b"\n".join(line.data for line in lines).decode("utf-8", "surrogatepass")


_ROUTES: Mapping[str, Route] = {
    QUARANTINE: Route("put on the stream as a new record", _to_stream, takes_another=True),
    REQUEST: Route("send to entitlement-requests", _to_requests, takes_another=True),
    NOTIFICATION: Route("publish to the notifications topic", _to_topic),
    BATCH: Route("call its function with the batch", _to_function),
}
