"""Resources of a scenario's own: `a_topic(aws, name, cleanup, **more)` makes one, gives what calls need, and has it removed at the end."""

from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.terminal_states import STREAM, TABLE
from tests.conformance.makers.code import a_pipeline, a_project, pipeline_declaration
from tests.conformance.makers.functions import (
    RUNTIME,
    a_function,
    a_mapping,
    function_settled,
    mapping_state,
    require_runs,
    zipped,
)
from tests.conformance.makers.maker import Cleanup, Maker, new_name
from tests.conformance.makers.roles import Statement, a_role, await_role, policy
from tests.conformance.refusing import refusal

__all__ = [
    "RUNTIME", "Cleanup", "Maker", "Statement", "a_function", "a_mapping", "a_pipeline", "a_project", "a_role", "await_role", "function_settled",
    "mapping_state", "new_name", "pipeline_declaration", "policy", "require_runs", "zipped",
]  # fmt: skip

RAW = {"RawMessageDelivery": "true"}
"""Attributes of a subscription that gets the message itself."""


def stream_active(aws: AwsClients, name: str) -> dict[str, Any]:
    """Wait until the stream is ACTIVE and return its summary."""
    kinesis = aws.client("kinesis")
    return wait_for(
        "the stream is ACTIVE",
        lambda: dict(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]),
        lambda summary: summary["StreamStatus"] == "ACTIVE",
        seconds=90,
        ended=STREAM,
    )


def table_active(aws: AwsClients, name: str) -> dict[str, Any]:
    """Wait until the table is ACTIVE and return its description."""
    return wait_for(
        "the table is ACTIVE",
        lambda: dict(aws.client("dynamodb").describe_table(TableName=name)["Table"]),
        lambda description: description["TableStatus"] == "ACTIVE",
        seconds=90,
        ended=TABLE,
    )


def queue_known(aws: AwsClients, url: str) -> None:
    """Wait until SQS knows the queue: it promises so a second after the creation."""
    await_answer(None, refusal, aws.client("sqs").get_queue_attributes, QueueUrl=url)


def key_known(aws: AwsClients, arn: str) -> None:
    """Wait until KMS knows the key."""
    await_answer(None, refusal, aws.client("kms").describe_key, KeyId=arn)


def user_known(aws: AwsClients, name: str) -> None:
    """Wait until IAM knows the user."""
    await_answer(None, refusal, aws.client("iam").get_user, UserName=name)


def queue_arn(aws: AwsClients, url: str) -> str:
    """Return the ARN of a queue."""
    answer = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(answer["Attributes"]["QueueArn"])


def arn_of(aws: AwsClients, name: str) -> str:
    """Return the ARN of the queue of that name, which need not be there yet."""
    return f"arn:aws:sqs:{aws.region}:{account(aws)}:{name}"


def a_queue_for(aws: AwsClients, source_arn: str, cleanup: Cleanup, name: str = "", **attributes: str) -> str:
    """Return the URL of a queue to which a topic, rules or a bucket may send: the service that `source_arn` names, for that ARN.

    The policy is there from the start, as AWS may take a minute for a later one.
    """
    name, service = name or new_name(), f"{source_arn.split(':')[2]}.amazonaws.com"
    statement = {"Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": arn_of(aws, name)}
    text = policy(statement | {"Condition": {"ArnLike": {"aws:SourceArn": source_arn}}})
    return a_queue(aws, name, cleanup, Attributes={"Policy": text, **attributes})


def rules_of(aws: AwsClients, bus: str) -> str:
    """Return the ARN of all rules of a bus."""
    return f"arn:aws:events:{aws.region}:{account(aws)}:rule/{bus}/*"


def subscribe(aws: AwsClients, topic_arn: str, url: str, **attributes: str) -> str:
    """Subscribe the queue to the topic and return the subscription's ARN."""
    wanted = {"TopicArn": topic_arn, "Protocol": "sqs", "Endpoint": queue_arn(aws, url), "Attributes": attributes}
    return str(aws.client("sns").subscribe(**wanted, ReturnSubscriptionArn=True)["SubscriptionArn"])


