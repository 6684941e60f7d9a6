"""Bounds of requests, of every operation that the system uses: a request one step beyond one of them is refused, by the code of its fact."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.coverage.bounds import Bound, beyond, bounds_of
from harness.coverage.used import each_used
from harness.scenarios.evidence import Fact, facts_of
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_queue, new_name
from tests.conformance.requests import absent, answered, page_of

pytestmark = scenario(lane="control plane", feature="bounds of requests")
BOUNDS = "requests.bounds"
SHOWN = 3
"""After so many wrong answers an operation is not asked further: an emulator that keeps no bounds is told quickly."""


def accepted(facts: Sequence[Fact], bound: Bound) -> set[tuple[str, int | None]]:
    """Return the codes, with their statuses, of which one answers a request beyond a bound; none where nothing is known."""
    return {(fact.error, fact.status) for fact in facts if fact.covers(bound)}


def _rows() -> Iterator[Any]:
    for service, operation in each_used():
        name = f"{service}.{operation}"
        if facts := facts_of(Path(__file__), f"{BOUNDS}[{name}]"):
            page = scenario(service=service, aws=page_of(service, operation))
            yield pytest.param(service, operation, facts, marks=page, id=name)


@scenario(BOUNDS)
@pytest.mark.parametrize(("service", "operation", "facts"), _rows())
def test_a_request_beyond_a_bound_is_refused(
    aws: AwsClients, service: str, operation: str, facts: Sequence[Fact], given: dict[str, Any]
) -> None:
    wanted, came = {}, {}
    for bound in bounds_of(service, operation):
        codes = accepted(facts, bound)
        if codes and len(came) < SHOWN:
            asked = beyond(service, operation, bound, given)
            code, status = answered(aws, service, operation, asked)
            if (code, status) not in codes:
                wanted[str(bound)] = " or ".join(sorted(f"{error} {number}" for error, number in codes))
                came[str(bound)] = f"{code} {status}".strip()
    assert came == wanted


@pytest.fixture
def given(aws: AwsClients, service: str, operation: str, cleanup: Cleanup) -> dict[str, Any]:
    """What a request says besides: names of what is not there, but of a queue that is there, as SQS looks for it first."""
    values = absent(aws, service, new_name())
    if service == "sqs":
        values["QueueUrl"] = a_queue(aws, new_name(), cleanup)
    if service == "s3" and operation != "CreateBucket":
        aws.client("s3").create_bucket(Bucket=values["Bucket"])
        cleanup(aws.client("s3").delete_bucket, Bucket=values["Bucket"])
    return values
