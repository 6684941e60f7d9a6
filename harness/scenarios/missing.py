"""Whether a target lacks an operation: its answer says so, and a probe, the same operation without parameters, is answered so too."""

import re
from contextlib import suppress
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from harness.results.document import Exchange
from harness.scenarios.exchanges import LAST_EXCHANGES

_CODES = re.compile(
    r"NotImplemented|UnknownOperation|UnknownService|InvalidAction\b|UnsupportedOperation|OperationNotFound|NoSuchOperation"
)
_OF_S3 = re.compile(r"<Code>NoSuch(Bucket|Key)</Code>")
_WORDS = re.compile(
    r"not (yet |been )*(implemented|supported by)|unknown (operation|action)|unsupported (operation|action|service)",
    re.IGNORECASE,
)
_SAID_WITHIN = 1500
METHOD_NOT_ALLOWED, HTTP_API = 405, "execute-api"
PLACEHOLDER = "probe-of-an-operation"
_PROBE = Config(parameter_validation=False, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)


def says_missing(exchange: Exchange | None) -> bool:
    """Return True if an answer is one by which emulators say "there is no such operation here".

    They say it also by answering another service's request as if its path were a bucket, or by "method not allowed".
    What a deployed API answers is its own.
    """
    if exchange is None or exchange.status is None or exchange.status < 400 or exchange.service == HTTP_API:
        return False
    if exchange.service != "s3" and (exchange.status == METHOD_NOT_ALLOWED or _OF_S3.search(exchange.response_body)):
        return True
    said = f"{' '.join(exchange.response_headers.values())} {exchange.response_body[:_SAID_WITHIN]}"
    return means_missing(f"{exchange.status} {said}")


def means_missing(answer: str) -> bool:
    """Return True if an answer, its status first, says that there is no such operation."""
    return answer.startswith("501") or bool(_CODES.search(answer) or _WORDS.search(answer))


def probe(clients: Any, service: str, operation: str) -> bool:
    """Asks `operation` without parameters (placeholders where they are part of the path); whether the answer says that it is missing.

    Harmless: what is required is not there. `clients`: AwsClients; the exchange is recorded by them.
    """
    client = clients.client(service, config=_PROBE)
    model = client.meta.service_model.operation_model(operation)
    shape = model.input_shape
    in_path = (
        [name for name, member in shape.members.items() if member.serialization.get("location") == "uri"]
        if shape
        else []
    )
    with suppress(ClientError, BotoCoreError, ResponseParserError):  # what it said is what counts, below
        client._make_api_call(operation, dict.fromkeys(in_path, PLACEHOLDER))
    return says_missing(LAST_EXCHANGES.last[-1] if LAST_EXCHANGES.last else None)
