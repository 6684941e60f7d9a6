"""Invocations at their edges: no payload, large payloads, time-outs, exits, versions, and what fails without anybody waiting."""

import json
import re
from typing import Any

import pytest

from harness.aws_clients import ONCE, AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import (
    Cleanup,
    a_function,
    a_queue,
    a_role,
    function_settled,
    new_name,
    queue_arn,
    require_runs,
)
from tests.conformance.receiving import receive
from tests.conformance.refusing import refused

pytestmark = scenario(service="lambda", lane="data plane", feature="invocation", aws="lambda:Invoke")
ASYNCHRONOUS = "lambda-guide:invocation-async-error-handling"
SOURCE = """
import os, time


def handle(event, context):
    event = event or {}
    if event.get("wait"):
        time.sleep(event["wait"])  # the function itself is slow: its time-out is what is judged
    if event.get("exit"):
        os._exit(1)
    if event.get("raise"):
        raise Exception(event["raise"])
    if event.get("nothing"):
        return None
    return {"event": event, "arn": context.invoked_function_arn, "version": context.function_version}
"""


@pytest.fixture(scope="module")
def destination(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """A queue for what failed."""
    return a_queue(aws, new_name(), module_cleanup)


def _function(aws: AwsClients, cleanup: Cleanup, destination: str, **more: Any) -> str:
    """A function that may send to the queue."""
    require_runs(aws, "lambda")
    allowed = {"Action": "sqs:SendMessage", "Resource": queue_arn(aws, destination)}
    role = a_role(aws, new_name(), cleanup, "lambda", allowed)
    return a_function(aws, new_name(), cleanup, SOURCE, Role=role, **more)


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup, destination: str) -> str:
    return _function(aws, module_cleanup, destination)


@pytest.fixture(scope="module")
def hasty(aws: AwsClients, module_cleanup: Cleanup, destination: str) -> str:
    """The function with a second's time."""
    return _function(aws, module_cleanup, destination, Timeout=1)


def _invoke(aws: AwsClients, name: str, event: Any = None, **options: Any) -> dict[str, Any]:
    if event is not None:
        options["Payload"] = json.dumps(event).encode()
    answer = aws.client("lambda", ONCE).invoke(FunctionName=name, **options)
    return dict(answer) | {"Said": answer["Payload"].read()}


@scenario("lambda.invoke.nothing")
def test_a_function_that_returns_nothing_is_answered_with_null(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name, {"nothing": True})
    assert (answer["StatusCode"], answer["Said"], answer.get("FunctionError")) == (200, b"null", None)


@scenario("lambda.invoke.no-payload")
def test_a_call_without_payload_succeeds(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name)
    assert (answer["StatusCode"], answer.get("FunctionError"), answer["ExecutedVersion"]) == (200, None, "$LATEST")
    assert json.loads(answer["Said"])["version"] == "$LATEST"


@scenario("lambda.invoke.no-payload-failed", feature="function errors")
def test_a_call_without_payload_tells_of_the_functions_error(aws: AwsClients, cleanup: Cleanup) -> None:
    source = 'def handle(event, context):\n    raise Exception("always")\n'
    require_runs(aws, "lambda")
    answer = _invoke(aws, a_function(aws, new_name(), cleanup, source))
    said = json.loads(answer["Said"])
    assert (answer["StatusCode"], answer.get("FunctionError")) == (200, "Unhandled")
    assert said["errorMessage"] == "always"


@scenario("lambda.invoke.megabytes", feature="limits")
@pytest.mark.parametrize("megabytes", [1, 3, 5])
def test_an_event_of_some_megabytes_comes_back_whole(aws: AwsClients, name: str, megabytes: int) -> None:
    event = {"test": "test123456" * 100_000 * megabytes}
    answer = _invoke(aws, name, event)
    assert "FunctionError" not in answer
    assert json.loads(answer["Said"])["event"] == event


@scenario("lambda.invoke.timed-out", feature="time-outs")
def test_a_function_over_its_time_is_a_function_error_that_says_so(aws: AwsClients, hasty: str) -> None:
    answer = _invoke(aws, hasty, {"wait": 3})
    said = json.loads(answer["Said"])
    assert (answer["StatusCode"], answer.get("FunctionError")) == (200, "Unhandled")
    assert re.search(r"Task timed out after 1\.\d+ seconds", said["errorMessage"]), said


