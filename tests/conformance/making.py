"""Resources that scenarios make for themselves: each a context manager that gives what calls need, and removes it at the end."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.aws_clients import AwsClients
from harness.deadline import DeadlineError, wait_for
from harness.targets.absence import cannot_run
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.terminal_states import FUNCTION, MAPPING, STREAM, TABLE

RUNTIME = "python3.12"
_NO_FUNCTION_STARTS: set[str] = set()
"""Targets on which a function has not become active in time."""


def new_name(suffix: str = "") -> str:
    """A name that nobody else has, fit for every service (lower case, 22 characters and the suffix)."""
    return f"conformance-{uuid.uuid4().hex[:10]}{suffix}"


@contextmanager
def queue(aws: AwsClients, **attributes: str) -> Iterator[str]:
    """A queue's URL; with FifoQueue="true" its name ends as it must."""
    sqs = aws.client("sqs")
    name = new_name(".fifo" if attributes.get("FifoQueue") == "true" else "")
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    try:
        yield url
    finally:
        sqs.delete_queue(QueueUrl=url)


def queue_arn(aws: AwsClients, url: str) -> str:
    """The ARN of a queue."""
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def let_send(aws: AwsClients, url: str, service: str, source_arn: str) -> None:
    """The queue's policy: a service (as sns.amazonaws.com) may send there for one source."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn(aws, url),
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


@contextmanager
def topic(aws: AwsClients, **attributes: str) -> Iterator[str]:
    """A topic's ARN; with FifoTopic="true" its name ends as it must."""
    sns = aws.client("sns")
    name = new_name(".fifo" if attributes.get("FifoTopic") == "true" else "")
    arn = sns.create_topic(Name=name, Attributes=attributes)["TopicArn"]
    try:
        yield arn
    finally:
        sns.delete_topic(TopicArn=arn)


@contextmanager
def stream(aws: AwsClients, shards: int = 1, **options: Any) -> Iterator[str]:
    """The name of an active Kinesis stream."""
    kinesis, name = aws.client("kinesis"), new_name()
    kinesis.create_stream(StreamName=name, ShardCount=shards, **options)
    try:
        stream_active(aws, name)
        yield name
    finally:
        kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)


def stream_active(aws: AwsClients, name: str) -> dict[str, Any]:
    """Waits until the stream is ACTIVE; its summary."""
    kinesis = aws.client("kinesis")
    return wait_for(
        "the stream is ACTIVE",
        lambda: dict(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]),
        lambda summary: summary["StreamStatus"] == "ACTIVE",
        seconds=90,
        ended=STREAM,
    )


@contextmanager
def table(aws: AwsClients, **options: Any) -> Iterator[str]:
    """The name of an active DynamoDB table with keys `pk` and `sk` (texts); `options` go to CreateTable."""
    dynamodb, name = aws.client("dynamodb"), new_name()
    keys = {
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    dynamodb.create_table(TableName=name, **keys | options)
    try:
        table_active(aws, name)
        yield name
    finally:
        dynamodb.delete_table(TableName=name)


def table_active(aws: AwsClients, name: str) -> dict[str, Any]:
    """Waits until the table is ACTIVE; its description."""
    return wait_for(
        "the table is ACTIVE",
        lambda: dict(aws.client("dynamodb").describe_table(TableName=name)["Table"]),
        lambda description: description["TableStatus"] == "ACTIVE",
        seconds=90,
        ended=TABLE,
    )


@contextmanager
def bucket(aws: AwsClients) -> Iterator[str]:
    """The name of a bucket, emptied of all versions at the end."""
    s3, name = aws.client("s3"), new_name()
    s3.create_bucket(Bucket=name)
    try:
        yield name
    finally:
        with suppress(ClientError):
            s3.delete_bucket_policy(Bucket=name)
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
        s3.delete_bucket(Bucket=name)


@contextmanager
def key(aws: AwsClients) -> Iterator[str]:
    """The ARN of a customer managed key, which is scheduled for deletion at the end."""
    kms = aws.client("kms")
    arn = kms.create_key(Description="conformance")["KeyMetadata"]["Arn"]
    try:
        yield arn
    finally:
        kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)


