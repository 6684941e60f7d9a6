"""Updates of functions: what is not named stays, one update at a time, and the package is the one that was sent."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.aws_clients import ONCE, AwsClients
from harness.deadline import wait_for
from harness.scenarios.plain_http import ask
from harness.scenarios.scenario import scenario
from harness.targets.docker import LOOPBACK
from tests.conformance.makers import Cleanup, a_function, function_settled, new_name, zipped
from tests.conformance.refusing import refusal

pytestmark = scenario(
    service="lambda", lane="control plane", feature="updates", aws="lambda:UpdateFunctionConfiguration"
)
MISSING, WRONG = ("ResourceNotFoundException", 404), ("InvalidParameterValueException", 400)
SETTINGS: dict[str, Any] = {
    "Environment": {"Variables": {"COLOUR": "green", "EMPTY": ""}},
    "Description": "before",
    "Timeout": 17,
    "EphemeralStorage": {"Size": 1024},
    "TracingConfig": {"Mode": "Active"},
}
OTHER = "def handle(event, context):\n    return 2\n"


@pytest.fixture
def function(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_function(aws, new_name(), cleanup, **SETTINGS)


@scenario("lambda.update.memory-alone")
def test_an_update_of_memory_leaves_all_else_as_it_was(aws: AwsClients, functions: Any, function: str) -> None:
    before = function_settled(aws, function)
    functions.update_function_configuration(FunctionName=function, MemorySize=256)
    after = wait_for(
        "the memory", lambda: function_settled(aws, function), lambda found: found["MemorySize"] == 256, 60
    )
    kept = [*SETTINGS, "Handler", "Runtime", "Role", "CodeSha256", "FunctionArn"]
    assert {field: after.get(field) for field in kept} == {field: before.get(field) for field in kept}
    assert {field: after.get(field) for field in SETTINGS} == SETTINGS


@scenario("lambda.update.status")
def test_an_update_is_in_progress_and_then_successful(aws: AwsClients, functions: Any, function: str) -> None:
    answer = functions.update_function_configuration(FunctionName=function, Description="after")
    assert (answer["Description"], answer["LastUpdateStatus"]) == ("after", "InProgress")
    found = wait_for(
        "the update is done",
        lambda: functions.get_function_configuration(FunctionName=function),
        lambda said: said.get("LastUpdateStatus") == "Successful",
        60,
    )
    assert (found["State"], found["Description"]) == ("Active", "after")


@scenario("lambda.update.state-said", feature="functions", aws="lambda:GetFunctionConfiguration")
def test_a_function_says_that_it_is_active_and_its_last_update_done(functions: Any, function: str) -> None:
    found = functions.get_function_configuration(FunctionName=function)
    assert (found.get("State"), found.get("LastUpdateStatus")) == ("Active", "Successful")


@scenario("lambda.update.created-pending", feature="functions", aws="lambda:CreateFunction")
def test_a_new_function_is_pending_at_first(aws: AwsClients, functions: Any, function: str, cleanup: Cleanup) -> None:
    role, other = function_settled(aws, function)["Role"], new_name()
    answer = functions.create_function(
        FunctionName=other, Runtime="python3.12", Handler="handler.handle", Role=role, Code={"ZipFile": zipped(OTHER)}
    )
    cleanup(functions.delete_function, FunctionName=other)
    assert (answer["State"], answer["StateReasonCode"]) == ("Pending", "Creating")
    function_settled(aws, other)


@scenario("lambda.update.during-update", feature="error codes")
def test_an_update_is_refused_while_another_is_in_progress(aws: AwsClients, function: str) -> None:
    client = aws.client("lambda", ONCE)
    client.update_function_configuration(FunctionName=function, Environment={"Variables": {"TEST": "1"}})
    second = {"FunctionName": function, "Environment": {"Variables": {"TEST": "2"}}}
    assert refusal(client.update_function_configuration, **second) == ("ResourceConflictException", 409)
    function_settled(aws, function)


def _package(aws: AwsClients, function: str) -> tuple[bytes, dict[str, Any]]:
    """The package as downloaded, and the configuration beside its address. Behind a mapped port an emulator names the port that it sees."""
    found = aws.client("lambda").get_function(FunctionName=function)
    address, endpoint = urlsplit(found["Code"]["Location"]), aws.endpoint("lambda")
    if endpoint and address.hostname in LOOPBACK:
        address = address._replace(netloc=urlsplit(endpoint).netloc)
    answer = ask("lambda GetPackage", "GET", address.geturl(), timeout=20)
    assert answer.status == 200, f"the package is answered {answer.status}"
    return answer.data, found["Configuration"]


@scenario("lambda.package.downloaded", feature="packages", aws="lambda:GetFunction")
def test_a_package_is_downloaded_as_it_was_sent(aws: AwsClients, cleanup: Cleanup) -> None:
    function, sent = a_function(aws, new_name(), cleanup, OTHER), zipped(OTHER)
    body, configuration = _package(aws, function)
    assert body == sent
    assert configuration["CodeSha256"] == base64.b64encode(hashlib.sha256(sent).digest()).decode()
    assert configuration["CodeSize"] == len(sent)


@scenario("lambda.package.updated", feature="packages", aws="lambda:UpdateFunctionCode")
def test_the_package_of_an_update_replaces_the_one_before(aws: AwsClients, functions: Any, function: str) -> None:
    functions.update_function_code(FunctionName=function, ZipFile=zipped(OTHER))
    function_settled(aws, function)
    assert _package(aws, function)[0] == zipped(OTHER)


@scenario("lambda.alias.deleted-twice", feature="aliases", aws="lambda:DeleteAlias")
def test_deleting_an_alias_that_is_not_there_is_answered_as_done(functions: Any, function: str) -> None:
    answer = functions.delete_alias(FunctionName=function, Name="none")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204


@scenario("lambda.version.deleted-twice", feature="versions", aws="lambda:DeleteFunction")
def test_deleting_a_version_that_is_not_there_is_answered_as_done(functions: Any, function: str) -> None:
    for _ in range(2):
        answer = functions.delete_function(FunctionName=function, Qualifier="1233")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert functions.get_function_configuration(FunctionName=function)["FunctionName"] == function


@scenario("lambda.event-config.replaced", feature="asynchronous invocation", aws="lambda:PutFunctionEventInvokeConfig")
def test_putting_an_event_configuration_replaces_the_whole_and_updating_a_part(functions: Any, function: str) -> None:
    functions.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=0)
    functions.put_function_event_invoke_config(FunctionName=function, MaximumEventAgeInSeconds=60)
    assert "MaximumRetryAttempts" not in functions.get_function_event_invoke_config(FunctionName=function)
    functions.update_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=1)
    found = functions.get_function_event_invoke_config(FunctionName=function)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (1, 60)


@scenario("lambda.event-config.own", feature="asynchronous invocation", aws="lambda:GetFunctionEventInvokeConfig")
def test_a_version_has_no_event_configuration_of_its_function(functions: Any, function: str) -> None:
    functions.put_function_event_invoke_config(FunctionName=function, MaximumRetryAttempts=1)
    version = functions.publish_version(FunctionName=function)["Version"]
    asked = {"FunctionName": function, "Qualifier": version}
    assert refusal(functions.get_function_event_invoke_config, **asked) == MISSING


@scenario("lambda.event-config.refused", feature="error codes", aws="lambda:PutFunctionEventInvokeConfig")
def test_an_event_configuration_that_says_nothing_is_refused(functions: Any, function: str) -> None:
    assert refusal(functions.put_function_event_invoke_config, FunctionName=function) == WRONG


@scenario("lambda.event-config.no-function", feature="error codes", aws="lambda:PutFunctionEventInvokeConfig")
def test_an_event_configuration_of_no_function_is_not_found(functions: Any, name: str) -> None:
    asked = {"FunctionName": name, "MaximumRetryAttempts": 1}
    assert refusal(functions.put_function_event_invoke_config, **asked) == MISSING
