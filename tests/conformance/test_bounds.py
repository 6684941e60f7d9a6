"""Bounds of requests, of every operation that the system uses: a request one step beyond one of them is refused, by the code of its fact."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.coverage.bounds import beyond, bounds_of
from harness.coverage.used import each_used
from harness.scenarios.evidence import Fact, facts_of
from harness.scenarios.scenario import scenario
from tests.conformance.live import CONTAINER, Live
from tests.conformance.makers import new_name, policy
from tests.conformance.requests import absent, accepted, answered, page_of

pytestmark = scenario(lane="control plane", feature="bounds of requests")
BOUNDS = "requests.bounds"
SHOWN = 3
"""After so many wrong answers an operation is not asked further: an emulator that keeps no bounds is told quickly."""

IN_CLUSTER = {"cluster": "{cluster}", "taskDefinition": "{task_definition}"}
FIRST: dict[str, dict[str, Any]] = {
    "sqs": {"QueueUrl": "{queue}"},
    "s3": {"Bucket": "{bucket}"},
    "s3.CreateBucket": {},
    "kms.CreateKey": {"Policy": policy({"Principal": {"AWS": "arn:aws:iam::{account}:root"}, "Action": "kms:*"})},
    "ecs.CreateService": {**IN_CLUSTER, "serviceName": "{name}"},
    "ecs.RegisterTaskDefinition": {"family": "{name}", "containerDefinitions": [CONTAINER]},
    "ecs.UpdateService": {**IN_CLUSTER, "service": "{service}"},
}
"""By service, or by its operation: resources that AWS looks for before it looks at the rest of a request, or may; what a request needs
besides the model's bounds; and a policy for keys that lets the account remove what was made."""


def _rows() -> Iterator[Any]:
    for service, operation in each_used():
        name = f"{service}.{operation}"
        if facts := facts_of(Path(__file__), f"{BOUNDS}[{name}]"):
            page = scenario(service=service, aws=page_of(service, operation))
            yield pytest.param(service, operation, facts, marks=page, id=name)


@scenario(BOUNDS)
@pytest.mark.parametrize(("service", "operation", "facts"), [*_rows()])
def test_a_request_beyond_a_bound_is_refused(
    aws: AwsClients, service: str, operation: str, facts: Sequence[Fact], given: dict[str, Any]
) -> None:
    wanted, came = {}, {}
    for bound in bounds_of(service, operation):
        codes = accepted([fact for fact in facts if fact.covers(bound)])
        if codes and len(came) < SHOWN:
            asked = beyond(service, operation, bound, given)
            code, status = answered(aws, service, operation, asked)
            if (code, status) not in codes:
                wanted[str(bound)] = " or ".join(sorted(f"{error} {number}" for error, number in codes))
                came[str(bound)] = f"{code} {status}".strip()
    assert came == wanted


@pytest.fixture
def given(aws: AwsClients, live: Live, service: str, operation: str) -> dict[str, Any]:
    """What a request says besides: names of what is not there, but for what AWS looks for first."""
    there = FIRST.get(f"{service}.{operation}", FIRST.get(service, {}))
    return absent(aws, service, new_name(), there, live.named_in(there))
