"""Functions: versions that never change, aliases, and what an update of one setting leaves of the others."""

import base64
import hashlib
import json
from typing import Any

import pytest

from harness.aws_clients import ONCE, AwsClients
from harness.deadline import await_answer
from harness.scenarios.scenario import scenario
from tests.conformance.makers import (
    Cleanup,
    a_function,
    a_key,
    a_role,
    function_settled,
    new_name,
    require_runs,
    zipped,
)
from tests.conformance.refusing import refused

pytestmark = scenario(
    service="lambda", lane="control plane", feature="functions", aws="lambda:UpdateFunctionConfiguration"
)
SOURCE = (
    "import os\ndef handle(event, context):\n    return [{0}, os.environ.get('COLOUR'), context.function_version]\n"
)
READ = {"Effect": "Allow", "Action": "logs:CreateLogStream", "Resource": "*"}


def _source(number: int) -> str:
    return SOURCE.replace("{0}", str(number))


@pytest.fixture(scope="module")
def role_arn(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_role(aws, new_name(), module_cleanup, "lambda", READ)


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup, role_arn: str) -> str:
    return a_function(aws, new_name(), cleanup, _source(1), Role=role_arn, Environment={"Variables": {"COLOUR": "red"}})


def _says(aws: AwsClients, name: str, qualifier: str = "$LATEST") -> Any:
    """What a version or alias answers: its code's number, its COLOUR, its version."""
    require_runs(aws, "lambda")
    return json.loads(aws.client("lambda").invoke(FunctionName=name, Qualifier=qualifier)["Payload"].read())


def _change(aws: AwsClients, name: str, number: int, colour: str) -> None:
    """Another code and environment."""
    client = aws.client("lambda")
    client.update_function_code(FunctionName=name, ZipFile=zipped(_source(number)))
    function_settled(aws, name)
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"COLOUR": colour}})
    function_settled(aws, name)


@scenario("lambda.version.immutable", feature="versions", aws="lambda-guide:configuration-versions")
def test_a_published_version_keeps_code_and_environment(aws: AwsClients, functions: Any, name: str) -> None:
    first = functions.publish_version(FunctionName=name)["Version"]
    _change(aws, name, 2, "blue")
    second = functions.publish_version(FunctionName=name)["Version"]
    assert [_says(aws, name, one) for one in (first, second, "$LATEST")] == [
        [1, "red", first],
        [2, "blue", second],
        [2, "blue", "$LATEST"],
    ]


@scenario("lambda.version.unchanged", feature="versions", aws="lambda:PublishVersion")
def test_publishing_what_did_not_change_makes_no_new_version(functions: Any, name: str) -> None:
    first, second = (functions.publish_version(FunctionName=name)["Version"] for _ in range(2))
    assert first == second
    listed = functions.list_versions_by_function(FunctionName=name)["Versions"]
    assert [one["Version"] for one in listed] == ["$LATEST", first]


@scenario("lambda.version.code-hash", feature="versions", aws="lambda:PublishVersion")
def test_a_function_says_the_hash_of_its_code(aws: AwsClients, name: str) -> None:
    digest = base64.b64encode(hashlib.sha256(zipped(_source(1))).digest()).decode()
    assert function_settled(aws, name)["CodeSha256"] == digest
    published = aws.client("lambda").publish_version(FunctionName=name, CodeSha256=digest)
    assert (published["CodeSha256"], published["Version"]) == (digest, "1")


@scenario("lambda.version.other-code", feature="versions", aws="lambda:PublishVersion")
def test_a_version_is_published_only_of_the_code_that_was_meant(aws: AwsClients, name: str) -> None:
    with refused("InvalidParameterValueException", status=400):
        aws.client("lambda").publish_version(FunctionName=name, CodeSha256=base64.b64encode(b"other").decode())


@scenario("lambda.alias.routing", feature="aliases", aws="lambda-guide:configuration-aliases")
def test_an_alias_invokes_the_version_that_it_points_to(aws: AwsClients, functions: Any, name: str) -> None:
    first = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=first)
    _change(aws, name, 2, "blue")
    second = functions.publish_version(FunctionName=name)["Version"]
    await_answer([1, "red", first], _says, aws, name, "live")
    functions.update_alias(FunctionName=name, Name="live", FunctionVersion=second)
    await_answer([2, "blue", second], _says, aws, name, "live")
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == second


@scenario("lambda.alias.weights", feature="aliases", aws="lambda-guide:configuring-alias-routing")
def test_an_alias_sends_its_share_to_a_second_version(aws: AwsClients, functions: Any, name: str) -> None:
    first = functions.publish_version(FunctionName=name)["Version"]
    _change(aws, name, 2, "blue")
    second = functions.publish_version(FunctionName=name)["Version"]
    weights = {"AdditionalVersionWeights": {second: 0.5}}
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=first, RoutingConfig=weights)
    assert functions.get_alias(FunctionName=name, Name="live")["RoutingConfig"] == weights
    await_answer({first, second}, lambda: {_says(aws, name, "live")[2] for _ in range(4)})


@scenario("lambda.alias.errors", feature="error codes", aws="lambda:CreateAlias")
def test_a_second_alias_of_one_name_is_refused(functions: Any, name: str) -> None:
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    with refused("ResourceConflictException", status=409):
        functions.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")


@scenario("lambda.alias.no-version", feature="error codes", aws="lambda:CreateAlias")
def test_an_alias_of_a_version_that_is_not_there_is_refused(aws: AwsClients, name: str) -> None:
    with refused("ResourceNotFoundException", status=404):
        aws.client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="99")


