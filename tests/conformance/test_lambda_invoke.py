"""Invoking a function: answers, errors, limits, and what happens when nobody waits for the answer."""

import base64
import json
from typing import Any

import pytest

from harness.aws_clients import ONCE, AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.invocations import Witness
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
from tests.conformance.receiving import Message, bodies, send_until
from tests.conformance.refusing import refused

pytestmark = scenario(service="lambda", lane="data plane", feature="invocation", aws="lambda:Invoke")
SOURCE = """
import os


class HolderError(Exception):
    pass


def handle(event, context):
    if event.get("raise"):
        raise HolderError(event["raise"])
    if event.get("say"):
        print(event["say"])
    if event.get("large"):
        return "x" * event["large"]
    return {
        "event": event,
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "version": context.function_version,
        "request": context.aws_request_id,
        "memory": context.memory_limit_in_mb,
        "left": context.get_remaining_time_in_millis(),
        "environment": {name: os.environ.get(name) for name in ("COLOUR", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME")},
    }
"""


@pytest.fixture(scope="module")
def destination(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """A queue for what becomes of asynchronous invocations."""
    return a_queue(aws, new_name(), module_cleanup)


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup, destination: str) -> str:
    require_runs(aws, "lambda")
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue_arn(aws, destination)}
    variables = {"Variables": {"COLOUR": "Grün"}}
    role_arn = a_role(aws, new_name(), module_cleanup, "lambda", allowed)
    return a_function(aws, new_name(), module_cleanup, SOURCE, Role=role_arn, Environment=variables, MemorySize=256)


def _invoke(aws: AwsClients, name: str, payload: Any, **options: Any) -> dict[str, Any]:
    answer = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps(payload).encode(), **options)
    return dict(answer) | {"Said": answer["Payload"].read()}


@scenario("lambda.invoke.answer")
def test_an_invocation_is_answered_with_what_the_function_returns(aws: AwsClients, name: str) -> None:
    event = {"text": "Grüße 𝄞", "numbers": [1, 2.5, None], "deep": {"er": {}}}
    answer = _invoke(aws, name, event)
    assert json.loads(answer["Said"])["event"] == event
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "FunctionError" not in answer


@scenario("lambda.invoke.context", feature="context", aws="lambda-guide:python-context")
def test_a_function_knows_itself_and_its_request(aws: AwsClients, name: str) -> None:
    said = json.loads(_invoke(aws, name, {})["Said"])
    assert (said["name"], said["version"], int(said["memory"])) == (name, "$LATEST", 256)
    assert said["arn"] == function_settled(aws, name)["FunctionArn"]


@scenario("lambda.invoke.time-left", feature="context", aws="lambda-guide:python-context")
def test_a_function_knows_how_much_time_is_left(aws: AwsClients, name: str) -> None:
    left = json.loads(_invoke(aws, name, {})["Said"])["left"]
    assert 0 < left <= function_settled(aws, name)["Timeout"] * 1000


@scenario("lambda.invoke.request-id", feature="context", aws="lambda-guide:python-context")
def test_a_function_knows_the_id_of_the_request_as_its_caller_does(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name, {})
    assert json.loads(answer["Said"])["request"] == answer["ResponseMetadata"]["RequestId"]


@scenario("lambda.invoke.environment", feature="environment", aws="lambda-guide:configuration-envvars")
def test_a_function_has_its_variables_and_those_of_the_runtime(aws: AwsClients, name: str) -> None:
    expected = {"COLOUR": "Grün", "AWS_REGION": aws.region, "AWS_LAMBDA_FUNCTION_NAME": name}
    assert json.loads(_invoke(aws, name, {})["Said"])["environment"] == expected


@scenario("lambda.invoke.error", feature="function errors", aws="lambda-guide:python-exceptions")
def test_an_exception_is_an_answer_of_200_that_says_unhandled(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name, {"raise": "no holder"})
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert json.loads(answer["Said"])["errorMessage"] == "no holder"


@scenario("lambda.invoke.error-type", feature="function errors", aws="lambda-guide:python-exceptions")
def test_the_answer_names_the_type_of_the_exception(aws: AwsClients, name: str) -> None:
    said = json.loads(_invoke(aws, name, {"raise": "no holder"})["Said"])
    assert said["errorType"] == "HolderError"


@scenario("lambda.invoke.error-trace", feature="function errors", aws="lambda-guide:python-exceptions")
def test_the_answer_shows_where_the_exception_was_raised(aws: AwsClients, name: str) -> None:
    said = json.loads(_invoke(aws, name, {"raise": "no holder"})["Said"])
    assert isinstance(said.get("stackTrace"), list), f"no stack trace: {said}"
    assert "handle" in "".join(said["stackTrace"])


@scenario("lambda.invoke.dry-run")
def test_a_dry_run_invokes_nothing(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name, {"raise": "never"}, InvocationType="DryRun")
    assert (answer["StatusCode"], answer["Said"], "FunctionError" in answer) == (204, b"", False)


@scenario("lambda.invoke.log", feature="logs")
def test_the_end_of_the_log_comes_with_the_answer_when_asked(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name, {"say": "entitled 12 holders"}, LogType="Tail")
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "entitled 12 holders" in log
    assert "LogResult" not in _invoke(aws, name, {})


