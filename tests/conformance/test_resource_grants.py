"""Policies of resources: they let in a user whom no identity policy allows, and their deny wins over one that does."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from harness.principals import Keys
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup, policy
from tests.conformance.principals import await_allowed, await_denied, new_user

pytestmark = scenario(lane="security", aws="iam-guide:reference_policies_evaluation-logic")


@dataclass(frozen=True)
class Guarded:
    """A resource, the action tried on it, how its policy is put (by its text) and the call that a user makes."""

    arn: str
    action: str
    put_policy: Callable[[str], object]
    call: str
    arguments: dict[str, Any]


def a_queue(aws: AwsClients, name: str, cleanup: Cleanup) -> Guarded:
    sqs, url = aws.client("sqs"), makers.a_queue(aws, name, cleanup)

    def put(text: str) -> None:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})

    return Guarded(
        makers.queue_arn(aws, url), "sqs:SendMessage", put, "send_message", {"QueueUrl": url, "MessageBody": "x"}
    )


def a_topic(aws: AwsClients, name: str, cleanup: Cleanup) -> Guarded:
    sns, arn = aws.client("sns"), makers.a_topic(aws, name, cleanup)

    def put(text: str) -> None:
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text)

    return Guarded(arn, "sns:Publish", put, "publish", {"TopicArn": arn, "Message": "x"})


def a_bucket(aws: AwsClients, name: str, cleanup: Cleanup) -> Guarded:
    s3 = aws.client("s3")
    s3.put_object(Bucket=makers.a_bucket(aws, name, cleanup), Key="a", Body=b"x")

    def put(text: str) -> None:
        s3.put_bucket_policy(Bucket=name, Policy=text)

    return Guarded(f"arn:aws:s3:::{name}/*", "s3:GetObject", put, "get_object", {"Bucket": name, "Key": "a"})


def a_key(aws: AwsClients, name: str, cleanup: Cleanup) -> Guarded:
    kms, arn = aws.client("kms"), makers.a_key(aws, name, cleanup)
    owner = {
        "Sid": "Owner",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{makers.account(aws)}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }

    def put(text: str) -> None:
        document = json.loads(text)
        document["Statement"] = [owner, *({**one, "Resource": "*"} for one in document["Statement"])]
        kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=json.dumps(document))

    return Guarded(arn, "kms:Encrypt", put, "encrypt", {"KeyId": arn, "Plaintext": b"x"})


def a_secret(aws: AwsClients, name: str, cleanup: Cleanup) -> Guarded:
    secrets, arn = aws.client("secretsmanager"), makers.a_secret(aws, name, cleanup)

    def put(text: str) -> None:
        secrets.put_resource_policy(SecretId=arn, ResourcePolicy=text)

    return Guarded(arn, "secretsmanager:GetSecretValue", put, "get_secret_value", {"SecretId": arn})


def a_bus(aws: AwsClients, name: str, cleanup: Cleanup) -> Guarded:
    events = aws.client("events")
    arn = f"arn:aws:events:{aws.region}:{makers.account(aws)}:event-bus/{makers.a_bus(aws, name, cleanup)}"

    def put(text: str) -> None:
        document = json.loads(text)
        document["Statement"] = [{"Sid": f"S{place}", **one} for place, one in enumerate(document["Statement"])]
        events.put_permission(EventBusName=name, Policy=json.dumps(document))

    entry = {"EventBusName": name, "Source": "conformance", "DetailType": "x", "Detail": "{}"}
    return Guarded(arn, "events:PutEvents", put, "put_events", {"Entries": [entry]})


MAKERS = {"sqs": a_queue, "sns": a_topic, "s3": a_bucket, "kms": a_key, "secretsmanager": a_secret, "events": a_bus}
each_service = pytest.mark.parametrize(
    "service",
    [
        pytest.param("sqs", marks=scenario(service="sqs")),
        pytest.param("sns", marks=scenario(service="sns")),
        pytest.param("s3", marks=scenario(service="s3")),
        pytest.param("kms", marks=scenario(service="kms")),
        pytest.param("secretsmanager", marks=scenario(service="secretsmanager")),
        pytest.param("events", marks=scenario(service="events")),
    ],
)


def _user(aws: AwsClients, name: str) -> str:
    return f"arn:aws:iam::{makers.account(aws)}:user/{name}"


def _caller(aws: AwsClients, service: str, guarded: Guarded, keys: Keys) -> Callable[..., Any]:
    """The user's call; an entry that EventBridge refuses within an answer is raised as the error that it names."""
    client = aws.client(service, **keys)

    def call(**arguments: Any) -> Any:
        answer = getattr(client, guarded.call)(**arguments)
        for entry in answer.get("Entries", []):
            if "ErrorCode" in entry:
                raise ClientError(
                    {"Error": {"Code": entry["ErrorCode"]}, "ResponseMetadata": {"HTTPStatusCode": 200}}, guarded.call
                )
        return answer

    return call


