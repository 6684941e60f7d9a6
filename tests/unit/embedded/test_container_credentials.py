"""The credentials endpoint as botocore uses it."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from botocore.credentials import ContainerProvider

from harness.embedded.container_credentials import ContainerCredentials

START = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Roles:
    def __init__(self) -> None:
        self.assumed: list[str] = []
        self.now = START

    def clock(self) -> datetime:
        return self.now

    def assume(self, role_arn: str, session_name: str) -> dict[str, object]:
        self.assumed.append(role_arn)
        ends = datetime.now(UTC) + timedelta(hours=1) if self.now is START else self.now + timedelta(hours=1)
        return {
            "AccessKeyId": f"ASIA{len(self.assumed)}",
            "SecretAccessKey": "s",
            "SessionToken": session_name,
            "Expiration": ends,
        }


@pytest.fixture
def roles() -> Roles:
    return Roles()


@pytest.fixture
def served(roles: Roles) -> Iterator[ContainerCredentials]:
    made = ContainerCredentials(roles.assume, roles.clock)
    made.start()
    yield made
    made.stop()


def test_botocore_reads_the_roles_credentials(served: ContainerCredentials) -> None:
    grant = served.grant("task-1", "arn:role")
    environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": grant.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": grant.token}
    found = ContainerProvider(environ=environment).load()
    assert found is not None
    assert (found.access_key, found.token) == ("ASIA1", "task-1")


@pytest.mark.parametrize("token", ["", "another"])
def test_another_token_gets_nothing(served: ContainerCredentials, token: str) -> None:
    grant = served.grant("task-1", "arn:role")
    request = urllib.request.Request(grant.url, headers={"Authorization": token})
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=5)


def test_a_task_that_has_gone_gets_nothing(served: ContainerCredentials) -> None:
    grant = served.grant("task-1", "arn:role")
    served.revoke("task-1")
    assert served.answer("task-1", grant.token)[0] == 403


def test_credentials_are_renewed_ten_minutes_before_they_end_and_not_before(
    served: ContainerCredentials, roles: Roles
) -> None:
    grant = served.grant("task-1", "arn:role")
    roles.now = START + timedelta(seconds=1)
    first = served.answer("task-1", grant.token)[1]
    roles.now += timedelta(minutes=49)
    assert served.answer("task-1", grant.token)[1] == first
    roles.now += timedelta(minutes=2)
    assert served.answer("task-1", grant.token)[1]["AccessKeyId"] == "ASIA2"
