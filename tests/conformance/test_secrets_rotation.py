"""Rotation of a secret by a function, and many secrets read at once."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_function, a_role, a_secret, new_name, require_runs
from tests.conformance.refusing import refusal
from tests.conformance.signed_call import SIGNED_CALL

pytestmark = scenario(
    service="secretsmanager", lane="control plane", feature="rotation", aws="secretsmanager:RotateSecret"
)
SOURCE = (
    SIGNED_CALL
    + """


def ask(operation, **request):
    kind = {"content_type": "application/x-amz-json-1.1", "x_amz_target": f"secretsmanager.{operation}"}
    status, answer = call("secretsmanager", json.dumps(request).encode(), **kind)
    if status != 200:
        raise RuntimeError(f"{operation}: {status} {answer}")
    return json.loads(answer)


def handle(event, context):
    which, token = {"SecretId": event["SecretId"]}, event["ClientRequestToken"]
    if event["Step"] == "createSecret":
        ask("PutSecretValue", SecretString=f"rotated {token}", ClientRequestToken=token, VersionStages=["AWSPENDING"], **which)
    if event["Step"] == "finishSecret":
        versions = ask("DescribeSecret", **which)["VersionIdsToStages"]
        current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
        moved = {"VersionStage": "AWSCURRENT", "MoveToVersionId": token, "RemoveFromVersionId": current}
        ask("UpdateSecretVersionStage", **moved, **which)
"""
)
INVALID = ("InvalidRequestException", 400)
SECONDS = 90


@pytest.fixture
def secret(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return a_secret(aws, name, cleanup, SecretString="first")


@pytest.fixture(scope="module")
def rotator(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """ARN of a function that gives a secret its next value."""
    require_runs(aws, "lambda")
    actions = [
        f"secretsmanager:{operation}"
        for operation in ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage")
    ]
    role, client = a_role(aws, new_name(), module_cleanup, "lambda", {"Action": actions}), aws.client("lambda")
    name = a_function(aws, new_name(), module_cleanup, SOURCE, Role=role)
    allowed = {"Action": "lambda:InvokeFunction", "Principal": "secretsmanager.amazonaws.com"}
    client.add_permission(FunctionName=name, StatementId="rotation", **allowed)
    return str(client.get_function_configuration(FunctionName=name)["FunctionArn"])


def _rotated(secrets: Any, secret: str, rotator: str, **more: Any) -> dict[str, Any]:
    """The secret's description once the version of a rotation is current."""
    asked = {"SecretId": secret, "RotationLambdaARN": rotator, "RotationRules": {"AutomaticallyAfterDays": 1}, **more}
    version = secrets.rotate_secret(**asked)["VersionId"]
    return wait_for(
        "the rotated version is current",
        lambda: dict(secrets.describe_secret(SecretId=secret)),
        lambda found: found["VersionIdsToStages"].get(version) == ["AWSCURRENT"],
        SECONDS,
    )


@scenario("secretsmanager.rotation.value")
def test_a_rotated_secret_has_the_value_of_its_function(secrets: Any, secret: str, rotator: str) -> None:
    _rotated(secrets, secret, rotator)
    found = secrets.get_secret_value(SecretId=secret)
    assert found["SecretString"] == f"rotated {found['VersionId']}"


@scenario("secretsmanager.rotation.stages")
def test_the_value_before_a_rotation_is_the_previous_one(secrets: Any, secret: str, rotator: str) -> None:
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    found = _rotated(secrets, secret, rotator, RotateImmediately=True)
    assert found["VersionIdsToStages"][first] == ["AWSPREVIOUS"]
    assert secrets.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"] == "first"


@scenario("secretsmanager.rotation.described", aws="secretsmanager:DescribeSecret")
def test_a_rotated_secret_says_by_whom_and_how_often(secrets: Any, secret: str, rotator: str) -> None:
    found = _rotated(secrets, secret, rotator)
    assert (found["RotationEnabled"], found["RotationLambdaARN"]) == (True, rotator)
    assert found["RotationRules"] == {"AutomaticallyAfterDays": 1}
    assert {"LastRotatedDate", "NextRotationDate"} <= found.keys()


@scenario("secretsmanager.rotation.no-function", feature="error codes")
def test_a_first_rotation_without_a_function_is_refused(secrets: Any, secret: str) -> None:
    asked = {"SecretId": secret, "RotationRules": {"AutomaticallyAfterDays": 1}}
    assert refusal(secrets.rotate_secret, **asked) == INVALID
    assert "RotationEnabled" not in secrets.describe_secret(SecretId=secret)


@scenario("secretsmanager.rotation.missing-function", feature="error codes")
def test_a_rotation_by_a_function_that_is_not_there_is_denied(aws: AwsClients, secrets: Any, secret: str) -> None:
    arn = f"arn:aws:lambda:{aws.region}:{secret.split(':')[4]}:function:{new_name()}"
    asked = {"SecretId": secret, "RotationLambdaARN": arn, "RotationRules": {"AutomaticallyAfterDays": 1}}
    assert refusal(secrets.rotate_secret, **asked) == ("AccessDeniedException", 400)
    assert {"RotationEnabled", "RotationLambdaARN"} & secrets.describe_secret(SecretId=secret).keys() == set()


BATCH = scenario(lane="data plane", feature="batches", aws="secretsmanager:BatchGetSecretValue")


@pytest.fixture
def two(aws: AwsClients, cleanup: Cleanup) -> list[str]:
    """Names of two secrets, whose values are their names."""
    made = [new_name() for _ in range(2)]
    for name in made:
        a_secret(aws, name, cleanup, SecretString=name)
    return made


@BATCH
@scenario("secretsmanager.batch.values")
def test_secrets_are_read_together_by_their_names(secrets: Any, two: list[str]) -> None:
    found = secrets.batch_get_secret_value(SecretIdList=two)
    assert {one["Name"]: one["SecretString"] for one in found["SecretValues"]} == {name: name for name in two}
    assert all(one["VersionStages"] == ["AWSCURRENT"] for one in found["SecretValues"])
    assert found.get("Errors", []) == []


@BATCH
@scenario("secretsmanager.batch.missing")
def test_a_secret_that_is_not_there_is_an_error_beside_the_others(secrets: Any, two: list[str], name: str) -> None:
    found = secrets.batch_get_secret_value(SecretIdList=[*two, name])
    assert sorted(one["Name"] for one in found["SecretValues"]) == sorted(two)
    [error] = found["Errors"]
    assert (error["SecretId"], error["ErrorCode"]) == (name, "ResourceNotFoundException")


@BATCH
@scenario("secretsmanager.batch.filtered")
def test_secrets_are_read_together_by_a_filter(secrets: Any, two: list[str]) -> None:
    def values() -> list[str]:
        found = secrets.batch_get_secret_value(Filters=[{"Key": "name", "Values": [two[0]]}])
        return [one["SecretString"] for one in found["SecretValues"]]

    wait_for("the secret is listed", values, [two[0]].__eq__, 60)


@BATCH
@scenario("secretsmanager.batch.both")
def test_names_and_a_filter_together_are_refused(secrets: Any, two: list[str]) -> None:
    asked = {"SecretIdList": two, "Filters": [{"Key": "name", "Values": two}]}
    assert refusal(secrets.batch_get_secret_value, **asked) == ("InvalidParameterException", 400)
