"""Each kind of change, seen at work between boto3 and a real MiniStack."""

import json
from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError, ConnectionClosedError

from harness.faults.edits import edit_answer, edit_request
from harness.faults.messages import Answer, Request
from tests.unit.faults.conftest import Faulty

Received = Callable[[str], list[str]]


def _send_batch(faulty: Faulty, url: str, count: int) -> dict[str, Any]:
    entries = [{"Id": f"id-{number}", "MessageBody": f"{number}"} for number in range(count)]
    return dict(faulty.client("sqs").send_message_batch(QueueUrl=url, Entries=entries))


def test_without_rules_an_answer_is_the_emulators(faulty: Faulty, queue: str, received: Received) -> None:
    assert len(_send_batch(faulty, queue, 3)["Successful"]) == 3
    assert sorted(received(queue)) == ["0", "1", "2"]


def test_a_url_that_named_the_inner_port_names_the_layers(faulty: Faulty, queue: str) -> None:
    assert queue.startswith(faulty.endpoint)
    assert faulty.client("sqs").list_queues()["QueueUrls"][0].startswith(faulty.endpoint)


def test_a_key_is_removed_from_a_json_answer(faulty: Faulty, table: str) -> None:
    faulty.plant({"kind": "remove", "in": "answer", "keys": ["KeySchema"]}, operations=["DescribeTable"])
    described = faulty.client("dynamodb").describe_table(TableName=table)["Table"]
    assert "KeySchema" not in described
    assert described["TableName"] == table
    assert faulty.fired() == 1


def test_a_rule_that_finds_nothing_has_not_fired(faulty: Faulty, table: str) -> None:
    faulty.plant({"kind": "remove", "in": "answer", "keys": ["NotThere"]}, service="dynamodb")
    faulty.client("dynamodb").describe_table(TableName=table)
    assert faulty.layer.counters()["planted"] == {"matched": 1, "fired": 0}


def test_a_value_is_set_in_an_xml_answer(faulty: Faulty, fresh: str) -> None:
    faulty.client("s3").create_bucket(Bucket=fresh)
    faulty.client("s3").put_bucket_versioning(Bucket=fresh, VersioningConfiguration={"Status": "Enabled"})
    faulty.plant({"kind": "set", "in": "answer", "values": {"Status": "Suspended"}}, operations=["GetBucketVersioning"])
    assert faulty.client("s3").get_bucket_versioning(Bucket=fresh)["Status"] == "Suspended"


def test_an_entry_of_a_map_is_removed_from_an_xml_answer_by_its_key(faulty: Faulty, fresh: str) -> None:
    sns = faulty.client("sns")
    topic = sns.create_topic(Name=fresh, Attributes={"DisplayName": "shown"})["TopicArn"]
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["DisplayName"] == "shown"
    faulty.plant({"kind": "remove", "in": "answer", "keys": ["DisplayName"]}, service="sns")
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert "DisplayName" not in attributes
    assert attributes["TopicArn"] == topic


def test_a_key_is_removed_from_a_json_request_which_is_signed_again(faulty: Faulty, table: str) -> None:
    dynamodb = faulty.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}, "n": {"N": "1"}})
    put = {"TableName": table, "Item": {"id": {"S": "1"}, "n": {"N": "2"}}}
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.put_item(**put, ConditionExpression="attribute_not_exists(id)")
    faulty.plant({"kind": "remove", "in": "request", "keys": ["ConditionExpression"]}, operations=["PutItem"])
    dynamodb.put_item(**put, ConditionExpression="attribute_not_exists(id)")
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})["Item"]["n"] == {"N": "2"}


def test_a_parameter_is_changed_in_a_form(faulty: Faulty, fresh: str) -> None:
    sns = faulty.client("sns")
    faulty.plant({"kind": "set", "in": "request", "values": {"DisplayName": "other"}}, operations=["CreateTopic"])
    topic = sns.create_topic(Name=fresh, Attributes={"DisplayName": "shown", "Policy": '{"Statement": []}'})["TopicArn"]
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["DisplayName"] == "other"
    assert "Policy" in attributes


