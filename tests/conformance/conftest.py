"""What the scenarios on resources of their own share: names, and the removal of what they made."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from tests.conformance.invocations import Witness, witness
from tests.conformance.making import new_name

CLIENTS = {
    service: service
    for service in [
        "appconfig",
        "codebuild",
        "codecommit",
        "codedeploy",
        "codepipeline",
        "dynamodb",
        "ecr",
        "ecs",
        "events",
        "iam",
        "kinesis",
        "kms",
        "logs",
        "rds",
        "s3",
        "sns",
        "sqs",
    ]
} | {"functions": "lambda", "gateway": "apigateway", "secrets": "secretsmanager"}
"""Fixture: the service whose client it gives."""


def _client(fixture: str, service: str) -> Callable[[AwsClients], Any]:
    @pytest.fixture(name=fixture)
    def client(aws: AwsClients) -> Any:
        return aws.client(service)

    return client


globals().update({f"{fixture}_client": _client(fixture, service) for fixture, service in CLIENTS.items()})


@pytest.fixture
def name() -> str:
    """A name that nobody else has, fit for every service."""
    return new_name()


class Cleanup:
    """Calls to make when the scenario is over, the last one first."""

    def __init__(self) -> None:
        self._calls: list[tuple[Callable[..., Any], dict[str, Any]]] = []

    def __call__(self, operation: Callable[..., Any], **arguments: Any) -> None:
        """Remembers one call, which may find that the scenario has removed the resource itself."""
        self._calls.append((operation, arguments))

    def run(self) -> None:
        """Makes the calls. One that is refused is a warning: a scenario is judged by what it asserts."""
        for operation, arguments in reversed(self._calls):
            try:
                operation(**arguments)
            except ClientError as error:
                if not any(word in str(error) for word in ("NotFound", "NoSuch", "DoesNotExist", "NonExist")):
                    warnings.warn(f"not removed: {arguments}: {error}", stacklevel=1)


@pytest.fixture
def cleanup() -> Iterator[Cleanup]:
    """Takes what to call at the end: `cleanup(client.delete_queue, QueueUrl=url)`."""
    calls = Cleanup()
    yield calls
    calls.run()


@pytest.fixture(scope="session")
def teller(aws: AwsClients) -> Iterator[Witness]:
    """One function and its queue for the whole session; scenarios tell their invocations apart by the source."""
    with witness(aws) as made:
        yield made
