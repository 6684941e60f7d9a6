"""For which calls a rule is, and how often."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.failure import HarnessError
from harness.faults.layer import FaultLayer
from tests.unit.faults.conftest import Faulty

REFUSED = {"kind": "answer", "status": 400, "code": "Planted"}


def _refused(client: Any, times: int) -> str:
    """A letter for each of so many calls: r refused, - answered."""
    said = ""
    for _ in range(times):
        try:
            client.list_queues()
            said += "-"
        except ClientError:
            said += "r"
    return said


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, "rrrrrr"),
        ({"nth": 2}, "-r-r-r"),
        ({"after": 3}, "---rrr"),
        ({"after": 1, "nth": 2}, "--r-r-"),
        ({"at_most": 1}, "r-----"),
        ({"principal": "somebody"}, "------"),
        ({"principal": "^test$"}, "rrrrrr"),
        ({"request": "MaxResults"}, "------"),
        ({"headers": {"user-agent": "Boto3"}}, "rrrrrr"),
        ({"headers": {"user-agent": "curl"}}, "------"),
    ],
)
def test_a_rule_fires_only_when_its_condition_holds(faulty: Faulty, when: dict[str, Any], expected: str) -> None:
    faulty.plant(REFUSED, service="sqs", operations=["ListQueues"], when=when)
    assert _refused(faulty.client("sqs"), 6) == expected


def test_a_rule_of_another_service_or_operation_does_not_fire(faulty: Faulty) -> None:
    faulty.plant(REFUSED, service="sns")
    assert _refused(faulty.client("sqs"), 1) == "-"
    faulty.plant(REFUSED, service="sqs", operations=["CreateQueue"])
    assert _refused(faulty.client("sqs"), 1) == "-"


def test_a_key_made_here_is_known_by_its_user(faulty: Faulty, fresh: str) -> None:
    iam = faulty.client("iam")
    iam.create_user(UserName=fresh)
    key = iam.create_access_key(UserName=fresh)["AccessKey"]
    faulty.plant(REFUSED, service="sqs", when={"principal": f"user/{fresh}$"})
    with pytest.raises(ClientError, match="Planted"):
        faulty.client("sqs", key["AccessKeyId"], key["SecretAccessKey"]).list_queues()
    assert _refused(faulty.client("sqs"), 1) == "-"


def test_a_rule_may_wait_for_another_operation_on_the_same_resource(faulty: Faulty, fresh: str) -> None:
    sqs = faulty.client("sqs")
    first, second = (sqs.create_queue(QueueName=f"{fresh}-{name}")["QueueUrl"] for name in "ab")
    faulty.plant(
        {"kind": "remove", "in": "answer", "keys": ["DelaySeconds"]}, service="sqs", operations=["GetQueueAttributes"],
        when={"since": "SetQueueAttributes", "same": r'"QueueUrl":\s*"([^"]+)"'},
    )  # fmt: skip

    def has_delay(url: str) -> bool:
        return "DelaySeconds" in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert has_delay(first)
    with pytest.raises(ClientError):
        sqs.set_queue_attributes(QueueUrl=first, Attributes={"VisibilityTimeout": "-1"})
    assert has_delay(first), "a refused operation was not done"
    sqs.set_queue_attributes(QueueUrl=first, Attributes={"VisibilityTimeout": "7"})
    assert (has_delay(first), has_delay(second)) == (False, True)


def test_what_is_cleared_fires_no_more(faulty: Faulty) -> None:
    faulty.plant(REFUSED, service="sqs")
    faulty.layer.clear()
    assert _refused(faulty.client("sqs"), 1) == "-"
    assert faulty.layer.counters() == {}


def test_the_control_port_wants_the_token(faulty: Faulty) -> None:
    with pytest.raises(HarnessError, match="the token is not that of the state file"):
        FaultLayer(faulty.layer.port, "another").counters()


def test_a_layer_that_is_gone_is_said_in_one_line() -> None:
    with pytest.raises(HarnessError, match="does not answer at its control port 1"):
        FaultLayer(1, "any").clear()