def test_text_is_replaced_in_an_answer(faulty: Faulty, table: str) -> None:
    dynamodb = faulty.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={"id": {"S": "1"}, "n": {"N": "12.345678"}})
    faulty.plant({"kind": "replace", "in": "answer", "pattern": r'"N":\s*"(-?\d+\.\d\d)\d+"', "with": r'"N":"\1"'})
    assert dynamodb.get_item(TableName=table, Key={"id": {"S": "1"}})["Item"]["n"] == {"N": "12.34"}


def test_a_header_is_taken_from_a_request_to_s3(faulty: Faulty, fresh: str) -> None:
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket=fresh)
    s3.put_object(Bucket=fresh, Key="k", Body=b"first")
    with pytest.raises(ClientError):
        s3.put_object(Bucket=fresh, Key="k", Body=b"second", IfNoneMatch="*")
    faulty.plant({"kind": "headers", "in": "request", "values": {"If-None-Match": None}}, operations=["PutObject"])
    s3.put_object(Bucket=fresh, Key="k", Body=b"second", IfNoneMatch="*")
    assert s3.get_object(Bucket=fresh, Key="k")["Body"].read() == b"second"


def test_a_header_is_taken_from_an_answer(faulty: Faulty, fresh: str) -> None:
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket=fresh)
    s3.put_object(Bucket=fresh, Key="k", Body=b"x", ContentType="text/csv")
    assert s3.head_object(Bucket=fresh, Key="k")["ContentType"] == "text/csv"
    faulty.plant({"kind": "headers", "in": "answer", "values": {"Content-Type": "a/b"}}, operations=["HeadObject"])
    assert s3.head_object(Bucket=fresh, Key="k")["ContentType"] == "a/b"


def test_a_parameter_is_taken_from_a_query(faulty: Faulty, fresh: str) -> None:
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket=fresh)
    for key in ("a/1", "b/1"):
        s3.put_object(Bucket=fresh, Key=key, Body=b"x")
    faulty.plant({"kind": "remove", "in": "query", "keys": ["prefix"]}, operations=["ListObjectsV2"])
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=fresh, Prefix="a/")["Contents"]] == ["a/1", "b/1"]


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("dynamodb", lambda client: client.list_tables(), "ValidationException"),
        ("sns", lambda client: client.list_topics(), "Throttled"),
        ("lambda", lambda client: client.list_functions(), "TooManyRequestsException"),
        ("s3", lambda client: client.list_buckets(), "SlowDown"),
        ("sqs", lambda client: client.list_queues(), "OverLimit"),
    ],
)
def test_an_error_comes_in_the_form_of_the_services_protocol(
    faulty: Faulty, service: str, call: Callable[[Any], Any], code: str
) -> None:
    faulty.plant({"kind": "answer", "status": 400, "code": code, "message": "planted"}, service=service)
    with pytest.raises(ClientError) as refused:
        call(faulty.client(service))
    error = refused.value.response
    assert (error["Error"]["Code"], error["Error"]["Message"]) == (code, "planted")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_answer_may_be_replaced_only_where_it_is_such_an_error(faulty: Faulty, table: str) -> None:
    dynamodb = faulty.client("dynamodb")
    faulty.plant({"kind": "answer", "status": 400, "code": "Other"}, when={"answer": "ResourceNotFoundException"})
    assert dynamodb.describe_table(TableName=table)["Table"]["TableName"] == table
    with pytest.raises(ClientError, match="Other"):
        dynamodb.describe_table(TableName="missing")


def test_a_denied_request_is_allowed(faulty: Faulty, fresh: str) -> None:
    iam = faulty.client("iam")
    iam.create_user(UserName=fresh)
    key = iam.create_access_key(UserName=fresh)["AccessKey"]
    nobody = faulty.client("dynamodb", key["AccessKeyId"], key["SecretAccessKey"])
    with pytest.raises(ClientError, match="AccessDenied"):
        nobody.list_tables()
    faulty.plant({"kind": "allow"}, service="dynamodb")
    assert "TableNames" in nobody.list_tables()
    assert faulty.fired() == 1


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("dynamodb", lambda client: client.list_tables()),
        ("sqs", lambda client: client.list_queues()),
        ("iam", lambda client: client.list_users()),
        ("s3", lambda client: client.list_objects_v2(Bucket="private")),
        ("kms", lambda client: client.list_keys()),
    ],
)
def test_an_unsigned_request_is_allowed_too(faulty: Faulty, service: str, call: Callable[[Any], Any]) -> None:
    faulty.client("s3").create_bucket(Bucket="private")
    nobody = faulty.client(service, unsigned=True)
    with pytest.raises(ClientError):
        call(nobody)
    faulty.plant({"kind": "allow"}, service=service)
    assert call(nobody)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert faulty.fired() == 1


