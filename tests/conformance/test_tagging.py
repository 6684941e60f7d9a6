"""Tags of a resource of each service: given at its creation or later, changed, and taken away one by one."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import SOON, await_answer
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup
from tests.conformance.tag_lists import plain

pytestmark = scenario(lane="control plane", feature="tagging")
Tags = dict[str, str]
GIVEN = {"owner": "tax", "desk": "lots"}


def pairs(tags: Tags, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: content} for name, content in tags.items()]


@dataclass(frozen=True)
class Tagged:
    """How a resource is made with tags (by `creation`, parameter `at_creation`, `written` as pairs or as a map) and tagged later.

    `later`: seconds after which a change shows at the latest. The parameter `which` of the operations names it by `by`, an ARN of which the account, region and `made` are filled in.
    """

    make: Callable[..., str]
    creation: str
    which: str
    written: Callable[[Tags], Any]
    by: str = "{made}"
    lists: str = "list_tags_for_resource"
    tag: str = "tag_resource"
    untag: str = "untag_resource"
    at_creation: str = "Tags"
    later: float = 0
    client: Any = None
    named: dict[str, str] = field(default_factory=dict)

    def made(self, service: str, aws: AwsClients, name: str, cleanup: Cleanup) -> "Tagged":
        """Return this row with a resource that has the tags GIVEN."""
        made = self.make(aws, name, cleanup, **{self.at_creation: self.written(GIVEN)})
        account = makers.account(aws) if "{account}" in self.by else ""
        named = {self.which: self.by.format(made=made, name=name, region=aws.region, account=account)}
        return replace(self, client=aws.client(service), named=named)

    def listed(self) -> Tags:
        answer = getattr(self.client, self.lists)(**self.named)
        return plain(next((found for word, found in answer.items() if word.lower() in {"tags", "taglist"}), {}))

    def await_tags(self, expected: Tags, *keys: str) -> None:
        """Wait until the tags are as expected, those of `keys` where there are some."""

        def observed() -> Tags:
            found = self.listed()
            return {key: found[key] for key in keys or found if key in found}

        await_answer(expected, observed, seconds=self.later)

    def give(self, tags: Tags) -> None:
        getattr(self.client, self.tag)(**self.named, **{self._word("Tags"): self.written(tags)})

    def take(self, *keys: str) -> None:
        getattr(self.client, self.untag)(**self.named, **{self._word("TagKeys"): list(keys)})

    def _word(self, word: str) -> str:
        """A parameter as the service writes it: in lower case where `which` is."""
        return word if self.which[0].isupper() else word[0].lower() + word[1:]


in_lower_case, of_kms = partial(pairs, key="key", value="value"), partial(pairs, key="TagKey", value="TagValue")
RESOURCES = {
    "kms": Tagged(makers.a_key, "CreateKey", "KeyId", of_kms, lists="list_resource_tags", later=SOON),
    "iam": Tagged(
        partial(makers.a_role, service="lambda"), "CreateRole", "RoleName", pairs, "{name}",
        lists="list_role_tags", tag="tag_role", untag="untag_role", later=SOON,
    ),
    "secretsmanager": Tagged(makers.a_secret, "CreateSecret", "SecretId", pairs, lists="describe_secret", later=SOON),
    "ecr": Tagged(
        makers.a_repository, "CreateRepository", "resourceArn", pairs, "arn:aws:ecr:{region}:{account}:repository/{made}", at_creation="tags"
    ),
    "ecs": Tagged(makers.a_cluster, "CreateCluster", "resourceArn", in_lower_case, at_creation="tags"),
    "rds": Tagged(
        makers.a_parameter_group, "CreateDBParameterGroup", "ResourceName", pairs, "arn:aws:rds:{region}:{account}:pg:{made}",
        tag="add_tags_to_resource", untag="remove_tags_from_resource",
    ),
    "appconfig": Tagged(
        makers.an_application, "CreateApplication", "ResourceArn", dict, "arn:aws:appconfig:{region}:{account}:application/{made}"
    ),
    "apigateway": Tagged(
        makers.a_rest_api, "CreateRestApi", "resourceArn", dict, "arn:aws:apigateway:{region}::/restapis/{made}",
        lists="get_tags", at_creation="tags",
    ),
    "logs": Tagged(
        makers.a_log_group, "CreateLogGroup", "resourceArn", dict, "arn:aws:logs:{region}:{account}:log-group:{made}", at_creation="tags"
    ),
    "lambda": Tagged(
        makers.a_function, "CreateFunction", "Resource", dict, "arn:aws:lambda:{region}:{account}:function:{made}", lists="list_tags"
    ),
    "codecommit": Tagged(
        makers.a_source_repository, "CreateRepository", "resourceArn", dict, "arn:aws:codecommit:{region}:{account}:{made}", at_creation="tags"
    ),
    "sqs": Tagged(
        makers.a_queue, "CreateQueue", "QueueUrl", dict,
        lists="list_queue_tags", tag="tag_queue", untag="untag_queue", at_creation="tags",
    ),
    "sns": Tagged(makers.a_topic, "CreateTopic", "ResourceArn", pairs),
    "events": Tagged(makers.a_bus, "CreateEventBus", "ResourceARN", pairs, "arn:aws:events:{region}:{account}:event-bus/{made}"),
    "kinesis": Tagged(
        makers.a_stream, "CreateStream", "StreamName", dict,
        lists="list_tags_for_stream", tag="add_tags_to_stream", untag="remove_tags_from_stream",
    ),
    "dynamodb": Tagged(
        makers.a_table, "CreateTable", "ResourceArn", pairs, "arn:aws:dynamodb:{region}:{account}:table/{made}",
        lists="list_tags_of_resource", later=SOON,
    ),
    "codedeploy": Tagged(
        makers.a_deployment_application, "CreateApplication", "ResourceArn", pairs,
        "arn:aws:codedeploy:{region}:{account}:application:{made}", at_creation="tags",
    ),
    "codepipeline": Tagged(
        makers.a_pipeline, "CreatePipeline", "resourceArn", in_lower_case, "arn:aws:codepipeline:{region}:{account}:{made}", at_creation="tags"
    ),
}  # fmt: skip


def each_resource(page: Callable[[Tagged], str]) -> pytest.MarkDecorator:
    """Parametrise `resource` by services, each linked to the operation that `page` names, as `tag_role` or TagRole."""
    linked = {
        service: f"{service}:{re.sub('(?:^|_)([a-z])', lambda found: found[1].upper(), page(row))}"
        for service, row in RESOURCES.items()
    }
    rows = [
        pytest.param(service, id=service, marks=scenario(service=service, aws=aws)) for service, aws in linked.items()
    ]
    return pytest.mark.parametrize("resource", rows, indirect=True)


@pytest.fixture
def resource(request: pytest.FixtureRequest, aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    return RESOURCES[request.param].made(request.param, aws, name, cleanup)


@scenario("tagging.at-creation")
@each_resource(lambda row: row.creation)
def test_tags_given_at_its_creation_are_a_resources_tags(resource: Tagged) -> None:
    resource.await_tags(GIVEN)


@scenario("tagging.changed")
@each_resource(lambda row: row.tag)
def test_a_tag_given_later_is_added_and_one_of_the_same_key_is_changed(resource: Tagged) -> None:
    resource.give({"desk": "cash", "stage": "live"})
    resource.await_tags({"desk": "cash", "stage": "live"}, "desk", "stage")


@scenario("tagging.removed")
@each_resource(lambda row: row.untag)
def test_a_tag_taken_away_takes_no_other_along(resource: Tagged) -> None:
    resource.give({"stage": "live", "region": "all"})
    resource.await_tags({"stage": "live", "region": "all"}, "stage", "region")
    before = resource.listed()
    resource.take("stage")
    resource.await_tags({key: value for key, value in before.items() if key != "stage"})
