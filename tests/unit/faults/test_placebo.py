"""A change that changes nothing is never seen: whatever the edit, whatever the service, whoever calls."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.faults.defects import Defect, defects_of
from tests.unit.faults.conftest import Faulty

PLACEBOS = defects_of([Path(__file__).with_name("placebos.yaml")])
EVERYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "apigateway": ("get_tags", {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/a1b2c3"}),
    "appconfig": ("list_applications", {}),
    "codebuild": ("list_projects", {}),
    "cloudwatch": ("list_metrics", {}),
    "dynamodb": ("query", {"TableName": "none", "KeyConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": {"N": "1.50"}}}),
    "dynamodbstreams": ("list_streams", {}),
    "ecr": ("describe_repositories", {}),
    "ecs": ("list_clusters", {}),
    "events": ("list_rules", {"NamePrefix": "a b"}),
    "iam": ("list_users", {"PathPrefix": "/none/"}),
    "kinesis": ("list_streams", {}),
    "kms": ("list_aliases", {}),
    "lambda": ("list_functions", {}),
    "logs": ("describe_log_groups", {"logGroupNamePrefix": "/a b/ü"}),
    "rds": ("describe_db_instances", {}),
    "s3": ("list_objects_v2", {"Bucket": "placebo", "Prefix": "a b/ü+c"}),
    "secretsmanager": ("list_secrets", {}),
    "sns": ("list_topics", {}),
    "sqs": ("list_queues", {"QueueNamePrefix": "none"}),
    "sts": ("get_caller_identity", {}),
}  # fmt: skip


def _answered(client: Any, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """What a client makes of the answer, without what differs each time; of an error its code and status."""
    try:
        found = dict(getattr(client, method)(**parameters))
    except ClientError as error:
        found = {"code": error.response["Error"]["Code"], "ResponseMetadata": error.response["ResponseMetadata"]}
    return {**found, "ResponseMetadata": found["ResponseMetadata"]["HTTPStatusCode"]}


@pytest.fixture(scope="module")
def callers(faulty_emulator: Faulty) -> dict[str, tuple[str, ...]]:
    """Keys by who calls."""
    iam, name = faulty_emulator.client("iam"), "placebo"
    faulty_emulator.client("s3").create_bucket(Bucket=name)
    found: dict[str, tuple[str, ...]] = {"root": ("test", "test"), "stranger": ("AKIANOBODYKNOWSME000", "secret")}
    for caller, allowed in {"user": True, "user without rights": False}.items():
        user = f"{name}-{allowed}"
        iam.create_user(UserName=user)
        if allowed:
            iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=EVERYTHING)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        found[caller] = (key["AccessKeyId"], key["SecretAccessKey"])
    found["user with a wrong secret"] = (found["user"][0], "another")
    return found


@pytest.mark.parametrize("service", CALLS)
def test_no_caller_of_any_service_sees_a_placebo(
    faulty: Faulty, callers: dict[str, tuple[str, ...]], service: str
) -> None:
    method, parameters = CALLS[service]
    clients = {who: faulty.client(service, *keys) for who, keys in callers.items()}
    clients["nobody"] = faulty.client(service, unsigned=True)

    def answered() -> dict[str, dict[str, Any]]:
        return {who: _answered(client, method, parameters) for who, client in clients.items()}

    expected, seen = answered(), {}
    for placebo in PLACEBOS:
        faulty.layer.clear()
        faulty.layer.plant(placebo.rules)
        seen[placebo.id] = answered()
    assert seen == {placebo.id: expected for placebo in PLACEBOS}


@pytest.mark.parametrize("placebo", PLACEBOS, ids=lambda defect: defect.id)
def test_objects_and_subresources_of_s3_pass_a_placebo_as_they_are(faulty: Faulty, fresh: str, placebo: Defect) -> None:
    s3, content = faulty.client("s3"), bytes(range(256)) * 300
    faulty.layer.plant(placebo.rules)
    s3.create_bucket(Bucket=fresh)
    s3.put_bucket_tagging(Bucket=fresh, Tagging={"TagSet": [{"Key": "a b", "Value": "c+d"}]})
    s3.put_object(Bucket=fresh, Key="a b/ü+c", Body=content, Metadata={"a": "1"}, ContentType="text/plain")
    assert s3.get_bucket_tagging(Bucket=fresh)["TagSet"] == [{"Key": "a b", "Value": "c+d"}]
    found = s3.get_object(Bucket=fresh, Key="a b/ü+c")
    assert (found["Body"].read(), found["Metadata"]) == (content, {"a": "1"})
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=fresh)["Contents"]] == ["a b/ü+c"]
