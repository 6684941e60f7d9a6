"""Whose the calls of the engine are: its task role's, judged by what happens while that role is denied something."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness.deadline import DeadlineError, wait_for
from harness.feed.records import account, dividend, position
from harness.isin import fresh_isin
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.facts import feed
from tests.resources import bucket_arn

WITHHELD_SECONDS = 5
"""An entitlement's calculation is in S3 within a second of its commit, where its writing is allowed."""
SECONDS = 120
"""A part of the engine that is refused ends its task; another is started, after a pause that grows."""


@contextmanager
def denied(system: System, role: str, action: str, resource: str) -> Iterator[None]:
    """The role (a key of output role_arns) is denied `action` on `resource` while the block runs."""
    iam, name = system.client("iam"), system.outputs["role_arns"][role].rpartition("/")[2]
    statement = {"Effect": "Deny", "Action": action, "Resource": resource}
    policy = {"RoleName": name, "PolicyName": f"denied-{os.urandom(4).hex()}"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(**policy, PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(**policy)


def calculations(system: System, event: str) -> list[str]:
    """The keys of the event's calculations."""
    listed = system.client("s3").list_objects_v2(
        Bucket=system.outputs["calculations_bucket"], Prefix=f"calculations/{event}/"
    )
    return [each["Key"] for each in listed.get("Contents", [])]


@scenario("ecs.task-role.caller", service="ecs", feature="task role", lane="security", aws="ecs-guide:task-iam-roles")
@pytest.mark.engine
@pytest.mark.exclusive
def test_the_engine_does_not_write_what_its_task_role_is_denied_and_writes_it_afterwards(
    system: System, fresh: str
) -> None:
    """Several events, as a policy may take a while to reach S3: one at least is withheld. Exclusive: refused tasks end and come again."""
    holder, fed = f"ACC-{fresh}", list[str]()
    feed(system, [account(holder)])

    def withheld() -> bool:
        event, isin = f"CA-{fresh}-{len(fed)}", fresh_isin()
        fed.append(event)
        feed(system, [position(holder, isin, "100"), dividend(event, isin)], seconds=0)
        try:
            wait_for("the calculation is written", lambda: calculations(system, event), bool, WITHHELD_SECONDS)
        except DeadlineError:
            return True
        return False

    with denied(
        system, "engine_task", "s3:PutObject", f"{bucket_arn(system, 'calculations_bucket')}/calculations/CA-{fresh}-*"
    ):
        wait_for("the engine is refused what its task role is denied", withheld, bool, 30)
    for event in fed:
        wait_for("the calculation is written", lambda event=event: calculations(system, event), bool, SECONDS)
