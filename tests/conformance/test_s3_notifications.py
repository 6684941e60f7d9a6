"""Notifications of a bucket: to a queue by prefix and suffix, and to EventBridge."""

import json
import urllib.parse
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, a_queue, let_send, new_name, queue_arn
from tests.conformance.receiving import receive, receive_once

pytestmark = scenario(
    service="s3", lane="data plane", feature="notifications", aws="s3-guide:notification-content-structure"
)


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), cleanup)


@pytest.fixture
def url(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    made = a_queue(aws, new_name(), cleanup)
    let_send(aws, made, "s3.amazonaws.com", f"arn:aws:s3:::{name}")
    return made


def _notify(aws: AwsClients, name: str, url: str, *events: str, **rules: str) -> None:
    filters = [{"Name": kind, "Value": value} for kind, value in rules.items()]
    wanted: dict[str, Any] = {"QueueArn": queue_arn(aws, url), "Events": list(events)}
    if filters:
        wanted["Filter"] = {"Key": {"FilterRules": filters}}
    configuration = {"QueueConfigurations": [wanted]}
    aws.client("s3").put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)


def _records(aws: AwsClients, url: str, last: str) -> list[dict[str, Any]]:
    """What was notified until the object called `last`, without S3's test event."""
    found: list[dict[str, Any]] = []
    while last not in [urllib.parse.unquote_plus(record["s3"]["object"]["key"]) for record in found]:
        for message in receive(aws, url):
            found += json.loads(message["Body"]).get("Records", [])
    return found


@scenario("s3.notification.record")
def test_a_new_object_is_notified_with_its_key_size_tag_and_bucket(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, "s3:ObjectCreated:*")
    key = "reports/a b+ü.json"
    tag = aws.client("s3").put_object(Bucket=name, Key=key, Body=b"12345")["ETag"]
    [record] = _records(aws, url, key)
    assert (record["eventSource"], record["eventName"]) == ("aws:s3", "ObjectCreated:Put")
    assert (record["s3"]["bucket"]["name"], record["s3"]["bucket"]["arn"]) == (name, f"arn:aws:s3:::{name}")
    described = record["s3"]["object"]
    assert (described["key"], described["size"]) == (urllib.parse.quote_plus(key, safe="/"), 5)
    assert described["eTag"] == tag.strip('"')


@scenario("s3.notification.filter", aws="s3-guide:notification-how-to-filtering")
def test_only_keys_of_prefix_and_suffix_are_notified(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, "s3:ObjectCreated:*", prefix="in/", suffix=".json")
    keys = ["out/a.json", "in/a.csv", "in/a.json"]
    for key in keys:
        aws.client("s3").put_object(Bucket=name, Key=key, Body=b"x")
    assert [record["s3"]["object"]["key"] for record in _records(aws, url, "in/a.json")] == ["in/a.json"]
    assert receive_once(aws, url, wait=0) == []


@scenario("s3.notification.removed", aws="s3-guide:notification-how-to-event-types-and-destinations")
def test_only_the_kinds_asked_for_are_notified(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, "s3:ObjectRemoved:*")
    aws.client("s3").put_object(Bucket=name, Key="k", Body=b"x")
    aws.client("s3").delete_object(Bucket=name, Key="k")
    [record] = _records(aws, url, "k")
    assert record["eventName"] == "ObjectRemoved:Delete"


@scenario("s3.notification.configuration", lane="control plane")
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
    arn, url = events.put_rule(Name=rule, EventPattern=json.dumps(pattern))["RuleArn"], a_queue(aws, rule, cleanup)
    cleanup(events.delete_rule, Name=rule)
    let_send(aws, url, "events.amazonaws.com", arn)
    events.put_targets(Rule=rule, Targets=[{"Id": "q", "Arn": queue_arn(aws, url)}])
    cleanup(events.remove_targets, Rule=rule, Ids=["q"])
    aws.client("s3").put_object(Bucket=name, Key="in/a b.json", Body=b"12345")
    event = json.loads(receive(aws, url)[0]["Body"])
    described = event["detail"]["object"]
    assert (described["key"], described["size"]) == ("in/a b.json", 5)
    assert event["resources"] == [f"arn:aws:s3:::{name}"]
