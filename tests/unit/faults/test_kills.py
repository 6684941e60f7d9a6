"""Rules that are for calls of one part of the system, and kill who calls: seen on processes that call a real MiniStack."""

import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from harness.embedded.processes import free_port
from harness.faults.callers import Caller
from tests.unit.faults.conftest import Faulty

KILLED = -9
SENDS = """
import boto3, sys
sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
sqs.send_message(QueueUrl=sys.argv[2], MessageBody="sent")
"""
Received = Callable[[str], list[str]]


def send(faulty: Faulty, queue: str, **environment: str) -> int:
    """Send a message from a process of its own with this environment; return its exit status."""
    command = [sys.executable, "-c", SENDS, faulty.endpoint, queue]
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin", **environment}, check=False).returncode


@pytest.mark.parametrize(("side", "left"), [("before", []), ("after", ["sent"])])
def test_a_function_is_killed_at_its_call(
    faulty: Faulty, queue: str, received: Received, side: str, left: list[str]
) -> None:
    faulty.plant({"kind": "kill", "at": side}, service="sqs", operations=["SendMessage"], when={"caller": "^ours$"})
    assert send(faulty, queue, AWS_LAMBDA_FUNCTION_NAME="ours") == KILLED
    assert (received(queue), faulty.fired()) == (left, 1)


def test_a_rule_for_one_caller_is_for_no_other(faulty: Faulty, queue: str, received: Received) -> None:
    faulty.plant({"kind": "kill", "at": "before"}, service="sqs", when={"caller": "^ours$"})
    assert send(faulty, queue, AWS_LAMBDA_FUNCTION_NAME="another") == 0
    assert (received(queue), faulty.fired()) == (["sent"], 0)


def test_who_is_no_part_of_the_system_is_never_killed(faulty: Faulty, queue: str, received: Received) -> None:
    faulty.plant({"kind": "kill", "at": "before"}, service="sqs")
    assert send(faulty, queue) == 0
    assert (received(queue), faulty.fired()) == (["sent"], 0)


def test_an_answer_can_be_lost_after_the_call_was_done(faulty: Faulty, queue: str, received: Received) -> None:
    change = {"kind": "hang", "seconds": 0.001, "at": "after"}
    faulty.plant(change, service="sqs", operations=["SendMessage"], when={"caller": "^ours$", "at_most": 1})
    assert send(faulty, queue, AWS_LAMBDA_FUNCTION_NAME="ours") == 0, "botocore sends again"
    assert received(queue) == ["sent", "sent"]


def test_calls_are_counted_by_what_they_are_on(faulty: Faulty, queue: str) -> None:
    faulty.plant({"kind": "delay", "seconds": 0.001}, service="sqs")
    for body in "ab":
        faulty.client("sqs").send_message(QueueUrl=queue, MessageBody=body)
    assert faulty.layer.calls()["planted"] == {"sqs:SendMessage": {queue.rpartition("/")[2]: 2}}


def test_one_rule_is_taken_out_and_the_others_stay(faulty: Faulty, queue: str) -> None:
    faulty.plant({"kind": "delay", "seconds": 0.001}, service="sqs")
    faulty.layer.clear(["another"])
    assert faulty.layer.counters().keys() == {"planted"}
    faulty.layer.clear(["planted"])
    assert faulty.layer.counters() == {}


CONNECTS = """
import socket, sys
ours, theirs = map(int, sys.argv[1:])
with socket.socket() as end:
    end.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    end.bind(("127.0.0.1", ours))
    end.connect(("127.0.0.1", theirs))
    print("connected", flush=True)
    sys.stdin.read()
"""


def test_a_caller_is_told_from_another_that_uses_the_same_port_towards_somebody_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        port, known = free_port(), theirs.getsockname()[1]
        command = [sys.executable, "-c", CONNECTS, str(port), str(known)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"AWS_LAMBDA_FUNCTION_NAME": "ours"}
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stdout.readline() == b"connected\n"
            assert (Caller(port, known).name, Caller(port, free_port()).name) == ("ours", "")
            process.stdin.close()
