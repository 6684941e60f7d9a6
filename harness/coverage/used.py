"""What the system uses: operations by service, from used.yaml."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

USED = Path(__file__).with_name("used.yaml")


@cache
def used() -> Mapping[str, Sequence[str]]:
    """Return the operations that the system uses, by boto3's name of their service."""
    content: dict[str, list[str]] = yaml.safe_load(USED.read_text())
    return content


def each_used() -> Iterator[tuple[str, str]]:
    """Yield service and operation of all operations that the system uses."""
    return ((service, operation) for service, operations in used().items() for operation in operations)
