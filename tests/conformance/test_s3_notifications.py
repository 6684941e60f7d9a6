"""Notifications of a bucket: to a queue by prefix and suffix, and to EventBridge."""

import hashlib
import json
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, a_queue_for, new_name, queue_arn
from tests.conformance.receiving import Message, receive_once, send_until

pytestmark = scenario(
    service="s3", lane="data plane", feature="notifications", aws="s3-guide:notification-content-structure"
)
ENABLED = 60
"""Seconds until a bucket sends events to EventBridge: AWS speaks of about five minutes, and was recorded to take seconds."""


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), cleanup)


@pytest.fixture
def url(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return a_queue_for(aws, f"arn:aws:s3:::{name}", cleanup)


def _notify(aws: AwsClients, name: str, url: str, *events: str, **rules: str) -> None:
    filters = [{"Name": kind, "Value": value} for kind, value in rules.items()]
    wanted: dict[str, Any] = {"QueueArn": queue_arn(aws, url), "Events": list(events)}
    if filters:
        wanted["Filter"] = {"Key": {"FilterRules": filters}}
    configuration = {"QueueConfigurations": [wanted]}
    aws.client("s3").put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)


def _notified(aws: AwsClients, url: str, key: str, change: Callable[[], object]) -> list[dict[str, Any]]:
    """Change objects until `key` is notified; return the records, without S3's test event.

    S3 delivers "typically in seconds but can sometimes take a minute", and tells nothing of what changed before it was configured.
    """

    def records(messages: list[Message]) -> list[dict[str, Any]]:
        return [record for message in messages for record in json.loads(message["Body"]).get("Records", [])]

    def is_there(messages: list[Message]) -> bool:
        return key in [urllib.parse.unquote_plus(record["s3"]["object"]["key"]) for record in records(messages)]

    _, messages = send_until(aws, url, change, is_there, seconds=60)
    return records(messages + receive_once(aws, url, wait=0))


@scenario("s3.notification.record")
def test_a_new_object_is_notified_with_its_key_size_tag_and_bucket(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, "s3:ObjectCreated:*")
    key, body = "reports/a b+ü.json", b"12345"
    record, *_ = _notified(aws, url, key, lambda: aws.client("s3").put_object(Bucket=name, Key=key, Body=body))
    assert (record["eventSource"], record["eventName"]) == ("aws:s3", "ObjectCreated:Put")
    assert (record["s3"]["bucket"]["name"], record["s3"]["bucket"]["arn"]) == (name, f"arn:aws:s3:::{name}")
    described = record["s3"]["object"]
    assert (described["key"], described["size"]) == (urllib.parse.quote_plus(key, safe="/"), 5)
    assert described["eTag"] == hashlib.md5(body, usedforsecurity=False).hexdigest()


@scenario("s3.notification.filter", aws="s3-guide:notification-how-to-filtering")
def test_only_keys_of_prefix_and_suffix_are_notified(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, "s3:ObjectCreated:*", prefix="in/", suffix=".json")

    def put() -> None:
        for key in ("out/a.json", "in/a.csv", "in/a.json"):
            aws.client("s3").put_object(Bucket=name, Key=key, Body=b"x")

    assert {record["s3"]["object"]["key"] for record in _notified(aws, url, "in/a.json", put)} == {"in/a.json"}


@scenario("s3.notification.removed", aws="s3-guide:notification-how-to-event-types-and-destinations")
def test_only_the_kinds_asked_for_are_notified(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, "s3:ObjectRemoved:*")

    def put_and_delete() -> None:
        aws.client("s3").put_object(Bucket=name, Key="k", Body=b"x")
        aws.client("s3").delete_object(Bucket=name, Key="k")

    assert {record["eventName"] for record in _notified(aws, url, "k", put_and_delete)} == {"ObjectRemoved:Delete"}


@scenario("s3.notification.configuration", lane="control plane", aws="s3:GetBucketNotificationConfiguration")
def test_the_configuration_is_read_as_it_was_put(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, "s3:ObjectCreated:Put", prefix="in/")
    [found] = aws.client("s3").get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    assert (found["QueueArn"], found["Events"]) == (queue_arn(aws, url), ["s3:ObjectCreated:Put"])
    assert [(rule["Name"].lower(), rule["Value"]) for rule in found["Filter"]["Key"]["FilterRules"]] == [
        ("prefix", "in/")
    ]
    assert found["Id"]


@scenario("s3.notification.event-bridge", aws="s3-guide:ev-events")
def test_a_new_object_is_an_event_of_the_default_bus(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    events, rule = aws.client("events"), new_name()
    enabled = {"EventBridgeConfiguration": {}}
    aws.client("s3").put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=enabled)
    pattern = {"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": {"bucket": {"name": [name]}}}
    arn = events.put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"]
    cleanup(events.delete_rule, Name=rule)
    url = a_queue_for(aws, arn, cleanup)
    events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": queue_arn(aws, url)}])
    cleanup(events.remove_targets, Rule=rule, Ids=["q"])
    put = {"Bucket": name, "Key": "in/a.json", "Body": b"12345"}
    _, messages = send_until(aws, url, lambda: aws.client("s3").put_object(**put), seconds=ENABLED)
    event = json.loads(messages[0]["Body"])
    described = event["detail"]["object"]
    assert (described["key"], described["size"]) == ("in/a.json", 5)
    assert event["resources"] == [f"arn:aws:s3:::{name}"]
