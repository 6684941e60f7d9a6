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
        last = LAST_EXCHANGES.last[-1] if LAST_EXCHANGES.last else None
        code = error.response["Error"]["Code"]
        if code not in codes and says_missing(last):
            raise
        refusal.response = dict(error.response)
        assert code in codes, f"refused with {code} ({error}), expected {' or '.join(codes)}"
        answered = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status in {None, answered}, f"{code} came with status {answered}, expected {status}"
    else:
        raise AssertionError(f"not refused: expected {' or '.join(codes)}")