@scenario("lambda.update.keeps-key", lane="security", feature="encryption")
def test_the_key_and_all_else_survive_a_change_of_the_environment(
    aws: AwsClients, cleanup: Cleanup, role_arn: str
) -> None:
    arn = a_key(aws, new_name(), cleanup)
    kept = {
        "KMSKeyArn": arn,
        "TracingConfig": {"Mode": "Active"},
        "MemorySize": 256,
        "Timeout": 17,
        "Description": "kept",
    }
    made = {"Environment": {"Variables": {"COLOUR": "red"}}, **kept}
    name = a_function(aws, new_name(), cleanup, _source(1), Role=role_arn, **made)
    _change(aws, name, 2, "blue")
    configuration = function_settled(aws, name)
    assert {field: configuration.get(field) for field in kept} == kept
    assert configuration["Environment"]["Variables"] == {"COLOUR": "blue"}
    assert configuration["Role"] == role_arn


@scenario("lambda.update.revision", feature="functions")
def test_an_update_of_a_revision_that_is_past_is_refused(aws: AwsClients, name: str) -> None:
    client, past = aws.client("lambda"), function_settled(aws, name)["RevisionId"]
    client.update_function_configuration(FunctionName=name, Description="changed", RevisionId=past)
    assert function_settled(aws, name)["RevisionId"] != past
    with refused("PreconditionFailedException", status=412):
        client.update_function_configuration(FunctionName=name, Description="again", RevisionId=past)


@scenario("lambda.concurrency.kept", feature="reserved concurrency", aws="lambda:PutFunctionConcurrency")
def test_reserved_concurrency_is_kept_and_removed(functions: Any, name: str) -> None:
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
    assert functions.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 3
    assert functions.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 3}
    functions.delete_function_concurrency(FunctionName=name)
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName=name)


@scenario(
    "lambda.concurrency.none",
    lane="data plane",
    feature="reserved concurrency",
    aws="lambda-guide:configuration-concurrency",
)
def test_a_function_without_concurrency_is_throttled(aws: AwsClients, name: str) -> None:
    client = aws.client("lambda", config=ONCE)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with refused("TooManyRequestsException", status=429) as refusal:
        client.invoke(FunctionName=name)
    assert refusal.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


@scenario("lambda.policy", lane="security", feature="resource policy", aws="lambda:AddPermission")
def test_the_policy_of_an_alias_gains_and_loses_a_statement(functions: Any, name: str) -> None:
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    on_alias = {"FunctionName": name, "Qualifier": "live"}
    with refused("ResourceNotFoundException", status=404):
        functions.get_policy(**on_alias)
    asked = {
        "StatementId": "api",
        "Action": "lambda:InvokeFunction",
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": "arn:aws:execute-api:us-east-1:000000000000:a/*/GET/x",
    }
    functions.add_permission(**on_alias, **asked)
    with refused("ResourceConflictException", status=409):
        functions.add_permission(**on_alias, **asked)
    [statement] = json.loads(functions.get_policy(**on_alias)["Policy"])["Statement"]
    assert (statement["Sid"], statement["Effect"], statement["Action"]) == ("api", "Allow", "lambda:InvokeFunction")
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": asked["SourceArn"]}}
    assert statement["Resource"].endswith(f":function:{name}:live")
    functions.remove_permission(**on_alias, StatementId="api")
    with refused("ResourceNotFoundException", status=404):
        functions.get_policy(**on_alias)


@scenario("lambda.tags", feature="tagging", aws="lambda:TagResource")
def test_tags_are_added_overwritten_and_removed(aws: AwsClients, name: str) -> None:
    client, arn = aws.client("lambda"), function_settled(aws, name)["FunctionArn"]
    client.tag_resource(Resource=arn, Tags={"system": "asset-servicing", "owner": "a", "cost": "1"})
    client.tag_resource(Resource=arn, Tags={"owner": "b"})
    client.untag_resource(Resource=arn, TagKeys=["cost"])
    expected = {"system": "asset-servicing", "owner": "b"}
    assert client.list_tags(Resource=arn)["Tags"] == expected
    assert client.get_function(FunctionName=name)["Tags"] == expected


@scenario("lambda.versions.pages", feature="pagination", aws="lambda:ListVersionsByFunction")
def test_versions_are_listed_in_pages(aws: AwsClients, functions: Any, name: str) -> None:
    for number in (2, 3):
        functions.publish_version(FunctionName=name)
        _change(aws, name, number, "red")
    functions.publish_version(FunctionName=name)
    first = functions.list_versions_by_function(FunctionName=name, MaxItems=2)
    second = functions.list_versions_by_function(FunctionName=name, MaxItems=2, Marker=first["NextMarker"])
    assert [[one["Version"] for one in page["Versions"]] for page in (first, second)] == [["$LATEST", "1"], ["2", "3"]]
    assert not second.get("NextMarker")


@scenario("lambda.errors.exists", feature="error codes", aws="lambda:CreateFunction")
def test_a_second_function_of_one_name_is_refused(aws: AwsClients, name: str, role_arn: str) -> None:
    with refused("ResourceConflictException", status=409):
        aws.client("lambda").create_function(
            FunctionName=name, Role=role_arn, Runtime="python3.12", Handler="h.h", Code={"ZipFile": zipped("")}
        )


@scenario("lambda.errors.not-there", feature="error codes", aws="lambda:GetFunction")
def test_a_function_that_is_not_there_is_neither_described_nor_deleted(aws: AwsClients) -> None:
    client, missing = aws.client("lambda"), new_name()
    for call in (client.get_function, client.get_function_configuration, client.delete_function):
        with refused("ResourceNotFoundException", status=404) as refusal:
            call(FunctionName=missing)
        assert f"function:{missing}" in refusal.message