def test_a_presigned_request_is_allowed_too(faulty: Faulty, fresh: str) -> None:
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket=fresh)
    s3.put_object(Bucket=fresh, Key="a b", Body=b"x")
    stranger = faulty.client("s3", "AKIANOBODYKNOWSME000", "secret")
    url = stranger.generate_presigned_url("get_object", {"Bucket": fresh, "Key": "a b"})
    assert urllib3.request("GET", url).status == 403
    faulty.plant({"kind": "allow"}, service="s3")
    answer = urllib3.request("GET", url)
    assert (answer.status, answer.data, faulty.fired()) == (200, b"x", 1)


def test_what_root_is_denied_too_is_not_counted_as_allowed(faulty: Faulty, fresh: str) -> None:
    role = f"arn:aws:iam::000000000000:role/{fresh}"
    faulty.plant({"kind": "allow"}, service="sts")
    with pytest.raises(ClientError, match="AccessDenied"):
        faulty.client("sts").assume_role(RoleArn=role, RoleSessionName="session")
    assert faulty.fired() == 0


def test_a_changed_request_of_an_unknown_key_goes_on_as_it_came(faulty: Faulty) -> None:
    """Signed by anybody else it would be let in, and the canary for strangers would catch every defect."""
    faulty.plant({"kind": "add", "in": "request", "values": {"Limit": 1}}, operations=["ListTables"])
    with pytest.raises(ClientError, match="UnrecognizedClient"):
        faulty.client("dynamodb", "AKIANOBODYKNOWSME000", "secret").list_tables()
    assert faulty.fired() == 0


def test_a_changed_request_is_still_its_senders(faulty: Faulty, fresh: str) -> None:
    """Else a rule about something else would also lift every policy."""
    iam = faulty.client("iam")
    iam.create_user(UserName=fresh)
    key = iam.create_access_key(UserName=fresh)["AccessKey"]
    faulty.plant({"kind": "add", "in": "request", "values": {"Limit": 1}}, operations=["ListTables"])
    with pytest.raises(ClientError, match="AccessDenied"):
        faulty.client("dynamodb", key["AccessKeyId"], key["SecretAccessKey"]).list_tables()
    assert faulty.fired() == 1


def test_one_of_a_batch_is_lost_and_the_answer_says_that_all_were_taken(
    faulty: Faulty, queue: str, received: Received
) -> None:
    change = {"kind": "lose", "in": "request", "list": "Entries", "answered": "Successful"}
    faulty.plant(change, operations=["SendMessageBatch"])
    taken = [one["Id"] for one in _send_batch(faulty, queue, 3)["Successful"]]
    assert sorted(taken) == ["id-0", "id-1", "id-2"]
    assert sorted(received(queue)) == ["0", "1"]


def test_one_of_a_batch_in_a_form_is_lost(faulty: Faulty, fresh: str, queue: str, received: Received) -> None:
    sns, sqs = faulty.client("sns"), faulty.client("sqs")
    topic = sns.create_topic(Name=fresh)["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    change = {"kind": "lose", "in": "request", "list": "PublishBatchRequestEntries", "answered": "Successful"}
    faulty.plant({**change, "which": "first"}, operations=["PublishBatch"])
    entries = [{"Id": f"id-{number}", "Message": f"{number}"} for number in range(3)]
    taken = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)["Successful"]
    assert sorted(one["Id"] for one in taken) == ["id-0", "id-1", "id-2"]
    assert sorted(received(queue)) == ["1", "2"]


def test_half_of_a_batch_is_forwarded(faulty: Faulty, queue: str, received: Received) -> None:
    change = {"kind": "half", "in": "request", "list": "Entries", "answered": "Successful"}
    faulty.plant(change, operations=["SendMessageBatch"])
    assert len(_send_batch(faulty, queue, 4)["Successful"]) == 4
    assert sorted(received(queue)) == ["0", "1"]


