"""Lists in pages: none is larger than was asked for, and following them to the end shows each resource exactly once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from botocore import xform_name

from harness.aws_clients import AwsClients
from harness.deadline import SOON, await_answer, wait_for
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup

pytestmark = scenario(lane="control plane", feature="pagination")
Page = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """A list operation: how one resource is made (giving what the list shows of it), and how a page is read.

    `asked`: its other parameters, made from the scenario's name. `size`: the page size that is asked for.
    """

    operation: str
    make: Callable[[AwsClients, str, Cleanup], str]
    read: Callable[[Page], Iterable[str]]
    asked: Callable[[str], dict[str, Any]] = field(default=lambda _name: {})
    size: int = 2


def named(key: str, member: str | None = None) -> Callable[[Page], Iterable[str]]:
    """Reads the list `key` of a page, or `member` of each of its entries."""
    return lambda page: [entry if member is None else entry[member] for entry in page.get(key, [])]


def an_alias(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    kms = aws.client("kms")
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=makers.a_key(aws, name, cleanup))
    cleanup(kms.delete_alias, AliasName=f"alias/{name}")
    return f"alias/{name}"


def a_task_definition(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """One more revision of the family that all share."""
    ecs, family = aws.client("ecs"), name.rpartition("-")[0]
    container = {"name": "app", "image": "busybox", "memory": 64}
    made = ecs.register_task_definition(family=family, containerDefinitions=[container])["taskDefinition"]
    cleanup(ecs.deregister_task_definition, taskDefinition=made["taskDefinitionArn"])
    return str(made["taskDefinitionArn"])


def a_rule(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    events = aws.client("events")
    events.put_rule(Name=name, EventPattern='{"source": ["conformance"]}')
    cleanup(events.delete_rule, Name=name)
    return name


LISTINGS = {
    "kms keys": Listing("ListKeys", makers.a_key, named("Keys", "KeyArn"), size=20),
    "kms aliases": Listing("ListAliases", an_alias, named("Aliases", "AliasName")),
    "iam roles": Listing("ListRoles", partial(makers.a_role, service="lambda"), named("Roles", "Arn")),
    "iam users": Listing("ListUsers", makers.a_user, named("Users", "UserName")),
    "secretsmanager secrets": Listing(
        "ListSecrets", makers.a_secret, named("SecretList", "ARN"),
        lambda name: {"Filters": [{"Key": "name", "Values": [name]}]},
    ),
    "ecr repositories": Listing(
        "DescribeRepositories", makers.a_repository, named("repositories", "repositoryName")
    ),
    "ecs clusters": Listing("ListClusters", makers.a_cluster, named("clusterArns")),
    "ecs task definitions": Listing(
        "ListTaskDefinitions", a_task_definition, named("taskDefinitionArns"),
        lambda name: {"familyPrefix": name},
    ),
    "appconfig applications": Listing(
        "ListApplications", makers.an_application, named("Items", "Id")
    ),
    "apigateway apis": Listing("GetRestApis", makers.a_rest_api, named("items", "id")),
    "logs groups": Listing(
        "DescribeLogGroups", makers.a_log_group,
        named("logGroups", "logGroupName"), lambda name: {"logGroupNamePrefix": name},
    ),
    "sqs queues": Listing(
        "ListQueues", makers.a_queue, named("QueueUrls"),
        lambda name: {"QueueNamePrefix": name},
    ),
    "events rules": Listing(
        "ListRules", a_rule, named("Rules", "Name"), lambda name: {"NamePrefix": name}
    ),
    "dynamodb tables": Listing("ListTables", makers.a_table, named("TableNames")),
    "codepipeline pipelines": Listing(
        "ListPipelines", makers.a_pipeline, named("pipelines", "name")
    ),
}  # fmt: skip
each_listing = pytest.mark.parametrize(
    ("service", "listing"),
    [
        pytest.param(
            name.split()[0],
            listing,
            id=name.replace(" ", "-"),
            marks=scenario(service=name.split()[0], aws=f"{name.split()[0]}:{listing.operation}"),
        )
        for name, listing in LISTINGS.items()
    ],
)


def paged(
    aws: AwsClients, name: str, cleanup: Cleanup, service: str, listing: Listing
) -> tuple[list[str], Callable[[], list[list[str]]]]:
    """Return three new resources, and an observation: what the pages show until the last one."""
    ours = [listing.make(aws, f"{name}-{number}", cleanup) for number in range(3)]
    pages = aws.client(service).get_paginator(xform_name(listing.operation)).paginate
    asked = {**listing.asked(name), "PaginationConfig": {"PageSize": listing.size}}
    return ours, lambda: [list(listing.read(page)) for page in pages(**asked)]


@each_listing
@scenario("pagination.size")
def test_no_page_is_larger_than_was_asked_for(
    aws: AwsClients, name: str, cleanup: Cleanup, service: str, listing: Listing
) -> None:
    _, pages = paged(aws, name, cleanup, service, listing)
    assert max(len(page) for page in pages()) <= listing.size


@each_listing
@scenario("pagination.each-once")
def test_following_the_pages_shows_each_resource_once(
    aws: AwsClients, name: str, cleanup: Cleanup, service: str, listing: Listing
) -> None:
    ours, pages = paged(aws, name, cleanup, service, listing)
    await_answer(sorted(ours), lambda: sorted(one for page in pages() for one in page if one in ours))


@scenario("logs.pagination.filtered-events", service="logs", lane="data plane", aws="logs:FilterLogEvents")
def test_filtered_events_come_in_pages_each_once(aws: AwsClients, logs: Any, name: str, cleanup: Cleanup) -> None:
    makers.a_log_group(aws, name, cleanup)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    begin = int(logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]["creationTime"])
    events = [{"timestamp": begin + number, "message": f"event {number}"} for number in range(7)]
    logs.put_log_events(logGroupName=name, logStreamName="one", logEvents=events)
    pages = logs.get_paginator("filter_log_events").paginate

    def read() -> list[list[str]]:
        return [
            [one["message"] for one in page["events"]]
            for page in pages(logGroupName=name, PaginationConfig={"PageSize": 3})
        ]

    found = wait_for("seven events", read, lambda found: sum(map(len, found)) >= len(events), SOON)
    assert max(len(page) for page in found) <= 3
    assert sorted(one for page in found for one in page) == [one["message"] for one in events]


@scenario("apigateway.pagination.resources", service="apigateway", aws="apigateway:GetResources")
def test_resources_of_an_api_come_in_pages_each_once(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    gateway, api = aws.client("apigateway"), makers.a_rest_api(aws, name, cleanup)
    [root] = gateway.get_resources(restApiId=api)["items"]
    for part in ("positions", "entitlements", "lots"):
        gateway.create_resource(restApiId=api, parentId=root["id"], pathPart=part)
    pages = [
        page["items"]
        for page in gateway.get_paginator("get_resources").paginate(restApiId=api, PaginationConfig={"PageSize": 2})
    ]
    assert max(len(page) for page in pages) <= 2
    assert sorted(one["path"] for page in pages for one in page) == ["/", "/entitlements", "/lots", "/positions"]
