"""What scenarios of several modules share: the function that tells what it was invoked with."""

from collections.abc import Iterator

import pytest

from harness.aws_clients import AwsClients
from tests.conformance.invocations import Witness, witness


@pytest.fixture(scope="session")
def teller(aws: AwsClients) -> Iterator[Witness]:
    """One function and its queue for the whole session; scenarios tell their invocations apart by the source."""
    with witness(aws) as made:
        yield made