def test_a_request_is_forwarded_twice(faulty: Faulty, queue: str, received: Received) -> None:
    faulty.plant({"kind": "twice"}, operations=["SendMessage"])
    faulty.client("sqs").send_message(QueueUrl=queue, MessageBody="once")
    assert received(queue) == ["once", "once"]


def test_a_mutating_request_is_answered_and_not_forwarded(faulty: Faulty, table: str) -> None:
    dynamodb, key = faulty.client("dynamodb"), {"id": {"S": "1"}}
    dynamodb.put_item(TableName=table, Item=key)
    faulty.plant({"kind": "ignore"}, operations=["DeleteItem"])
    dynamodb.delete_item(TableName=table, Key=key)
    assert dynamodb.get_item(TableName=table, Key=key)["Item"] == key


@pytest.mark.parametrize(("kind", "read"), [("reverse", "210"), ("double", "0122"), ("lose", "01")])
def test_a_list_in_an_answer_is_rearranged(faulty: Faulty, fresh: str, kind: str, read: str) -> None:
    kinesis = faulty.client("kinesis")
    kinesis.create_stream(StreamName=fresh, ShardCount=1)
    put = [{"Data": f"{number}".encode(), "PartitionKey": "k"} for number in range(3)]
    kinesis.put_records(StreamName=fresh, Records=put)
    [shard] = kinesis.list_shards(StreamName=fresh)["Shards"]
    where = {"StreamName": fresh, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**where)["ShardIterator"]
    faulty.plant({"kind": kind, "in": "answer", "list": "Records"}, operations=["GetRecords"])
    records = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert b"".join(record["Data"] for record in records).decode() == read


def test_a_list_of_an_xml_answer_loses_the_items_that_are_meant(faulty: Faulty, fresh: str) -> None:
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket=fresh)
    for key in ("a", "b", "c"):
        s3.put_object(Bucket=fresh, Key=key, Body=b"x")
    change = {"kind": "lose", "in": "answer", "list": "Contents", "which": "all", "where": "'Key': '[ac]'"}
    faulty.plant(change, operations=["ListObjectsV2"])
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=fresh)["Contents"]] == ["b"]


def test_a_list_of_members_loses_its_last(faulty: Faulty, fresh: str) -> None:
    sns = faulty.client("sns")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    topic = sns.create_topic(Name=fresh, Tags=tags)["TopicArn"]
    faulty.plant({"kind": "lose", "in": "answer", "list": "Tags"}, operations=["ListTagsForResource"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == tags[:1]


def test_a_read_is_answered_as_before_the_last_write(faulty: Faulty, table: str) -> None:
    dynamodb, key = faulty.client("dynamodb"), {"id": {"S": "1"}}

    def read() -> str:
        return str(dynamodb.get_item(TableName=table, Key=key)["Item"]["n"]["N"])

    faulty.plant({"kind": "stale"}, operations=["GetItem"])
    dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "1"}})
    assert read() == "1"
    dynamodb.put_item(TableName=table, Item={**key, "n": {"N": "2"}})
    assert [read(), read()] == ["1", "1"]
    assert faulty.fired() == 2


def test_a_request_of_another_kind_follows_a_success(faulty: Faulty, queue: str, received: Received) -> None:
    sqs = faulty.client("sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="kept")
    pattern, parameters = (
        r'"QueueUrl":\s*"([^"]+)"',
        {"QueueUrl": r"\1", "Entries": [{"Id": "1", "MessageBody": "besides"}]},
    )
    also = {"kind": "also", "operation": "SendMessageBatch", "pattern": pattern, "parameters": parameters}
    faulty.plant(also, service="sqs", operations=["SetQueueAttributes"])
    with pytest.raises(ClientError):
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "-1"})
    assert faulty.fired() == 0
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "7"})
    assert (faulty.fired(), sorted(received(queue))) == (1, ["besides", "kept"])


def test_a_request_of_another_kind_may_be_a_rest_call(faulty: Faulty, fresh: str) -> None:
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket=fresh)
    s3.put_object(Bucket=fresh, Key="a", Body=b"x")
    also = {"kind": "also", "operation": "DeleteObject", "parameters": {"Bucket": r"\1", "Key": r"\2"}}
    faulty.plant({**also, "pattern": "x-amz-copy-source: /?([^/]+)/(\\S+)"}, service="s3", operations=["CopyObject"])
    s3.copy_object(Bucket=fresh, Key="b", CopySource={"Bucket": fresh, "Key": "a"})
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=fresh)["Contents"]] == ["b"]


