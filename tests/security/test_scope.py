"""What each of the seven roles may do and may not: asked of IAM for the role itself, and tried with the credentials of its twin."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.deadline import await_answer
from harness.principals import DENIED, Keys, error_code
from harness.scenarios.scenario import scenario
from harness.system import System
from tests import resources
from tests.resources import ROLES
from tests.security.principals import twin_of_role

pytestmark = scenario(service="iam", lane="security", aws="iam-guide:reference_policies_evaluation-logic")

UNSUPPORTED = (
    "InvalidAction",
    "UnsupportedOperation",
    "NotImplemented",
    "NotImplementedException",
    "UnknownOperationException",
)
ARNS: dict[str, Callable[[System], str]] = {
    "stream": lambda system: str(resources.stream(system)["StreamARN"]),
    "positions": lambda system: str(resources.table(system, "positions_table_name")["TableArn"]),
    "entitlements": lambda system: str(resources.table(system, "entitlements_table_name")["TableArn"]),
    "queue_state": lambda system: str(resources.table(system, "queue_state_table_name")["TableArn"]),
    "positions changes": lambda system: str(resources.table(system, "positions_table_name")["LatestStreamArn"]),
    "requests": lambda system: resources.queue(system, "entitlement_requests_queue_url")["QueueArn"],
    "notifications": lambda system: resources.queue(system, "notifications_queue_url")["QueueArn"],
    "dead letters": lambda system: resources.queue(system, "dead_letter_queue_url")["QueueArn"],
    "bus": lambda system: str(resources.event_bus(system)["Arn"]),
    "secret": lambda system: str(system.outputs["database_secret_arn"]),
    "key": lambda system: str(system.outputs["kms_key_arn"]),
    "images": lambda system: str(resources.repository(system)["repositoryArn"]),
    "source": lambda system: str(resources.source_repository(system)["Arn"]),
    "package build": lambda system: str(resources.project(system, "package")["arn"]),
    "api_handler": lambda system: str(resources.function(system, "api_handler")["FunctionArn"]),
    "a calculation": lambda system: f"{resources.bucket_arn(system, 'calculations_bucket')}/calculations/x.json",
    "a report": lambda system: f"{resources.bucket_arn(system, 'reports_bucket')}/reports/2026-03-16/x.json",
    "a quarantined record": lambda system: f"{resources.bucket_arn(system, 'reports_bucket')}/quarantine/x",
    "an artifact": lambda system: f"{resources.bucket_arn(system, 'artifacts_bucket')}/x.zip",
}
ALLOWED = {
    "api_handler": [
        ("kinesis:PutRecord", "stream"), ("dynamodb:Query", "entitlements"), ("dynamodb:GetItem", "positions"),
        ("dynamodb:Query", "queue_state"),
    ],
    "build": [("ecr:PutImage", "images"), ("s3:PutObject", "an artifact")],
    "engine_execution": [("secretsmanager:GetSecretValue", "secret"), ("ecr:BatchGetImage", "images")],
    "engine_task": [
        ("sqs:ReceiveMessage", "requests"), ("sqs:SendMessage", "dead letters"), ("dynamodb:PutItem", "entitlements"),
        ("dynamodb:PutItem", "queue_state"), ("s3:PutObject", "a calculation"), ("events:PutEvents", "bus"),
        ("s3:PutObject", "a quarantined record"),
    ],
    "ingest_normalizer": [
        ("kinesis:GetRecords", "stream"), ("dynamodb:PutItem", "positions"), ("dynamodb:PutItem", "queue_state"),
        ("sqs:SendMessage", "requests"), ("sqs:SendMessage", "dead letters"), ("s3:PutObject", "a quarantined record"),
    ],
    "pipeline": [
        ("codebuild:StartBuild", "package build"), ("codecommit:GetBranch", "source"), ("s3:GetObject", "an artifact"),
        ("lambda:UpdateAlias", "api_handler"),
    ],
    "reconciliation": [
        ("dynamodb:GetRecords", "positions changes"), ("dynamodb:Query", "positions"), ("s3:PutObject", "a report"),
    ],
}  # fmt: skip
FORBIDDEN = {
    "api_handler": [
        ("dynamodb:PutItem", "positions"), ("dynamodb:DeleteItem", "entitlements"), ("sqs:SendMessage", "requests"),
        ("secretsmanager:GetSecretValue", "secret"), ("s3:GetObject", "a report"),
    ],
    "build": [("secretsmanager:GetSecretValue", "secret"), ("lambda:UpdateAlias", "api_handler"), ("s3:GetObject", "a report")],
    "engine_execution": [("sqs:ReceiveMessage", "requests"), ("dynamodb:GetItem", "positions"), ("ecr:PutImage", "images")],
    "engine_task": [
        ("secretsmanager:GetSecretValue", "secret"), ("dynamodb:PutItem", "positions"), ("kinesis:PutRecord", "stream"),
        ("s3:PutObject", "a report"), ("sqs:ReceiveMessage", "notifications"),
    ],
    "ingest_normalizer": [
        ("dynamodb:PutItem", "entitlements"), ("sqs:ReceiveMessage", "requests"), ("kinesis:PutRecord", "stream"),
        ("s3:PutObject", "a report"), ("events:PutEvents", "bus"),
    ],
    "pipeline": [("secretsmanager:GetSecretValue", "secret"), ("dynamodb:GetItem", "positions"), ("s3:GetObject", "a report")],
    "reconciliation": [
        ("dynamodb:PutItem", "positions"), ("s3:PutObject", "a calculation"), ("sqs:SendMessage", "requests"),
        ("secretsmanager:GetSecretValue", "secret"),
    ],
}  # fmt: skip
KEY_ACTIONS = ("kms:Decrypt", "kms:ScheduleKeyDeletion", "kms:DisableKey")


def _cases(table: dict[str, list[tuple[str, str]]]) -> list[tuple[str, str, str]]:
    return [(role, action, resource) for role in ROLES for action, resource in table[role]]


def _decision(system: System, role: str, action: str, resource: str) -> str:
    """What IAM answers for the role itself: allowed, implicitDeny or explicitDeny."""
    names = {"PolicySourceArn": system.outputs["role_arns"][role], "ActionNames": [action]}
    try:
        answer = system.client("iam").simulate_principal_policy(**names, ResourceArns=[ARNS[resource](system)])
    except ClientError as error:
        if error.response["Error"]["Code"] in UNSUPPORTED:
            pytest.skip(f"unsupported: SimulatePrincipalPolicy: {error}")
        raise
    return str(answer["EvaluationResults"][0]["EvalDecision"])


@scenario("iam.simulation.allowed", feature="policy simulation", aws="iam:SimulatePrincipalPolicy")
@pytest.mark.parametrize(("role", "action", "resource"), _cases(ALLOWED))
def test_iam_allows_a_role_what_it_works_with(system: System, role: str, action: str, resource: str) -> None:
    assert _decision(system, role, action, resource) == "allowed"


@scenario("iam.simulation.denied", feature="policy simulation", aws="iam:SimulatePrincipalPolicy")
@pytest.mark.parametrize(("role", "action", "resource"), _cases(FORBIDDEN))
def test_iam_denies_a_role_what_is_anothers_work(system: System, role: str, action: str, resource: str) -> None:
    assert _decision(system, role, action, resource) == "implicitDeny"


@scenario("iam.simulation.key-denied", feature="policy simulation", aws="iam:SimulatePrincipalPolicy")
@pytest.mark.parametrize("action", KEY_ACTIONS)
@pytest.mark.parametrize("role", ROLES)
def test_iam_denies_a_role_the_key_itself(system: System, role: str, action: str) -> None:
    assert _decision(system, role, action, "key") == "implicitDeny"


Call = tuple[str, str, Callable[[System], dict[str, Any]]]
NO_POSITION = {"safekeeping_account": {"S": "ACC-NONE"}, "position_key": {"S": "none"}}


def _queue(output: str) -> Callable[[System], dict[str, Any]]:
    return lambda system: {"QueueUrl": system.outputs[output], "AttributeNames": ["QueueArn"]}


def _position(system: System) -> dict[str, Any]:
    return {"TableName": system.outputs["positions_table_name"], "Key": NO_POSITION}


def _secret(system: System) -> dict[str, Any]:
    return {"SecretId": system.outputs["database_secret_arn"]}


def _objects(output: str) -> Callable[[System], dict[str, Any]]:
    return lambda system: {"Bucket": system.outputs[output], "MaxKeys": 1}


def _function(system: System) -> dict[str, Any]:
    return {"FunctionName": system.outputs["function_names"]["api_handler"]}


# One call that a role needs and one that it must not make: client, operation, arguments. None changes anything.
MAY: dict[str, Call] = {
    "api_handler": ("dynamodb", "get_item", _position),
    "build": ("ecr", "get_authorization_token", lambda system: {}),
    "engine_execution": ("secretsmanager", "get_secret_value", _secret),
    "engine_task": ("sqs", "get_queue_attributes", _queue("entitlement_requests_queue_url")),
    "ingest_normalizer": ("sqs", "get_queue_attributes", _queue("dead_letter_queue_url")),
    "pipeline": ("lambda", "get_function", _function),
    "reconciliation": ("s3", "list_objects_v2", _objects("reports_bucket")),
}
MAY_NOT: dict[str, Call] = {
    "api_handler": ("dynamodb", "delete_item", _position),
    "build": ("lambda", "get_function", _function),
    "engine_execution": ("dynamodb", "get_item", _position),
    "engine_task": ("secretsmanager", "get_secret_value", _secret),
    "ingest_normalizer": ("sqs", "get_queue_attributes", _queue("notifications_queue_url")),
    "pipeline": ("secretsmanager", "get_secret_value", _secret),
    "reconciliation": ("s3", "list_objects_v2", _objects("calculations_bucket")),
}

each_role = pytest.mark.parametrize("role", ROLES)


def _refused(system: System, call: Call, keys: Keys) -> str | None:
    service, operation, arguments = call
    return error_code(getattr(system.client(service, **keys), operation), **arguments(system))


@scenario("iam.scope.allowed", feature="role policies")
@each_role
@pytest.mark.usefixtures("enforced")
def test_a_call_that_a_role_needs_is_answered(system: System, role: str) -> None:
    with twin_of_role(system, role) as keys:
        await_answer(None, _refused, system, MAY[role], keys)


@scenario("iam.scope.denied", feature="role policies")
@each_role
@pytest.mark.usefixtures("enforced")
def test_a_call_that_a_role_must_not_make_is_denied(system: System, role: str) -> None:
    with twin_of_role(system, role) as keys:
        assert _refused(system, MAY_NOT[role], keys) in DENIED


@scenario("iam.scope.key-denied", feature="kms:ViaService", aws="kms-guide:conditions-kms")
@each_role
@pytest.mark.usefixtures("enforced")
def test_a_role_cannot_use_the_key_by_itself(system: System, role: str) -> None:
    names = {"KeyId": system.outputs["kms_key_arn"], "KeySpec": "AES_256"}
    with twin_of_role(system, role) as keys:
        assert error_code(system.client("kms", **keys).generate_data_key, **names) in DENIED