def account(aws: AwsClients) -> str:
    """Return the account that everything is made in."""
    return str(aws.client("sts").get_caller_identity()["Account"])


SORTED = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}
AT_ONCE, CONSUMERS = {"ForceDeleteWithoutRecovery": True}, {"EnforceConsumerDeletion": True}
SCHEDULED: dict[str, Any] = {
    "by": "KeyId",
    "also": {"PendingWindowInDays": 7},
    "delete": "schedule_key_deletion",
    "deleted": "KeyMetadata.KeyId",  # AWS takes an ARN as well, Moto does not
}
GROUP = {"DBParameterGroupFamily": "postgres16", "Description": "conformance"}

# The name identifies what is made, unless a path into the answer says otherwise: it is what most calls take.
a_cluster = Maker("ecs", "cluster", "clusterName", "cluster.clusterArn", "cluster")
a_deployment_application = Maker("codedeploy", "application", "applicationName", defaults={"computePlatform": "Lambda"})
a_key = Maker("kms", "key", "Description", "KeyMetadata.Arn", **SCHEDULED, ready=key_known)
a_log_group = Maker("logs", "log_group", "logGroupName")
a_parameter_group = Maker("rds", "db_parameter_group", "DBParameterGroupName", defaults=GROUP)
a_queue = Maker("sqs", "queue", "QueueName", "QueueUrl", ready=queue_known)
a_repository = Maker("ecr", "repository", "repositoryName", also={"force": True})
a_rest_api = Maker("apigateway", "rest_api", "name", "id", "restApiId")
a_secret = Maker("secretsmanager", "secret", "Name", "ARN", "SecretId", AT_ONCE, defaults={"SecretString": "x"})
a_source_repository = Maker("codecommit", "repository", "repositoryName")
a_stream = Maker("kinesis", "stream", "StreamName", also=CONSUMERS, defaults={"ShardCount": 1}, ready=stream_active)
a_table = Maker("dynamodb", "table", "TableName", defaults=SORTED, ready=table_active)
a_topic = Maker("sns", "topic", "Name", "TopicArn")
a_user = Maker("iam", "user", "UserName", ready=user_known)
an_application = Maker("appconfig", "application", "Name", "Id", "ApplicationId")


def a_key_for_services(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """Return the ARN of a key that the services which ask for their own right to a key (logs, events, sns) may use."""
    arn, logs = a_key(aws, name, cleanup), f"logs.{aws.region}.amazonaws.com"
    names = [logs, "events.amazonaws.com", "sns.amazonaws.com"]
    use = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]
    own = {"Sid": "Own", "Principal": {"AWS": f"arn:aws:iam::{account(aws)}:root"}, "Action": "kms:*"}
    services = {"Sid": "Services", "Principal": {"Service": names}, "Action": use}
    aws.client("kms").put_key_policy(KeyId=arn, PolicyName="default", Policy=policy(own, services))
    return arn


def a_bucket(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """Return the name of a bucket, emptied of all versions at the end."""
    s3 = aws.client("s3")
    where = {} if aws.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    s3.create_bucket(Bucket=name, **where, **more)

    def empty() -> None:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])

    cleanup(s3.delete_bucket, Bucket=name)
    cleanup(empty)
    cleanup(s3.delete_bucket_policy, Bucket=name)  # it may deny what removes the objects
    return name


def a_bus(aws: AwsClients, name: str, cleanup: Cleanup, **more: Any) -> str:
    """Return the name of an event bus; rules that are made there go with it."""
    events = aws.client("events")
    events.create_event_bus(Name=name, **more)

    def empty() -> None:
        for rule in events.list_rules(EventBusName=name)["Rules"]:
            which = {"Rule": rule["Name"], "EventBusName": name}
            if targets := events.list_targets_by_rule(**which)["Targets"]:
                events.remove_targets(**which, Ids=[target["Id"] for target in targets])
            events.delete_rule(Name=rule["Name"], EventBusName=name)

    cleanup(events.delete_event_bus, Name=name)
    cleanup(empty)
    return name
