"""Which events of objects a bucket notifies: copies, uploads in parts, deletions of many, tags."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, a_queue_for, new_name, queue_arn
from tests.conformance.receiving import receive_once
from tests.conformance.refusing import refusal

pytestmark = scenario(
    service="s3",
    lane="data plane",
    feature="notifications",
    aws="s3-guide:notification-how-to-event-types-and-destinations",
)
PUT = "s3:PutBucketNotificationConfiguration"
CREATED = ["s3:ObjectCreated:*"]
INVALID = ("InvalidArgument", 400)


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), cleanup)


@pytest.fixture
def url(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    return a_queue_for(aws, f"arn:aws:s3:::{name}", cleanup)


def _wanted(arn: str, events: list[str], **rules: str) -> dict[str, Any]:
    filters = [{"Name": kind, "Value": value} for kind, value in rules.items()]
    wanted: dict[str, Any] = {"QueueArn": arn, "Events": events}
    if filters:
        wanted["Filter"] = {"Key": {"FilterRules": filters}}
    return {"QueueConfigurations": [wanted]}


def _notify(aws: AwsClients, name: str, url: str, *events: str) -> None:
    wanted = _wanted(queue_arn(aws, url), list(events))
    aws.client("s3").put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=wanted)


def _records(aws: AwsClients, url: str, count: int) -> list[dict[str, Any]]:
    """The first `count` records or more, by the names of their events and keys, without S3's test event."""
    found: list[dict[str, Any]] = []

    def observe() -> list[dict[str, Any]]:
        for message in receive_once(aws, url):
            aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.extend(json.loads(message["Body"]).get("Records", []))
        return found

    wait_for(f"{count} records", observe, lambda records: len(records) >= count, 10)
    return sorted(found, key=lambda record: (record["eventName"], record["s3"]["object"]["key"]))


def _said(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(record["eventName"], record["s3"]["object"]["key"]) for record in records]


@scenario("s3.events.copy")
def test_a_copy_is_notified_and_a_put_is_not_where_copies_are_asked_for(aws: AwsClients, name: str, url: str) -> None:
    s3 = aws.client("s3")
    _notify(aws, name, url, "s3:ObjectCreated:Copy")
    s3.put_object(Bucket=name, Key="source", Body=b"something")
    s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "source"})
    [record] = _records(aws, url, 1)
    assert _said([record]) == [("ObjectCreated:Copy", "copy")]
    assert record["s3"]["object"]["size"] == 9


@scenario("s3.events.each")
def test_a_put_a_copy_and_a_delete_are_three_events(aws: AwsClients, name: str, url: str) -> None:
    s3 = aws.client("s3")
    _notify(aws, name, url, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")
    s3.put_object(Bucket=name, Key="source", Body=b"something")
    s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "source"})
    s3.delete_object(Bucket=name, Key="source")
    assert _said(_records(aws, url, 3)) == [
        ("ObjectCreated:Copy", "copy"),
        ("ObjectCreated:Put", "source"),
        ("ObjectRemoved:Delete", "source"),
    ]


@scenario("s3.events.multipart")
def test_an_upload_in_parts_is_notified_once_with_its_whole_size(aws: AwsClients, name: str, url: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": "whole"}
    _notify(aws, name, url, *CREATED)
    upload = s3.create_multipart_upload(**where)["UploadId"]
    tag = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"1" * 6144)["ETag"]
    parts = {"Parts": [{"ETag": tag, "PartNumber": 1}]}
    whole = s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload=parts)["ETag"]
    [record] = _records(aws, url, 1)
    assert _said([record]) == [("ObjectCreated:CompleteMultipartUpload", "whole")]
    assert (record["s3"]["object"]["size"], record["s3"]["object"]["eTag"]) == (6144, whole.strip('"'))


@scenario("s3.events.deleted-many")
def test_deleting_many_notifies_each_key_also_those_that_were_not_there(aws: AwsClients, name: str, url: str) -> None:
    s3, keys = aws.client("s3"), ["a", "b", "c"]
    _notify(aws, name, url, "s3:ObjectRemoved:*")
    s3.put_object(Bucket=name, Key="a", Body=b"something")
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True})
    assert _said(_records(aws, url, 3)) == [("ObjectRemoved:Delete", key) for key in keys]


@scenario("s3.events.tagged")
def test_the_tagging_of_an_object_is_notified(aws: AwsClients, name: str, url: str) -> None:
    s3 = aws.client("s3")
    _notify(aws, name, url, "s3:ObjectTagging:Put")
    s3.put_object(Bucket=name, Key="k", Body=b"something")
    s3.put_object_tagging(Bucket=name, Key="k", Tagging={"TagSet": [{"Key": "kind", "Value": "report"}]})
    assert _said(_records(aws, url, 1)) == [("ObjectTagging:Put", "k")]


@scenario("s3.events.encoded-key")
def test_a_key_is_notified_url_encoded(aws: AwsClients, name: str, url: str) -> None:
    _notify(aws, name, url, *CREATED)
    aws.client("s3").put_object(Bucket=name, Key="a@b", Body=b"something")
    assert _said(_records(aws, url, 1)) == [("ObjectCreated:Put", "a%40b")]


@scenario("s3.events.wrong-queue", lane="control plane", aws=PUT)
@pytest.mark.parametrize("queue", ["no-arn", "missing"])
def test_a_queue_that_is_not_there_is_not_notified(aws: AwsClients, s3: Any, name: str, url: str, queue: str) -> None:
    arn = {"no-arn": "queue", "missing": f"{queue_arn(aws, url)}-none"}[queue]
    asked = {"Bucket": name, "NotificationConfiguration": _wanted(arn, CREATED)}
    assert refusal(s3.put_bucket_notification_configuration, **asked) == INVALID


@scenario("s3.events.unchecked", lane="control plane", aws=PUT)
def test_a_queue_that_is_not_there_is_kept_where_it_is_not_to_be_checked(
    aws: AwsClients, s3: Any, name: str, url: str
) -> None:
    arn = f"{queue_arn(aws, url)}-none"
    s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration=_wanted(arn, CREATED), SkipDestinationValidation=True
    )
    [found] = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    assert (found["QueueArn"], found["Events"]) == (arn, CREATED)


@scenario("s3.events.filter-names", lane="control plane", aws=PUT)
def test_names_of_filters_are_kept_in_one_spelling(aws: AwsClients, s3: Any, name: str, url: str) -> None:
    wanted = _wanted(queue_arn(aws, url), CREATED, suffix=".txt", PREFIX="in/")
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=wanted)
    [found] = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    rules = {rule["Name"]: rule["Value"] for rule in found["Filter"]["Key"]["FilterRules"]}
    assert rules == {"Prefix": "in/", "Suffix": ".txt"}