@each_service
@scenario("iam.resource-policies.allow", feature="resource policies")
def test_a_resource_policy_lets_in_a_user_of_the_account_whom_no_other_policy_allows(
    aws: AwsClients, name: str, cleanup: Cleanup, service: str
) -> None:
    guarded = MAKERS[service](aws, name, cleanup)
    call = _caller(aws, service, guarded, new_user(aws, name, cleanup))
    await_denied(call, **guarded.arguments)
    named = {"Principal": {"AWS": _user(aws, name)}, "Action": guarded.action, "Resource": guarded.arn}
    guarded.put_policy(policy(named))
    await_allowed(call, **guarded.arguments)


@each_service
@scenario("iam.resource-policies.deny", feature="resource policies")
def test_the_deny_of_a_resource_policy_wins_over_the_users_own_allow(
    aws: AwsClients, name: str, cleanup: Cleanup, service: str
) -> None:
    guarded = MAKERS[service](aws, name, cleanup)
    call = _caller(aws, service, guarded, new_user(aws, name, cleanup, {"Action": guarded.action}))
    await_allowed(call, **guarded.arguments)
    named = {
        "Effect": "Deny",
        "Principal": {"AWS": _user(aws, name)},
        "Action": guarded.action,
        "Resource": guarded.arn,
    }
    guarded.put_policy(policy(named))
    await_denied(call, **guarded.arguments)


@each_service
@scenario("iam.resource-policies.another-user", feature="resource policies")
def test_a_resource_policy_that_names_another_user_lets_nobody_else_in(
    aws: AwsClients, name: str, cleanup: Cleanup, service: str
) -> None:
    guarded = MAKERS[service](aws, name, cleanup)
    call = _caller(aws, service, guarded, new_user(aws, name, cleanup))
    named = {
        "Principal": {"AWS": _user(aws, makers.a_user(aws, f"{name}-other", cleanup))},
        "Action": guarded.action,
        "Resource": guarded.arn,
    }
    guarded.put_policy(policy(named))
    await_denied(call, **guarded.arguments)


@scenario("kms.policy.without-account", service="kms", feature="key policy", aws="kms-guide:key-policy-default")
def test_where_a_key_policy_does_not_name_the_account_iam_policies_allow_nothing(
    aws: AwsClients, name: str, cleanup: Cleanup
) -> None:
    kms, me = aws.client("kms"), aws.client("sts").get_caller_identity()["Arn"]
    key = makers.a_key(aws, name, cleanup)
    call = aws.client("kms", **new_user(aws, name, cleanup, {"Action": "kms:Encrypt"})).encrypt
    await_allowed(call, KeyId=key, Plaintext=b"x")
    document = policy({"Principal": {"AWS": me}, "Action": "kms:*"})
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    await_denied(call, KeyId=key, Plaintext=b"x")


@scenario(
    "lambda.resource-policies.permission", service="lambda", feature="resource policies", aws="lambda:AddPermission"
)
def test_a_permission_lets_a_user_invoke_until_it_is_removed(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    function, functions = makers.a_function(aws, name, cleanup), aws.client("lambda")
    invoke = aws.client("lambda", **new_user(aws, name, cleanup)).invoke
    await_denied(invoke, FunctionName=function)
    functions.add_permission(
        FunctionName=function, StatementId="named", Action="lambda:InvokeFunction", Principal=_user(aws, name)
    )
    await_allowed(invoke, FunctionName=function)
    functions.remove_permission(FunctionName=function, StatementId="named")
    await_denied(invoke, FunctionName=function)
