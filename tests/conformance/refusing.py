"""A refusal is an answer too: the code and status that AWS documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from harness.scenarios.exchanges import LAST_EXCHANGES
from harness.scenarios.missing import says_missing


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
    refusal, expected = Refusal(), " or ".join(codes)
    try:
        yield refusal
    except ClientError as error:
        refusal.response = dict(error.response)
        if refusal.code not in codes and says_missing(LAST_EXCHANGES.last[-1] if LAST_EXCHANGES.last else None):
            raise
    assert refusal.response, f"not refused: expected {expected}"
    assert refusal.code in codes, f"refused with {refusal.code} ({refusal.message}), expected {expected}"
    answered = refusal.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status in {None, answered}, f"{refusal.code} came with status {answered}, expected {status}"
