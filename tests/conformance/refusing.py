"""A refusal is an answer too: the code and status that AWS documents."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.principals import DENIED
from harness.scenarios.exchanges import LAST_EXCHANGES
from harness.scenarios.missing import says_missing
from harness.scenarios.scenario import scenario
from harness.scenarios.sentences import UnexpectedAnswerError


def each_operation(service: str, *operations: str) -> pytest.MarkDecorator:
    """Parametrise `operation` by methods of a client, each a scenario that links to the operation's own page."""
    pages = {name: f"{service}:{name.title().replace('_', '')}" for name in operations}
    return pytest.mark.parametrize(
        "operation", [pytest.param(name, marks=scenario(aws=page)) for name, page in pages.items()]
    )


class Refusal:
    """What the target said, once the block of `refused` is left."""

    def __init__(self) -> None:
        self.response: dict[str, Any] = {}

    @property
    def code(self) -> str:
        """The code for programs."""
        return str(self.response["Error"]["Code"])

    @property
    def message(self) -> str:
        """The text for people."""
        return str(self.response["Error"].get("Message", ""))


@contextmanager
def refused(*codes: str, status: int | None = None) -> Iterator[Refusal]:
    """The block's call must be refused with one of `codes` (and HTTP `status`). An answer "no such operation" is raised on."""
    refusal = Refusal()
    try:
        yield refusal
    except ClientError as error:
        refusal.response = dict(error.response)
        if refusal.code not in codes and says_missing(LAST_EXCHANGES.last[-1] if LAST_EXCHANGES.last else None):
            raise
    came = (refusal.code, int(refusal.response["ResponseMetadata"]["HTTPStatusCode"])) if refusal.response else None
    if came is None or came[0] not in codes or status not in {None, came[1]}:
        raise UnexpectedAnswerError(came, codes, status)


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, int] | None:
    """Code and HTTP status by which one call is refused, None where it is answered: to compare, or to wait for.

    An answer "no such operation" is raised on.
    """
    try:
        call(**arguments)
    except ClientError as error:
        if says_missing(LAST_EXCHANGES.last[-1] if LAST_EXCHANGES.last else None):
            raise
        return str(error.response["Error"]["Code"]), int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return None


def denied(call: Callable[..., Any], **arguments: Any) -> bool:
    """Whether a policy does not allow the call; another refusal is an answer of the service, after its policies."""
    found = refusal(call, **arguments)
    return found is not None and found[0] in DENIED