def test_an_answer_may_echo_the_request(faulty: Faulty, queue: str, received: Received) -> None:
    body, pattern = r'{"MessageId": "\1"}', r'"MessageBody":\s*"([^"]+)"'
    faulty.plant({"kind": "ignore", "body": body, "pattern": pattern}, service="sqs", operations=["SendMessage"])
    assert faulty.client("sqs").send_message(QueueUrl=queue, MessageBody="echoed")["MessageId"] == "echoed"
    assert (received(queue), faulty.fired()) == ([], 1)
    faulty.plant({"kind": "ignore", "body": body, "pattern": "nothing like it ([a-z]+)"}, service="sqs")
    faulty.client("sqs").send_message(QueueUrl=queue, MessageBody="taken")
    assert (received(queue), faulty.fired()) == (["taken"], 0)


def test_an_answer_is_delayed(faulty: Faulty) -> None:
    faulty.plant({"kind": "delay", "seconds": 1}, operations=["ListQueues"])
    began = monotonic()
    faulty.client("sqs").list_queues()
    assert monotonic() - began >= 1


def test_a_hanging_request_ends_without_an_answer(faulty: Faulty) -> None:
    faulty.plant({"kind": "hang", "seconds": 1}, operations=["ListQueues"])
    began = monotonic()
    with pytest.raises(ConnectionClosedError):
        faulty.client("sqs").list_queues()
    assert monotonic() - began >= 1


def test_an_object_passes_byte_for_byte(faulty: Faulty, fresh: str) -> None:
    s3, content = faulty.client("s3"), bytes(range(256)) * 1000 + faulty.inner_endpoint.encode()
    s3.create_bucket(Bucket=fresh)
    s3.put_object(Bucket=fresh, Key="a b/ü+c", Body=content, ContentType="text/plain")
    assert s3.get_object(Bucket=fresh, Key="a b/ü+c")["Body"].read() == content
    assert s3.head_object(Bucket=fresh, Key="a b/ü+c")["ContentLength"] == len(content)


def test_a_change_of_a_path_is_signed_again_too(faulty: Faulty, fresh: str) -> None:
    s3 = faulty.client("s3")
    s3.create_bucket(Bucket=fresh)
    faulty.plant({"kind": "replace", "in": "path", "pattern": "wanted$", "with": "other"}, operations=["PutObject"])
    s3.put_object(Bucket=fresh, Key="wanted", Body=b"x")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=fresh)["Contents"]] == ["other"]


def test_a_policy_in_a_json_answer_is_text_that_can_be_replaced(faulty: Faulty, fresh: str) -> None:
    policy = {"maxReceiveCount": 2, "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead"}
    faulty.client("sqs").create_queue(QueueName="dead")
    pattern, replacement = r'(maxReceiveCount\\*":\s*\\*"?)\d+', r"\g<1>999"
    faulty.plant({"kind": "replace", "in": "request", "pattern": pattern, "with": replacement}, service="sqs")
    sqs = faulty.client("sqs")
    url = sqs.create_queue(QueueName=fresh, Attributes={"RedrivePolicy": json.dumps(policy)})["QueueUrl"]
    stored = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]["RedrivePolicy"]
    assert int(json.loads(stored)["maxReceiveCount"]) == 999


def test_a_digest_of_the_body_as_it_was_goes_with_the_change() -> None:
    digests = [("Content-MD5", "x"), ("x-amz-checksum-crc32", "x"), ("x-amz-crc32", "1"), ("x-amz-meta-a", "kept")]
    request = Request("PUT", "/b/k", [*digests], b"first")
    answer = Answer(200, [*digests], b"first")
    change = {"kind": "replace", "pattern": "first", "with": "other"}
    assert edit_request(request, {**change, "in": "request"})
    assert edit_answer(answer, {**change, "in": "answer"})
    assert (request.body, request.headers) == (b"other", [("x-amz-meta-a", "kept")])
    assert (answer.body, answer.headers) == (request.body, request.headers)