@scenario("lambda.invoke.timed-out-type", feature="time-outs")
def test_a_time_out_names_its_type_and_request(aws: AwsClients, hasty: str) -> None:
    said = json.loads(_invoke(aws, hasty, {"wait": 3})["Said"])
    assert said["errorType"] == "Sandbox.Timedout"
    assert re.match(r"RequestId: [-0-9a-f]{36} ", said["errorMessage"])


@scenario("lambda.invoke.exited", feature="function errors")
def test_a_function_that_ends_its_process_is_a_function_error(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name, {"exit": True})
    assert (answer["StatusCode"], answer.get("FunctionError")) == (200, "Unhandled")
    assert json.loads(answer["Said"])["errorType"] == "Runtime.ExitError"


@scenario("lambda.invoke.version", feature="versions")
def test_a_version_is_invoked_by_its_number_and_told_so(aws: AwsClients, name: str) -> None:
    made = aws.client("lambda").publish_version(FunctionName=name)
    answer = _invoke(aws, name, {}, Qualifier=made["Version"])
    said = json.loads(answer["Said"])
    assert answer["ExecutedVersion"] == said["version"] == made["Version"]
    assert said["arn"] == made["FunctionArn"]


@scenario("lambda.version.behind-alias", feature="versions", aws="lambda:DeleteFunction", lane="control plane")
def test_a_version_behind_an_alias_is_not_deleted(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    client = aws.client("lambda")
    version = client.publish_version(FunctionName=name, Description=new_name())["Version"]
    client.create_alias(FunctionName=name, Name="pinned", FunctionVersion=version)
    cleanup(client.delete_alias, FunctionName=name, Name="pinned")
    with refused("ResourceConflictException", status=409):
        client.delete_function(FunctionName=name, Qualifier=version)


def _failed(aws: AwsClients, name: str, destination: str, seconds: float, **options: Any) -> dict[str, Any]:
    """What the destination is told of an event that fails, of which there is only one."""
    client = aws.client("lambda")
    to = {"OnFailure": {"Destination": queue_arn(aws, destination)}}
    client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=to, **options)
    event = {"raise": new_name()}
    _invoke(aws, name, event, InvocationType="Event")
    [message] = receive(aws, destination, seconds=seconds)
    told = json.loads(message["Body"])
    assert told["requestPayload"] == event
    return dict(told["requestContext"])


@scenario("lambda.invoke.event-age", feature="asynchronous invocation", lane="resilience", aws=ASYNCHRONOUS)
def test_an_event_whose_retry_would_come_too_late_is_given_up(aws: AwsClients, cleanup: Cleanup) -> None:
    destination = a_queue(aws, new_name(), cleanup)
    name = _function(aws, cleanup, destination)
    told = _failed(aws, name, destination, 75, MaximumRetryAttempts=2, MaximumEventAgeInSeconds=60)
    assert (told["condition"], told["approximateInvokeCount"]) == ("EventAgeExceeded", 1)


@scenario("lambda.invoke.dead-letter", feature="asynchronous invocation", lane="resilience", aws=ASYNCHRONOUS)
def test_an_event_that_failed_goes_to_the_functions_dead_letter_queue(aws: AwsClients, cleanup: Cleanup) -> None:
    dead = a_queue(aws, new_name(), cleanup)
    name = _function(aws, cleanup, dead, DeadLetterConfig={"TargetArn": queue_arn(aws, dead)})
    aws.client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    _invoke(aws, name, {"raise": "poison"}, InvocationType="Event")
    [message] = receive(aws, dead, seconds=60)
    assert json.loads(message["Body"]) == {"raise": "poison"}
    said = {key: one["StringValue"] for key, one in message["MessageAttributes"].items()}
    assert said.keys() == {"ErrorCode", "ErrorMessage", "RequestID"}
    assert (said["ErrorCode"], said["ErrorMessage"]) == ("200", "poison")


@scenario("lambda.functions.dead-letter-kept", feature="functions", lane="control plane", aws="lambda:CreateFunction")
def test_a_functions_dead_letter_queue_is_read_back(aws: AwsClients, cleanup: Cleanup) -> None:
    dead = a_queue(aws, new_name(), cleanup)
    wanted = {"TargetArn": queue_arn(aws, dead)}
    name = _function(aws, cleanup, dead, DeadLetterConfig=wanted)
    assert function_settled(aws, name)["DeadLetterConfig"] == wanted
