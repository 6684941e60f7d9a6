"""Tags of a resource of each service: given at its creation or later, changed, and taken away one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.conftest import Cleanup

pytestmark = scenario(lane="control plane", feature="tagging")
Tags = dict[str, str]
GIVEN = {"owner": "tax", "desk": "lots"}


@dataclass(frozen=True)
class Tagged:
    """A resource: how its tags are listed, added (or changed), and removed by key."""

    listed: Callable[[], Tags]
    tag: Callable[[Tags], object]
    untag: Callable[[list[str]], object]


def pairs(tags: Tags, key: str = "Key", value: str = "Value") -> list[dict[str, str]]:
    return [{key: name, value: content} for name, content in tags.items()]


def plain(found: list[dict[str, str]]) -> Tags:
    """What a service lists as pairs, in whatever case it writes them; its own tags left out."""
    lowered = [{name.lower().removeprefix("tag"): content for name, content in one.items()} for one in found]
    return {one["key"]: one["value"] for one in lowered if not one["key"].startswith("aws:")}


def of_kms(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    kms, key = aws.client("kms"), makers.a_key(aws, cleanup, Tags=pairs(GIVEN, "TagKey", "TagValue"))
    return Tagged(
        lambda: plain(kms.list_resource_tags(KeyId=key)["Tags"]),
        lambda tags: kms.tag_resource(KeyId=key, Tags=pairs(tags, "TagKey", "TagValue")),
        lambda keys: kms.untag_resource(KeyId=key, TagKeys=keys),
    )


def of_iam(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    iam = aws.client("iam")
    makers.a_role(aws, name, cleanup, "lambda", Tags=pairs(GIVEN))
    return Tagged(
        lambda: plain(iam.list_role_tags(RoleName=name)["Tags"]),
        lambda tags: iam.tag_role(RoleName=name, Tags=pairs(tags)),
        lambda keys: iam.untag_role(RoleName=name, TagKeys=keys),
    )


def of_secretsmanager(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    secrets, arn = aws.client("secretsmanager"), makers.a_secret(aws, name, cleanup, Tags=pairs(GIVEN))
    return Tagged(
        lambda: plain(secrets.describe_secret(SecretId=arn).get("Tags", [])),
        lambda tags: secrets.tag_resource(SecretId=arn, Tags=pairs(tags)),
        lambda keys: secrets.untag_resource(SecretId=arn, TagKeys=keys),
    )


def of_ecr(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    ecr, arn = aws.client("ecr"), makers.a_repository(aws, name, cleanup, tags=pairs(GIVEN))
    return Tagged(
        lambda: plain(ecr.list_tags_for_resource(resourceArn=arn)["tags"]),
        lambda tags: ecr.tag_resource(resourceArn=arn, tags=pairs(tags)),
        lambda keys: ecr.untag_resource(resourceArn=arn, tagKeys=keys),
    )


def of_ecs(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    ecs, arn = aws.client("ecs"), makers.a_cluster(aws, name, cleanup, tags=pairs(GIVEN, "key", "value"))
    return Tagged(
        lambda: plain(ecs.list_tags_for_resource(resourceArn=arn)["tags"]),
        lambda tags: ecs.tag_resource(resourceArn=arn, tags=pairs(tags, "key", "value")),
        lambda keys: ecs.untag_resource(resourceArn=arn, tagKeys=keys),
    )


def of_rds(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    rds, arn = aws.client("rds"), makers.a_parameter_group(aws, name, cleanup, Tags=pairs(GIVEN))
    return Tagged(
        lambda: plain(rds.list_tags_for_resource(ResourceName=arn)["TagList"]),
        lambda tags: rds.add_tags_to_resource(ResourceName=arn, Tags=pairs(tags)),
        lambda keys: rds.remove_tags_from_resource(ResourceName=arn, TagKeys=keys),
    )


def by_arn(client: Any, resource: str, **names: str) -> Tagged:
    """The three operations of services that take and give tags as a map. `names`: of their parameters."""
    known = {
        "arn": "ResourceArn",
        "tags": "Tags",
        "keys": "TagKeys",
        "listed": "Tags",
        "list": "list_tags_for_resource",
        **names,
    }
    which = {known["arn"]: resource}
    return Tagged(
        lambda: dict(getattr(client, known["list"])(**which).get(known["listed"], {})),
        lambda tags: client.tag_resource(**which, **{known["tags"]: tags}),
        lambda keys: client.untag_resource(**which, **{known["keys"]: keys}),
    )


def of_appconfig(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    made = makers.an_application(aws, name, cleanup, Tags=GIVEN)
    return by_arn(aws.client("appconfig"), f"arn:aws:appconfig:{aws.region}:{makers.account(aws)}:application/{made}")


def of_apigateway(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    arn = f"arn:aws:apigateway:{aws.region}::/restapis/{makers.a_rest_api(aws, name, cleanup, tags=GIVEN)}"
    return by_arn(
        aws.client("apigateway"), arn, arn="resourceArn", tags="tags", keys="tagKeys", listed="tags", list="get_tags"
    )


def of_logs(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    group = makers.a_log_group(aws, name, cleanup, tags=GIVEN)
    arn = f"arn:aws:logs:{aws.region}:{makers.account(aws)}:log-group:{group}"
    return by_arn(aws.client("logs"), arn, arn="resourceArn", tags="tags", keys="tagKeys", listed="tags")


def of_lambda(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    arn = makers.a_function(aws, name, cleanup, Tags=GIVEN)
    return by_arn(aws.client("lambda"), arn, arn="Resource", list="list_tags")


def of_codecommit(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    arn = makers.a_source_repository(aws, name, cleanup, tags=GIVEN)
    return by_arn(aws.client("codecommit"), arn, arn="resourceArn", tags="tags", keys="tagKeys", listed="tags")


def of_sqs(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    sqs, url = aws.client("sqs"), makers.a_queue(aws, name, cleanup, tags=GIVEN)
    return Tagged(
        lambda: dict(sqs.list_queue_tags(QueueUrl=url).get("Tags", {})),
        lambda tags: sqs.tag_queue(QueueUrl=url, Tags=tags),
        lambda keys: sqs.untag_queue(QueueUrl=url, TagKeys=keys),
    )


def of_sns(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    sns, arn = aws.client("sns"), makers.a_topic(aws, name, cleanup, Tags=pairs(GIVEN))
    return Tagged(
        lambda: plain(sns.list_tags_for_resource(ResourceArn=arn)["Tags"]),
        lambda tags: sns.tag_resource(ResourceArn=arn, Tags=pairs(tags)),
        lambda keys: sns.untag_resource(ResourceArn=arn, TagKeys=keys),
    )


def of_events(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    events, arn = aws.client("events"), makers.a_bus(aws, name, cleanup, Tags=pairs(GIVEN))
    return Tagged(
        lambda: plain(events.list_tags_for_resource(ResourceARN=arn)["Tags"]),
        lambda tags: events.tag_resource(ResourceARN=arn, Tags=pairs(tags)),
        lambda keys: events.untag_resource(ResourceARN=arn, TagKeys=keys),
    )


def of_kinesis(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    kinesis = aws.client("kinesis")
    makers.a_stream(aws, name, cleanup, Tags=GIVEN)
    return Tagged(
        lambda: plain(kinesis.list_tags_for_stream(StreamName=name)["Tags"]),
        lambda tags: kinesis.add_tags_to_stream(StreamName=name, Tags=tags),
        lambda keys: kinesis.remove_tags_from_stream(StreamName=name, TagKeys=keys),
    )


def of_dynamodb(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    dynamodb = aws.client("dynamodb")
    makers.a_table(aws, name, cleanup, Tags=pairs(GIVEN))
    arn = dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
    return Tagged(
        lambda: plain(dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]),
        lambda tags: dynamodb.tag_resource(ResourceArn=arn, Tags=pairs(tags)),
        lambda keys: dynamodb.untag_resource(ResourceArn=arn, TagKeys=keys),
    )


def of_codedeploy(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    codedeploy = aws.client("codedeploy")
    makers.a_deployment_application(aws, name, cleanup, tags=pairs(GIVEN))
    arn = f"arn:aws:codedeploy:{aws.region}:{makers.account(aws)}:application:{name}"
    return Tagged(
        lambda: plain(codedeploy.list_tags_for_resource(ResourceArn=arn)["Tags"]),
        lambda tags: codedeploy.tag_resource(ResourceArn=arn, Tags=pairs(tags)),
        lambda keys: codedeploy.untag_resource(ResourceArn=arn, TagKeys=keys),
    )


def of_codepipeline(aws: AwsClients, name: str, cleanup: Cleanup) -> Tagged:
    codepipeline = aws.client("codepipeline")
    makers.a_pipeline(aws, name, cleanup, tags=pairs(GIVEN, "key", "value"))
    arn = f"arn:aws:codepipeline:{aws.region}:{makers.account(aws)}:{name}"
    return Tagged(
        lambda: plain(codepipeline.list_tags_for_resource(resourceArn=arn)["tags"]),
        lambda tags: codepipeline.tag_resource(resourceArn=arn, tags=pairs(tags, "key", "value")),
        lambda keys: codepipeline.untag_resource(resourceArn=arn, tagKeys=keys),
    )


RESOURCES: dict[str, tuple[Callable[..., Tagged], str]] = {
    "kms": (of_kms, "TagResource"),
    "iam": (of_iam, "TagRole"),
    "secretsmanager": (of_secretsmanager, "TagResource"),
    "ecr": (of_ecr, "TagResource"),
    "ecs": (of_ecs, "TagResource"),
    "rds": (of_rds, "AddTagsToResource"),
    "appconfig": (of_appconfig, "TagResource"),
    "apigateway": (of_apigateway, "TagResource"),
    "logs": (of_logs, "TagResource"),
    "lambda": (of_lambda, "TagResource"),
    "codecommit": (of_codecommit, "TagResource"),
    "sqs": (of_sqs, "TagQueue"),
    "sns": (of_sns, "TagResource"),
    "events": (of_events, "TagResource"),
    "kinesis": (of_kinesis, "AddTagsToStream"),
    "dynamodb": (of_dynamodb, "TagResource"),
    "codedeploy": (of_codedeploy, "TagResource"),
    "codepipeline": (of_codepipeline, "TagResource"),
}
each_service = pytest.mark.parametrize(
    "make",
    [
        pytest.param(make, id=service, marks=scenario(service=service, aws=f"{service}:{operation}"))
        for service, (make, operation) in RESOURCES.items()
    ],
)
Make = Callable[[AwsClients, str, Cleanup], Tagged]


@each_service
@scenario("tagging.at-creation")
def test_tags_given_at_its_creation_are_a_resources_tags(
    aws: AwsClients, name: str, cleanup: Cleanup, make: Make
) -> None:
    assert make(aws, name, cleanup).listed() == GIVEN


@each_service
@scenario("tagging.changed")
def test_a_tag_given_later_is_added_and_one_of_the_same_key_is_changed(
    aws: AwsClients, name: str, cleanup: Cleanup, make: Make
) -> None:
    resource = make(aws, name, cleanup)
    resource.tag({"desk": "cash", "stage": "live"})
    assert {key: resource.listed().get(key) for key in ("desk", "stage")} == {"desk": "cash", "stage": "live"}


@each_service
@scenario("tagging.removed")
def test_a_tag_taken_away_takes_no_other_along(aws: AwsClients, name: str, cleanup: Cleanup, make: Make) -> None:
    resource = make(aws, name, cleanup)
    resource.tag({"stage": "live", "region": "all"})
    before = resource.listed()
    resource.untag(["stage"])
    assert resource.listed() == {key: value for key, value in before.items() if key != "stage"}
    assert before["stage"] == "live"
