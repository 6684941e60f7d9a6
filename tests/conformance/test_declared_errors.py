"""Errors that AWS declares for operations that the system uses, each shown by one request: names of nothing, and what is wrong in itself."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.coverage.bounds import request
from harness.coverage.used import each_used
from harness.scenarios.evidence import Fact, facts_of
from harness.scenarios.scenario import scenario
from tests.conformance.makers import (
    Cleanup,
    a_cluster,
    a_queue,
    a_repository,
    a_rest_api,
    a_stream,
    new_name,
)
from tests.conformance.requests import absent, answered, page_of

pytestmark = scenario(lane="control plane", feature="declared errors")
MALFORMED = "no-arn"
QUALIFIERS = {"FunctionName": "arn:aws:lambda:us-east-1:{account}:function:{name}:$LATEST", "Qualifier": "1"}
BEYOND_HASHES = str(2**128)


def _an_api(aws: AwsClients, name: str, cleanup: Cleanup) -> dict[str, str]:
    api = a_rest_api(aws, name, cleanup)
    root = aws.client("apigateway").get_resources(restApiId=api)["items"][0]["id"]
    return {"restApiId": api, "resourceId": root, "parentId": root}


LIVE: Mapping[str, Callable[[AwsClients, str, Cleanup], dict[str, str]]] = {
    "apigateway": _an_api,
    "ecr": lambda *made: {"repositoryName": a_repository(*made)},
    "ecs": lambda *made: {"cluster": a_cluster(*made)},
    "kinesis": lambda *made: {"StreamName": a_stream(*made)},
    "sqs": lambda *made: {"QueueUrl": a_queue(*made)},
}
"""By service: makes the resource that wrong requests are about, where AWS looks for it first, and returns what identifies it."""
WRONG: list[tuple[str, str, str, dict[str, Any]]] = [
    ("apigateway", "CreateDeployment", "no-methods", {"stageName": None}),
    ("apigateway", "CreateResource", "slash", {"pathPart": "a/b"}),
    ("apigateway", "CreateRestApi", "description", {"description": ""}),
    ("apigateway", "PutMethod", "method", {"httpMethod": "WRONG", "authorizationType": "NONE"}),
    ("apigateway", "CreateStage", "deployment", {"deploymentId": "absent"}),
    ("codecommit", "ListTagsForResource", "arn", {"resourceArn": MALFORMED}),
    ("codecommit", "CreateRepository", "system-tag", {"tags": {"aws:owner": "x"}}),
    ("codedeploy", "ListTagsForResource", "arn", {"ResourceArn": MALFORMED}),
    ("codedeploy", "ListTagsForResource", "other-service", {"ResourceArn": "arn:aws:s3:::absent"}),
    ("ecr", "DeleteLifecyclePolicy", "no-policy", {}),
    ("ecs", "DeleteService", "no-service", {}),
    ("ecs", "ListTasks", "no-service", {"serviceName": "absent"}),
    ("events", "CreateEventBus", "no-source", {"Name": "aws.partner/absent/a/b", "EventSourceName": "aws.partner/absent/a/b"}),
    ("iam", "CreateRole", "tag-twice", {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}),
    ("kinesis", "AddTagsToStream", "semicolon", {"Tags": {"a;b": "x"}}),
    ("kinesis", "IncreaseStreamRetentionPeriod", "less-than-a-day", {"RetentionPeriodHours": 23}),
    ("kinesis", "PutRecord", "hash-key", {"ExplicitHashKey": BEYOND_HASHES, "PartitionKey": "a", "Data": b"x"}),
    ("kinesis", "PutRecords", "hash-key", {"Records": [{"ExplicitHashKey": BEYOND_HASHES, "PartitionKey": "a", "Data": b"x"}]}),
    ("kms", "CreateKey", "policy", {"Policy": "no policy"}),
    ("lambda", "DeleteFunction", "qualifiers", QUALIFIERS),
    ("lambda", "GetFunction", "qualifiers", QUALIFIERS),
    ("lambda", "GetFunctionConfiguration", "qualifiers", QUALIFIERS),
    ("rds", "CreateDBSubnetGroup", "subnet", {"SubnetIds": ["subnet-0123456789abcdef0"]}),
    ("sns", "DeleteTopic", "arn", {"TopicArn": MALFORMED}),
    ("sns", "GetSubscriptionAttributes", "arn", {"SubscriptionArn": MALFORMED}),
    ("sns", "GetTopicAttributes", "arn", {"TopicArn": MALFORMED}),
    ("sns", "SetTopicAttributes", "arn", {"TopicArn": MALFORMED}),
    ("sns", "Unsubscribe", "arn", {"SubscriptionArn": MALFORMED}),
    ("sqs", "ChangeMessageVisibility", "handle", {"ReceiptHandle": "no handle", "VisibilityTimeout": 1}),
    ("sqs", "CreateQueue", "value", {"Attributes": {"DelaySeconds": "901"}}),
    ("sqs", "DeleteMessageBatch", "empty", {"Entries": []}),
    ("sqs", "DeleteMessageBatch", "id", {"Entries": [{"Id": "a b", "ReceiptHandle": "x"}]}),
]  # fmt: skip
"""Service, operation, what is wrong, and the members of the request that make it so; None leaves one out."""


def _facts(scenario_id: str) -> tuple[Fact, ...]:
    return facts_of(Path(__file__), scenario_id)


def _absent() -> Iterator[Any]:
    for service, operation in each_used():
        name = f"{service}.{operation}"
        if facts := _facts(f"requests.absent[{name}]"):
            page = scenario(service=service, aws=page_of(service, operation))
            yield pytest.param(service, operation, facts[0], marks=page, id=name)


def _wrong() -> Iterator[Any]:
    for service, operation, case, members in WRONG:
        name = f"{service}.{operation}.{case}"
        page = scenario(service=service, aws=page_of(service, operation))
        fact = next(iter(_facts(f"requests.wrong[{name}]")), None)  # the recorder refuses a scenario without facts
        yield pytest.param(service, operation, members, fact, marks=page, id=name)


@scenario("requests.absent")
@pytest.mark.parametrize(("service", "operation", "fact"), _absent())
def test_a_request_about_nothing_is_answered_that_there_is_nothing(
    aws: AwsClients, service: str, operation: str, fact: Fact
) -> None:
    asked = request(service, operation, absent(aws, service, new_name()))
    assert answered(aws, service, operation, asked) == (fact.error, fact.status)


@pytest.fixture(scope="module")
def live(aws: AwsClients, module_cleanup: Cleanup) -> Callable[[str], dict[str, str]]:
    """Gives what identifies a service's resource that is there, made when it is first asked for."""
    return cache(lambda service: LIVE[service](aws, new_name(), module_cleanup) if service in LIVE else {})


@scenario("requests.wrong")
@pytest.mark.parametrize(("service", "operation", "members", "fact"), _wrong())
def test_a_request_that_is_wrong_in_itself_is_answered_by_the_error_for_it(
    aws: AwsClients, live: Any, service: str, operation: str, members: Mapping[str, Any], fact: Fact
) -> None:
    asked = request(service, operation, absent(aws, service, new_name(), {**live(service), **members}))
    assert answered(aws, service, operation, asked) == (fact.error, fact.status)
