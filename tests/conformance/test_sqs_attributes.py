"""A queue's attributes after updates, its tags, its policy, and what is said of a queue that is not there."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_key, a_queue, arn_of, new_name, policy
from tests.conformance.receiving import bodies, receive, update_queue
from tests.conformance.refusing import refused

pytestmark = scenario(service="sqs", lane="control plane", feature="queue attributes", aws="sqs:SetQueueAttributes")


@pytest.fixture
def url(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_queue(aws, new_name(), cleanup)


def _attributes(aws: AwsClients, url: str, *names: str) -> dict[str, str]:
    return dict(aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(names)).get("Attributes", {}))


@scenario("sqs.attributes.key-survives-update", lane="security", feature="encryption")
def test_the_key_survives_the_setting_of_another_attribute(aws: AwsClients, cleanup: Cleanup) -> None:
    made = {"KmsMasterKeyId": a_key(aws, new_name(), cleanup), "KmsDataKeyReusePeriodSeconds": "600"}
    attributes = update_queue(aws, a_queue(aws, new_name(), cleanup, Attributes=made), VisibilityTimeout="45")
    assert {name: attributes.get(name) for name in made} == made


@scenario("sqs.attributes.policy-survives-update", lane="security", feature="resource policy")
def test_the_policy_survives_the_setting_of_another_attribute(aws: AwsClients, cleanup: Cleanup) -> None:
    name = new_name()
    denied = {"Sid": "transport", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn_of(aws, name)}
    document = policy(denied | {"Condition": {"StringEquals": {"aws:PrincipalTag/none": "none"}}})
    url = a_queue(aws, name, cleanup, Attributes={"Policy": document})
    assert json.loads(update_queue(aws, url, VisibilityTimeout="45")["Policy"]) == json.loads(document)


@scenario("sqs.attributes.keeps-messages", lane="data plane", aws="sqs-guide:sqs-basic-architecture")
def test_a_message_outlives_a_change_of_the_queues_attributes(aws: AwsClients, sqs: Any, url: str) -> None:
    sqs.send_message(QueueUrl=url, MessageBody="kept")
    update_queue(aws, url, VisibilityTimeout="45")
    assert bodies(receive(aws, url)) == ["kept"]


@scenario("sqs.attributes.defaults", aws="sqs:CreateQueue")
def test_a_queue_has_the_documented_defaults(aws: AwsClients, url: str) -> None:
    expected = {
        "VisibilityTimeout": "30",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "MaximumMessageSize": "1048576",
    }
    assert _attributes(aws, url, *expected) == expected


@scenario("sqs.attributes.wrong-values")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VisibilityTimeout", "43201"),
        ("MessageRetentionPeriod", "59"),
        ("DelaySeconds", "901"),
        ("ReceiveMessageWaitTimeSeconds", "21"),
    ],
)
def test_a_value_out_of_its_range_is_refused(aws: AwsClients, url: str, name: str, value: str) -> None:
    with refused("InvalidAttributeValue", status=400):
        aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={name: value})


@scenario("sqs.attributes.unknown")
def test_an_attribute_that_there_is_not_is_refused(aws: AwsClients, url: str) -> None:
    with refused("InvalidAttributeName", status=400):
        aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"NoSuchAttribute": "1"})


@scenario("sqs.create.idempotent", feature="idempotent creation", aws="sqs:CreateQueue")
def test_creating_a_queue_again_gives_it_and_with_other_attributes_is_refused(
    aws: AwsClients, cleanup: Cleanup
) -> None:
    url = a_queue(aws, new_name(), cleanup, Attributes={"DelaySeconds": "5"})
    sqs, name = aws.client("sqs"), url.rsplit("/", 1)[1]
    assert sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "5"})["QueueUrl"] == url
    with refused("QueueAlreadyExists", status=400):
        sqs.create_queue(QueueName=name, Attributes={"DelaySeconds": "6"})


@scenario("sqs.errors.no-such-queue", feature="error codes", aws="sqs:GetQueueUrl")
def test_a_queue_that_is_not_there_is_said_so(sqs: Any, url: str) -> None:
    with refused("AWS.SimpleQueueService.NonExistentQueue", status=400):
        sqs.get_queue_url(QueueName=new_name())
    with refused("AWS.SimpleQueueService.NonExistentQueue", status=400):
        sqs.send_message(QueueUrl=f"{url}-not-there", MessageBody="{}")


@scenario("sqs.tags", feature="tagging", aws="sqs:TagQueue")
def test_tags_are_added_overwritten_and_removed(sqs: Any, url: str) -> None:
    sqs.tag_queue(QueueUrl=url, Tags={"system": "asset-servicing", "owner": "a", "cost": "1"})
    sqs.tag_queue(QueueUrl=url, Tags={"owner": "b"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["cost"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"system": "asset-servicing", "owner": "b"}


@scenario("sqs.list.pages", feature="pagination", aws="sqs:ListQueues")
def test_queues_are_listed_in_pages_by_prefix(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    sqs, made = aws.client("sqs"), [a_queue(aws, f"{name}-{number}", cleanup) for number in range(3)]
    first = sqs.list_queues(QueueNamePrefix=name, MaxResults=2)
    second = sqs.list_queues(QueueNamePrefix=name, MaxResults=2, NextToken=first["NextToken"])
    assert len(first["QueueUrls"]) == 2
    assert sorted(first["QueueUrls"] + second["QueueUrls"]) == sorted(made)
    assert "NextToken" not in second
