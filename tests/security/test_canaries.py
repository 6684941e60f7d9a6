"""Canaries: does the target check signatures and policies at all? Without that, every other refusal means nothing."""

from typing import Any

import pytest

from harness.principals import DENIED, UNKNOWN_KEY, WRONG_SIGNATURE, Keys, error_code, known_error_code
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.api_calls import signed_call

pytestmark = scenario(service="iam", lane="security", aws="iam-guide:reference_policies_evaluation-logic")

# A harmless call to each service that needs no resource: (client, operation).
CALLS = {
    "apigateway": "get_rest_apis",
    "appconfig": "list_applications",
    "codebuild": "list_projects",
    "codecommit": "list_repositories",
    "codedeploy": "list_applications",
    "codepipeline": "list_pipelines",
    "dynamodb": "list_tables",
    "ecr": "describe_repositories",
    "ecs": "list_clusters",
    "events": "list_event_buses",
    "iam": "list_roles",
    "kinesis": "list_streams",
    "kms": "list_keys",
    "lambda": "list_functions",
    "logs": "describe_log_groups",
    "rds": "describe_db_instances",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "sns": "list_topics",
    "sqs": "list_queues",
}

each_service = pytest.mark.parametrize("service", CALLS)


def _call(system: System, service: str, keys: Keys) -> Any:
    return getattr(system.client(service, **keys), CALLS[service])


@scenario("iam.canary.no-policy", feature="implicit deny")
@each_service
def test_a_user_without_any_policy_is_denied(system: System, nobody: Keys, service: str) -> None:
    assert known_error_code(_call(system, service, nobody)) in DENIED


@scenario("iam.canary.wrong-signature", feature="signatures", aws="iam-guide:reference_sigv-troubleshooting")
@each_service
def test_a_wrong_signature_is_refused(system: System, service: str) -> None:
    own = system.environment
    forged = {"aws_access_key_id": own["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "0" * 40}
    assert error_code(_call(system, service, forged)) in WRONG_SIGNATURE


@scenario(
    "iam.canary.unknown-key",
    feature="access keys",
    aws="https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html",
)
@each_service
def test_an_unknown_access_key_is_refused(system: System, service: str) -> None:
    unknown = {"aws_access_key_id": "AKIA0000000000000000", "aws_secret_access_key": "0" * 40}
    assert error_code(_call(system, service, unknown)) in UNKNOWN_KEY


@scenario(
    "apigateway.canary.no-policy",
    feature="IAM authorization",
    aws="apigateway-guide:api-gateway-control-access-using-iam-policies-to-invoke-api",
    service="apigateway",
)
def test_the_api_refuses_a_user_without_any_policy(system: System, nobody: Keys) -> None:
    assert signed_call(system, "GET", "/positions?safekeeping_account=ACC-0", **nobody)[0] == 403


@scenario(
    "apigateway.canary.wrong-signature",
    feature="signatures",
    aws="iam-guide:reference_sigv-troubleshooting",
    service="apigateway",
)
def test_the_api_refuses_a_wrong_signature(system: System) -> None:
    forged = {
        "aws_access_key_id": system.environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": "0" * 40,
    }
    assert signed_call(system, "GET", "/positions?safekeeping_account=ACC-0", **forged)[0] == 403