@scenario("lambda.invoke.asynchronous", feature="asynchronous invocation")
def test_an_event_is_accepted_at_once_and_handled_later(aws: AwsClients, teller: Witness, fresh: str) -> None:
    source = f"conformance-{fresh}"
    event = {"Records": [{"eventSourceARN": source, "messageId": "1", "body": json.dumps({"id": fresh})}]}
    answer = _invoke(aws, teller.name, event, InvocationType="Event")
    assert (answer["StatusCode"], answer["Said"]) == (202, b"")
    assert teller.ids(source, 1) == [fresh]


def _told(aws: AwsClients, name: str, destination: str, payload: Any, seconds: float = 60) -> dict[str, Any]:
    """What the destination is told of an event that is tried once, and invoked again until the configuration counts."""

    def told(messages: list[Message]) -> list[dict[str, Any]]:
        return [one for one in map(json.loads, bodies(messages)) if one.get("requestPayload") == payload]

    def invoke() -> None:
        _invoke(aws, name, payload, InvocationType="Event")

    client, to = aws.client("lambda"), {"Destination": queue_arn(aws, destination)}
    client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": to, "OnSuccess": to}
    )
    try:
        _, messages = send_until(aws, destination, invoke, lambda found: bool(told(found)), seconds)
    finally:
        client.delete_function_event_invoke_config(FunctionName=name)
    return told(messages)[0]


@scenario(
    "lambda.invoke.on-failure",
    lane="resilience",
    feature="asynchronous invocation",
    aws="lambda-guide:invocation-async-retain-records",
)
def test_an_event_that_failed_is_told_to_the_destination(aws: AwsClients, name: str, destination: str) -> None:
    told = _told(aws, name, destination, {"raise": "poison"})
    assert told["requestContext"]["condition"] == "RetriesExhausted"
    assert told["requestPayload"] == {"raise": "poison"}
    assert told["responseContext"]["functionError"] == "Unhandled"
    assert told["responsePayload"]["errorMessage"] == "poison"


@scenario(
    "lambda.invoke.record",
    lane="resilience",
    feature="asynchronous invocation",
    aws="lambda-guide:invocation-async-retain-records",
)
def test_what_a_destination_is_told_has_the_documented_fields(aws: AwsClients, name: str, destination: str) -> None:
    told = _told(aws, name, destination, {"raise": "poison"})
    fields = {"version", "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload"}
    assert told.keys() == fields
    assert told["requestContext"].keys() == {"requestId", "functionArn", "condition", "approximateInvokeCount"}
    assert told["responseContext"].keys() == {"statusCode", "executedVersion", "functionError"}


@scenario(
    "lambda.invoke.no-retries",
    lane="resilience",
    feature="asynchronous invocation",
    aws="lambda-guide:invocation-async-retain-records",
)
def test_an_event_is_tried_as_often_as_configured(aws: AwsClients, name: str, destination: str) -> None:
    context = _told(aws, name, destination, {"raise": "poison"})["requestContext"]
    assert context["approximateInvokeCount"] == 1


@scenario(
    "lambda.invoke.on-success", feature="asynchronous invocation", aws="lambda-guide:invocation-async-retain-records"
)
def test_an_event_that_succeeded_is_told_to_the_destination(aws: AwsClients, name: str, destination: str) -> None:
    told = _told(aws, name, destination, {"fine": True}, 30)
    assert (told["requestContext"]["condition"], told["requestPayload"]) == ("Success", {"fine": True})
    assert told["responsePayload"]["event"] == {"fine": True}


@scenario("lambda.invoke.largest-answer", feature="limits", aws="lambda-guide:gettingstarted-limits")
def test_an_answer_above_six_megabytes_is_a_function_error(aws: AwsClients, name: str) -> None:
    answer = _invoke(aws, name, {"large": 6 * 1024 * 1024 + 200_000})
    assert answer.get("FunctionError") == "Unhandled"
    assert json.loads(answer["Said"])["errorType"] == "Function.ResponseSizeTooLarge"


@scenario("lambda.invoke.largest-event", feature="limits", aws="lambda-guide:gettingstarted-limits")
def test_an_event_above_six_megabytes_is_refused(aws: AwsClients, name: str) -> None:
    payload = json.dumps({"x": "x" * (6 * 1024 * 1024 + 200_000)}).encode()
    with refused("RequestTooLargeException", "RequestEntityTooLargeException", status=413):
        aws.client("lambda", config=ONCE).invoke(FunctionName=name, Payload=payload)


@scenario("lambda.invoke.no-json", feature="error codes")
def test_an_event_that_is_no_json_is_refused(aws: AwsClients, name: str) -> None:
    with refused("InvalidRequestContentException", status=400):
        aws.client("lambda").invoke(FunctionName=name, Payload=b"{no json")


@scenario("lambda.invoke.not-there", feature="error codes")
def test_a_function_or_version_that_is_not_there_is_a_404(aws: AwsClients, name: str) -> None:
    for options in ({"FunctionName": new_name()}, {"FunctionName": name, "Qualifier": "999"}):
        with refused("ResourceNotFoundException", status=404) as refusal:
            aws.client("lambda").invoke(**options)
        assert "Function not found: arn:" in refusal.message


@scenario("lambda.invoke.once", aws="lambda-guide:invocation-retries")
def test_an_invocation_that_is_waited_for_runs_once(aws: AwsClients, teller: Witness, fresh: str) -> None:
    source = f"conformance-{fresh}"
    for which in ("first", "last"):
        body = json.dumps({"id": which})
        _invoke(aws, teller.name, {"Records": [{"eventSourceARN": source, "messageId": "1", "body": body}]})
    told = teller.until(source, lambda found: "last" in [name for one in found for name in one["ids"]])
    assert [one["ids"] for one in told] == [["first"], ["last"]]
