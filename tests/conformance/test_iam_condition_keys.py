"""Condition keys of services: what they let a user do, and whom a service acts for when it sends to a queue."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import (
    Cleanup,
    Statement,
    a_bucket,
    a_bus,
    a_key,
    a_queue,
    a_table,
    a_topic,
    account,
    new_name,
    policy,
    queue_arn,
)
from tests.conformance.principals import await_allowed, await_denied, new_user
from tests.conformance.receiving import receive, receive_once

pytestmark = scenario(
    service="iam", lane="security", feature="condition keys", aws="iam-guide:reference_policies_condition-keys"
)
OTHER_ACCOUNT = "210987654321"


@pytest.fixture(scope="module")
def user(aws: AwsClients, module_cleanup: Cleanup) -> Callable[..., Callable[[str], Any]]:
    """A user whose inline policy each scenario replaces; gives the user's client of a service."""
    name = new_name()
    keys = new_user(aws, name, module_cleanup, {"Action": "sts:GetCallerIdentity"})

    def may(*statements: Statement) -> Callable[[str], Any]:
        document = policy(*statements)
        aws.client("iam").put_user_policy(UserName=name, PolicyName="scenario", PolicyDocument=document)
        return lambda service: aws.client(service, **keys)

    return may


@scenario("iam.conditions.s3-prefix", aws="s3-guide:amazon-s3-policy-keys")
def test_a_bucket_is_listed_under_the_allowed_prefix_only(
    aws: AwsClients, cleanup: Cleanup, user: Callable[..., Callable[[str], Any]]
) -> None:
    bucket = a_bucket(aws, new_name(), cleanup)
    allowed = {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    s3 = user({**allowed, "Condition": {"StringLike": {"s3:prefix": "reports/*"}}})("s3")
    await_allowed(s3.list_objects_v2, Bucket=bucket, Prefix="reports/2026")
    await_denied(s3.list_objects_v2, Bucket=bucket, Prefix="calculations/")
    await_denied(s3.list_objects_v2, Bucket=bucket)


@scenario("iam.conditions.s3-delimiter", aws="s3-guide:amazon-s3-policy-keys")
def test_a_bucket_is_listed_with_the_allowed_delimiter_only(
    aws: AwsClients, cleanup: Cleanup, user: Callable[..., Callable[[str], Any]]
) -> None:
    bucket = a_bucket(aws, new_name(), cleanup)
    allowed = {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    s3 = user({**allowed, "Condition": {"StringEquals": {"s3:delimiter": "/"}}})("s3")
    await_allowed(s3.list_objects_v2, Bucket=bucket, Delimiter="/")
    await_denied(s3.list_objects_v2, Bucket=bucket)


@scenario("iam.conditions.leading-keys", aws="dynamodb-guide:specifying-conditions")
def test_items_are_read_under_the_allowed_partition_key_only(
    aws: AwsClients, cleanup: Cleanup, user: Callable[..., Callable[[str], Any]]
) -> None:
    table = a_table(aws, new_name(), cleanup)
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["ACC-1"]}}
    dynamodb = user({"Action": "dynamodb:GetItem", "Condition": own})("dynamodb")
    await_allowed(dynamodb.get_item, TableName=table, Key={"pk": {"S": "ACC-1"}, "sk": {"S": "a"}})
    await_denied(dynamodb.get_item, TableName=table, Key={"pk": {"S": "ACC-2"}, "sk": {"S": "a"}})


@scenario("iam.conditions.encryption-context", aws="kms-guide:conditions-kms")
def test_a_key_is_used_with_the_allowed_encryption_context_only(
    aws: AwsClients, cleanup: Cleanup, user: Callable[..., Callable[[str], Any]]
) -> None:
    key = a_key(aws, new_name(), cleanup)
    only = {"StringEquals": {"kms:EncryptionContext:desk": "tax"}}
    kms = user({"Action": "kms:Encrypt", "Resource": key, "Condition": only})("kms")
    await_allowed(kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"desk": "tax"})
    await_denied(kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"desk": "cash"})
    await_denied(kms.encrypt, KeyId=key, Plaintext=b"x")


