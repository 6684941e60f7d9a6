"""What the scenarios on resources of their own share: names, and the removal of what they made."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from tests.conformance.invocations import Witness, witness
from tests.conformance.live import Live
from tests.conformance.makers import Cleanup, new_name

CLIENTS = {
    service: service
    for service in [
        "appconfig",
        "cloudwatch",
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


def _cleanup() -> Iterator[Cleanup]:
    """Take what to call when the scope is over: `cleanup(client.delete_queue, QueueUrl=url)`."""
    calls = Cleanup()
    yield calls
    calls.run()


cleanup = pytest.fixture(_cleanup)
module_cleanup = pytest.fixture(_cleanup, scope="module")
session_cleanup = pytest.fixture(_cleanup, scope="session")


@pytest.fixture(scope="module")
def live(aws: AwsClients, module_cleanup: Cleanup) -> Live:
    """Give resources that requests are about, by placeholder."""
    return Live(aws, module_cleanup)


@pytest.fixture(scope="session")
def teller(aws: AwsClients, session_cleanup: Cleanup) -> Witness:
    """One function and its queue for the whole session; scenarios tell their invocations apart by the source."""
    return witness(aws, session_cleanup)