@contextmanager
def role(aws: AwsClients, service: str, *statements: dict[str, Any]) -> Iterator[str]:
    """The ARN of a role that `service` (as lambda.amazonaws.com) may assume, with `statements` as its policy."""
    iam, name = aws.client("iam"), new_name()
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    try:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
        yield arn
    finally:
        with suppress(ClientError):
            iam.delete_role_policy(RoleName=name, PolicyName="own")
        iam.delete_role(RoleName=name)


def zipped(source: str) -> bytes:
    """A function's archive: `source` as handler.py, the same bytes for the same text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py", (2020, 1, 1, 0, 0, 0)), source)
    return buffer.getvalue()


@contextmanager
def function(aws: AwsClients, source: str, role_arn: str, **options: Any) -> Iterator[str]:
    """The name of an active function whose handler is `handle` in `source`; waits until its new role can be assumed."""
    if aws.target in _NO_FUNCTION_STARTS:
        require_runs(aws, "lambda")
    client, name = aws.client("lambda"), new_name()
    wanted = {"Runtime": RUNTIME, "Handler": "handler.handle", "Code": {"ZipFile": zipped(source)}, "Timeout": 30}

    def create() -> bool:
        try:
            client.create_function(FunctionName=name, Role=role_arn, **wanted | options)
        except client.exceptions.InvalidParameterValueException as error:
            if "cannot be assumed" not in str(error):
                raise
            return False
        return True

    wait_for("the role of the function can be assumed", create, bool, seconds=60)
    try:
        function_settled(aws, name)
        yield name
    finally:
        client.delete_function(FunctionName=name)


def function_settled(aws: AwsClients, name: str) -> dict[str, Any]:
    """Waits until a function is active and its last update done; its configuration. Unsupported where functions cannot run and so stay inactive."""
    try:
        return wait_for(
            "the function is active",
            lambda: dict(aws.client("lambda").get_function_configuration(FunctionName=name)),
            lambda found: (
                found.get("State", "Active") == "Active" and found.get("LastUpdateStatus", "Successful") == "Successful"
            ),
            seconds=90,
            ended=FUNCTION,
        )
    except DeadlineError:
        _NO_FUNCTION_STARTS.add(aws.target)
        require_runs(aws, "lambda")
        raise


def require_runs(aws: AwsClients, workload: str) -> None:
    """For what needs `lambda`, `ecs` or `rds` to run: unsupported, with the registry's reason, where it cannot (as containers, without Docker)."""
    if reason := cannot_run(running(choose(aws.target)), workload):
        pytest.skip(reason)  # as "moto runs Lambda functions as containers, and no Docker answers here"


@contextmanager
def mapping(aws: AwsClients, function_name: str, source_arn: str, **options: Any) -> Iterator[str]:
    """The id of an enabled event source mapping."""
    client = aws.client("lambda")
    uid = client.create_event_source_mapping(FunctionName=function_name, EventSourceArn=source_arn, **options)["UUID"]
    try:
        mapping_state(aws, uid, "Enabled" if options.get("Enabled", True) else "Disabled")
        yield uid
    finally:
        client.delete_event_source_mapping(UUID=uid)


def mapping_state(aws: AwsClients, uid: str, state: str) -> dict[str, Any]:
    """Waits until a mapping is in `state`; what it is then."""
    return wait_for(
        f"the mapping is {state}",
        lambda: dict(aws.client("lambda").get_event_source_mapping(UUID=uid)),
        lambda found: found["State"] == state,
        seconds=90,
        ended=MAPPING,
    )


@contextmanager
def event_bus(aws: AwsClients) -> Iterator[str]:
    """The name of an event bus without rules; rules that were made there go with it."""
    events, name = aws.client("events"), new_name()
    events.create_event_bus(Name=name)
    try:
        yield name
    finally:
        for rule in events.list_rules(EventBusName=name)["Rules"]:
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=name)["Targets"]
            if targets:
                events.remove_targets(Rule=rule["Name"], EventBusName=name, Ids=[one["Id"] for one in targets])
            events.delete_rule(Name=rule["Name"], EventBusName=name)
        events.delete_event_bus(Name=name)
