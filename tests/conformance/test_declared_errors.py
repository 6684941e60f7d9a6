"""Errors that AWS declares for operations that the system uses, each shown by one request: names of nothing, and what is wrong in itself."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.coverage.bounds import request
from harness.coverage.used import each_used
from harness.scenarios.evidence import Fact, facts_of
from harness.scenarios.scenario import scenario
from harness.scenarios.sentences import UnexpectedAnswerError
from tests.conformance.live import Live
from tests.conformance.makers import new_name
from tests.conformance.requests import absent, accepted, answered, page_of
from tests.conformance.wrong_requests import WRONG

pytestmark = scenario(lane="control plane", feature="declared errors")


def _facts(scenario_id: str) -> tuple[Fact, ...]:
    return facts_of(Path(__file__), scenario_id)


def _absent() -> Iterator[Any]:
    for service, operation in each_used():
        name = f"{service}.{operation}"
        if facts := _facts(f"requests.absent[{name}]"):
            page = scenario(service=service, aws=page_of(service, operation))
            yield pytest.param(service, operation, facts, marks=page, id=name)


def _wrong() -> Iterator[Any]:
    for service, operation, case, members in WRONG:
        name = f"{service}.{operation}.{case}"
        page = scenario(service=service, aws=page_of(service, operation))
        facts = _facts(f"requests.wrong[{name}]")  # the recorder refuses a scenario without facts
        yield pytest.param(service, operation, members, facts, marks=page, id=name)


def refuse(aws: AwsClients, service: str, operation: str, asked: Mapping[str, Any], facts: Sequence[Fact]) -> None:
    """Demand that a request is refused as one of the facts says. Raises UnexpectedAnswerError."""
    code, status = answered(aws, service, operation, asked)
    if (code, status) not in accepted(facts):
        came = (code, status) if code else None
        raise UnexpectedAnswerError(came, tuple(fact.error for fact in facts), facts[0].status)


@scenario("requests.absent")
@pytest.mark.parametrize(("service", "operation", "facts"), [*_absent()])
def test_a_request_about_nothing_is_answered_that_there_is_nothing(
    aws: AwsClients, service: str, operation: str, facts: Sequence[Fact]
) -> None:
    refuse(aws, service, operation, request(service, operation, absent(aws, service, new_name())), facts)


@scenario("requests.wrong")
@pytest.mark.parametrize(("service", "operation", "members", "facts"), [*_wrong()])
def test_a_request_that_is_wrong_in_itself_is_answered_by_the_error_for_it(
    aws: AwsClients, live: Live, service: str, operation: str, members: Mapping[str, Any], facts: Sequence[Fact]
) -> None:
    asked = absent(aws, service, new_name(), members, live.named_in(members))
    refuse(aws, service, operation, request(service, operation, asked), facts)