@scenario("iam.conditions.resource-tag", aws="iam-guide:access_tags")
def test_a_queue_is_read_by_its_tag(
    aws: AwsClients, cleanup: Cleanup, user: Callable[..., Callable[[str], Any]]
) -> None:
    own, other = (a_queue(aws, new_name(), cleanup, tags={"desk": desk}) for desk in ("tax", "cash"))
    tagged = {"StringEquals": {"aws:ResourceTag/desk": "tax"}}
    sqs = user({"Action": "sqs:GetQueueAttributes", "Condition": tagged})("sqs")
    await_allowed(sqs.get_queue_attributes, QueueUrl=own)
    await_denied(sqs.get_queue_attributes, QueueUrl=other)


@scenario("iam.conditions.request-tag", aws="iam-guide:access_tags")
def test_a_topic_is_tagged_with_the_allowed_tags_only(
    aws: AwsClients, cleanup: Cleanup, user: Callable[..., Callable[[str], Any]]
) -> None:
    topic = a_topic(aws, new_name(), cleanup)
    wanted = {
        "StringEquals": {"aws:RequestTag/desk": "tax"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["desk"]},
    }
    sns = user({"Action": "sns:TagResource", "Condition": wanted})("sns")
    await_allowed(sns.tag_resource, ResourceArn=topic, Tags=[{"Key": "desk", "Value": "tax"}])
    await_denied(sns.tag_resource, ResourceArn=topic, Tags=[{"Key": "desk", "Value": "cash"}])
    both = [{"Key": "desk", "Value": "tax"}, {"Key": "owner", "Value": "a"}]
    await_denied(sns.tag_resource, ResourceArn=topic, Tags=both)


@scenario("iam.conditions.sns-protocol", aws="sns-guide:sns-using-identity-based-policies")
def test_a_topic_is_subscribed_to_by_the_allowed_protocol_only(
    aws: AwsClients, cleanup: Cleanup, user: Callable[..., Callable[[str], Any]]
) -> None:
    topic, endpoint = a_topic(aws, new_name(), cleanup), queue_arn(aws, a_queue(aws, new_name(), cleanup))
    sns = user({"Action": "sns:Subscribe", "Condition": {"StringEquals": {"sns:Protocol": "sqs"}}})("sns")
    await_allowed(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    await_denied(sns.subscribe, TopicArn=topic, Protocol="email", Endpoint="desk@example.org")


def _sender(aws: AwsClients, cleanup: Cleanup, service: str, queues: list[str]) -> Callable[[], Any]:
    """Send once to both queues through a new topic, bus or bucket."""
    name, arns = new_name(), [queue_arn(aws, url) for url in queues]
    if service == "sns":
        topic, sns = a_topic(aws, name, cleanup), aws.client("sns")
        for arn in arns:
            made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
            cleanup(sns.unsubscribe, SubscriptionArn=made["SubscriptionArn"])
        return lambda: sns.publish(TopicArn=topic, Message="sent")
    bus, events = a_bus(aws, name, cleanup), aws.client("events")
    events.put_rule(Name="r", EventBusName=bus, EventPattern='{"source": ["conformance"]}')
    targets = [{"Id": str(number), "Arn": arn} for number, arn in enumerate(arns)]
    events.put_targets(Rule="r", EventBusName=bus, Targets=targets)
    entry = {"EventBusName": bus, "Source": "conformance", "DetailType": "kind", "Detail": json.dumps({"a": 1})}
    return lambda: events.put_events(Entries=[entry])


@scenario("iam.conditions.source-account", feature="source account", aws="iam-guide:confused-deputy")
@pytest.mark.parametrize("service", ["sns", "events"])
def test_a_service_sends_only_for_the_account_that_the_queue_names(
    aws: AwsClients, cleanup: Cleanup, service: str
) -> None:
    queues = [a_queue(aws, new_name(), cleanup) for _ in range(2)]
    for url, source in zip(queues, (account(aws), OTHER_ACCOUNT), strict=True):
        only = {"StringEquals": {"aws:SourceAccount": source}}
        sender = {"Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sqs:SendMessage"}
        document = policy({**sender, "Resource": queue_arn(aws, url), "Condition": only})
        aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    _sender(aws, cleanup, service, queues)()
    assert len(receive(aws, queues[0])) == 1
    assert receive_once(aws, queues[1], wait=2) == []
