"""Buses and rules: encryption and policy after updates, what PutEvents refuses, archives, tags, pages, error codes."""

import json
from itertools import chain
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.scenarios.scenario import scenario
from harness.terminal_states import ARCHIVE
from tests.conformance.makers import Cleanup, a_bus, a_key_for_services, a_queue, arn_of, new_name, policy, queue_arn
from tests.conformance.refusing import refused
from tests.conformance.tag_lists import plain

pytestmark = scenario(service="events", lane="control plane", feature="event buses", aws="events:UpdateEventBus")
PATTERN = json.dumps({"source": ["conformance"]})


@pytest.fixture
def bus(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_bus(aws, new_name(), cleanup)


@scenario("events.put.answer", lane="data plane", feature="batches", aws="events:PutEvents")
def test_each_entry_of_a_batch_gets_an_id_of_its_own(aws: AwsClients, bus: str) -> None:
    entry = {"EventBusName": bus, "Source": "conformance", "DetailType": "kind", "Detail": "{}"}
    answer = aws.client("events").put_events(Entries=[entry] * 10)
    assert answer["FailedEntryCount"] == 0
    assert len({one["EventId"] for one in answer["Entries"]}) == 10


@scenario("events.put.partial-failure", lane="data plane", feature="batches", aws="events:PutEvents")
def test_an_entry_whose_detail_is_no_json_fails_alone(aws: AwsClients, bus: str) -> None:
    good = {"EventBusName": bus, "Source": "conformance", "DetailType": "kind", "Detail": "{}"}
    answer = aws.client("events").put_events(Entries=[good, good | {"Detail": "no json"}, good])
    assert answer["FailedEntryCount"] == 1
    first, second, third = answer["Entries"]
    assert first["EventId"] != third["EventId"]
    assert (second["ErrorCode"], "EventId" in second) == ("MalformedDetail", False)
    assert "ErrorMessage" in second


@scenario("events.put.missing-fields", lane="data plane", feature="error codes", aws="events:PutEvents")
@pytest.mark.parametrize("field", ["Source", "DetailType", "Detail"])
def test_an_entry_without_a_field_that_it_needs_fails_alone(aws: AwsClients, bus: str, field: str) -> None:
    entry = {"EventBusName": bus, "Source": "conformance", "DetailType": "kind", "Detail": "{}"}
    del entry[field]
    answer = aws.client("events").put_events(Entries=[entry])
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "InvalidArgument"


@scenario("events.put.too-many", lane="data plane", feature="limits", aws="events:PutEvents")
def test_more_than_ten_entries_are_refused(aws: AwsClients, bus: str) -> None:
    entry = {"EventBusName": bus, "Source": "conformance", "DetailType": "kind", "Detail": "{}"}
    with refused("ValidationException", status=400):
        aws.client("events").put_events(Entries=[entry] * 11)


@scenario("events.encryption.changed", lane="security", feature="encryption")
def test_the_key_of_a_bus_survives_a_change_of_description_and_is_changed_when_asked(
    aws: AwsClients, cleanup: Cleanup, events: Any, bus: str
) -> None:
    first, second = (a_key_for_services(aws, new_name(), cleanup) for _ in range(2))
    for arn in (first, second):
        events.update_event_bus(Name=bus, KmsKeyIdentifier=arn)
        assert events.describe_event_bus(Name=bus)["KmsKeyIdentifier"] == arn
    events.update_event_bus(Name=bus, KmsKeyIdentifier=second, Description="entitlements")
    described = events.describe_event_bus(Name=bus)
    assert (described["KmsKeyIdentifier"], described["Description"]) == (second, "entitlements")


@scenario("events.bus.dead-letter", feature="dead letters")
def test_the_dead_letter_queue_of_a_bus_is_kept(aws: AwsClients, cleanup: Cleanup, events: Any, bus: str) -> None:
    url = a_queue(aws, new_name(), cleanup)
    config = {"Arn": queue_arn(aws, url)}
    events.update_event_bus(Name=bus, DeadLetterConfig=config)
    assert events.describe_event_bus(Name=bus)["DeadLetterConfig"] == config


@scenario("events.bus.permission", lane="security", feature="resource policy", aws="events:PutPermission")
def test_the_policy_of_a_bus_gains_and_loses_a_statement(events: Any, bus: str) -> None:
    events.put_permission(EventBusName=bus, Action="events:PutEvents", Principal="111122223333", StatementId="partner")
    [statement] = json.loads(events.describe_event_bus(Name=bus)["Policy"])["Statement"]
    assert (statement["Sid"], statement["Effect"], statement["Action"]) == ("partner", "Allow", "events:PutEvents")
    assert "111122223333" in json.dumps(statement["Principal"])
    assert statement["Resource"] == events.describe_event_bus(Name=bus)["Arn"]
    events.remove_permission(EventBusName=bus, StatementId="partner")
    assert "partner" not in (events.describe_event_bus(Name=bus).get("Policy") or "")


@scenario("events.bus.policy", lane="security", feature="resource policy", aws="events:PutPermission")
def test_the_policy_of_a_bus_is_read_as_it_was_put(events: Any, bus: str) -> None:
    arn = events.describe_event_bus(Name=bus)["Arn"]
    root = {"AWS": f"arn:aws:iam::{arn.split(':')[4]}:root"}
    document = policy({"Sid": "partner", "Principal": root, "Action": "events:PutEvents", "Resource": arn})
    events.put_permission(EventBusName=bus, Policy=document)
    assert json.loads(events.describe_event_bus(Name=bus)["Policy"]) == json.loads(document)


@scenario("events.rule.update", feature="rules", aws="events:PutRule")
def test_putting_a_rule_again_changes_it_and_keeps_its_targets(
    aws: AwsClients, cleanup: Cleanup, events: Any, bus: str
) -> None:
    url = a_queue(aws, new_name(), cleanup)
    events.put_rule(Name="r", EventBusName=bus, EventPattern=PATTERN, Description="first")
    target = {"Id": "q", "Arn": queue_arn(aws, url), "InputPath": "$.detail"}
    events.put_targets(Rule="r", EventBusName=bus, Targets=[target])
    changed = json.dumps({"source": ["other"]})
    events.put_rule(Name="r", EventBusName=bus, EventPattern=changed, State="DISABLED")
    described = events.describe_rule(Name="r", EventBusName=bus)
    assert (json.loads(described["EventPattern"]), described["State"]) == ({"source": ["other"]}, "DISABLED")
    assert events.list_targets_by_rule(Rule="r", EventBusName=bus)["Targets"] == [target]


@scenario("events.rule.replaced", feature="rules", aws="events:PutRule")
def test_what_is_left_out_when_a_rule_is_put_again_is_gone(events: Any, bus: str) -> None:
    events.put_rule(Name="r", EventBusName=bus, EventPattern=PATTERN, Description="first")
    events.put_rule(Name="r", EventBusName=bus, EventPattern=PATTERN)
    assert not events.describe_rule(Name="r", EventBusName=bus).get("Description")


@scenario("events.rule.with-targets", feature="rules", aws="events:DeleteRule")
def test_a_rule_with_targets_is_not_deleted(aws: AwsClients, cleanup: Cleanup, events: Any, bus: str) -> None:
    url = a_queue(aws, new_name(), cleanup)
    events.put_rule(Name="r", EventBusName=bus, EventPattern=PATTERN)
    events.put_targets(Rule="r", EventBusName=bus, Targets=[{"Id": "q", "Arn": queue_arn(aws, url)}])
    with refused("ValidationException", status=400):
        events.delete_rule(Name="r", EventBusName=bus)


@scenario("events.target.settings", feature="targets", aws="events:Target")
def test_a_target_keeps_its_retries_and_dead_letter_queue(
    aws: AwsClients, cleanup: Cleanup, events: Any, bus: str
) -> None:
    url = a_queue(aws, new_name(), cleanup)
    dead = a_queue(aws, new_name(), cleanup)
    events.put_rule(Name="r", EventBusName=bus, EventPattern=PATTERN)
    target = {
        "Id": "q",
        "Arn": queue_arn(aws, url),
        "DeadLetterConfig": {"Arn": queue_arn(aws, dead)},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 120},
    }
    events.put_targets(Rule="r", EventBusName=bus, Targets=[target])
    assert events.list_targets_by_rule(Rule="r", EventBusName=bus)["Targets"] == [target]


@scenario("events.targets.removed", feature="targets", aws="events:RemoveTargets")
def test_a_removed_target_is_gone(aws: AwsClients, cleanup: Cleanup, bus: str) -> None:
    assert _targets_left(aws, cleanup, bus, "a") == []


@scenario("events.targets.others-stay", feature="targets", aws="events:RemoveTargets")
def test_a_target_that_is_not_named_stays_when_another_is_removed(aws: AwsClients, cleanup: Cleanup, bus: str) -> None:
    assert _targets_left(aws, cleanup, bus, "a", "b") == ["b"]


def _targets_left(aws: AwsClients, cleanup: Cleanup, bus: str, *ids: str) -> list[str]:
    """Give a rule targets with these ids, remove `a`, and return the ids of the others."""
    events, arn, rule = aws.client("events"), queue_arn(aws, a_queue(aws, new_name(), cleanup)), {"EventBusName": bus}
    events.put_rule(Name="r", EventPattern=PATTERN, **rule)
    events.put_targets(Rule="r", Targets=[{"Id": one, "Arn": arn} for one in ids], **rule)
    assert events.remove_targets(Rule="r", Ids=["a"], **rule)["FailedEntryCount"] == 0
    return [one["Id"] for one in events.list_targets_by_rule(Rule="r", **rule)["Targets"]]


@scenario("events.targets.by-target", feature="targets", aws="events:ListRuleNamesByTarget")
def test_the_rules_of_a_target_are_found(aws: AwsClients, cleanup: Cleanup, events: Any, bus: str) -> None:
    url = a_queue(aws, new_name(), cleanup)
    for name in ("r1", "r2", "r3"):
        events.put_rule(Name=name, EventBusName=bus, EventPattern=PATTERN)
    for name in ("r1", "r3"):
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "q", "Arn": queue_arn(aws, url)}])
    asked = {"TargetArn": queue_arn(aws, url), "EventBusName": bus}
    await_answer(["r1", "r3"], lambda: sorted(events.list_rule_names_by_target(**asked)["RuleNames"]))


@scenario("events.rules.pages", feature="pagination", aws="events:ListRules")
def test_rules_are_listed_in_pages_by_prefix(events: Any, bus: str) -> None:
    for name in ("a-1", "a-2", "a-3", "b-1"):
        events.put_rule(Name=name, EventBusName=bus, EventPattern=PATTERN)

    def listed() -> tuple[list[int], list[str]]:
        """The length of each page, and the names."""
        asked = {"EventBusName": bus, "NamePrefix": "a-", "PaginationConfig": {"PageSize": 2}}
        pages = [
            [rule["Name"] for rule in page["Rules"]] for page in events.get_paginator("list_rules").paginate(**asked)
        ]
        return [len(page) for page in pages], sorted(chain.from_iterable(pages))

    await_answer(([2, 1], ["a-1", "a-2", "a-3"]), listed)


@scenario("events.tags", feature="tagging", aws="events:TagResource")
def test_tags_are_added_overwritten_and_removed(events: Any, bus: str) -> None:
    arn = events.put_rule(
        Name="r", EventBusName=bus, EventPattern=PATTERN, Tags=[{"Key": "system", "Value": "asset-servicing"}]
    )["RuleArn"]
    for owner in ("a", "b"):
        events.tag_resource(ResourceARN=arn, Tags=[{"Key": "owner", "Value": owner}, {"Key": "cost", "Value": "1"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["cost"])
    tags = plain(events.list_tags_for_resource(ResourceARN=arn)["Tags"])
    assert tags == {"system": "asset-servicing", "owner": "b"}


@scenario("events.archive", feature="archives", aws="events:CreateArchive")
def test_an_archive_says_what_it_keeps(aws: AwsClients, bus: str) -> None:
    events, name = aws.client("events"), new_name()
    arn = events.describe_event_bus(Name=bus)["Arn"]
    events.create_archive(ArchiveName=name, EventSourceArn=arn, EventPattern=PATTERN, RetentionDays=7)
    try:
        archive: dict[str, Any] = wait_for(
            "the archive is ENABLED",
            lambda: dict(events.describe_archive(ArchiveName=name)),
            lambda found: found["State"] == "ENABLED",
            ended=ARCHIVE,
        )
        assert (archive["EventSourceArn"], archive["RetentionDays"]) == (arn, 7)
        assert json.loads(archive["EventPattern"]) == {"source": ["conformance"]}
        assert [one["ArchiveName"] for one in events.list_archives(NamePrefix=name)["Archives"]] == [name]
    finally:
        events.delete_archive(ArchiveName=name)


@scenario("events.errors.not-there", feature="error codes", aws="events:DescribeRule")
def test_what_is_not_there_is_said_so(aws: AwsClients, events: Any, bus: str) -> None:
    with refused("ResourceNotFoundException", status=400):
        events.describe_rule(Name="missing", EventBusName=bus)
    with refused("ResourceNotFoundException", status=400):
        events.describe_event_bus(Name=new_name())
    with refused("ResourceNotFoundException", status=400):
        events.put_targets(Rule="missing", EventBusName=bus, Targets=[{"Id": "q", "Arn": arn_of(aws, "missing")}])


@scenario("events.errors.exists", feature="error codes", aws="events:CreateEventBus")
def test_a_second_bus_of_one_name_is_refused(aws: AwsClients, bus: str) -> None:
    with refused("ResourceAlreadyExistsException", status=400):
        aws.client("events").create_event_bus(Name=bus)


@scenario("events.errors.pattern", feature="error codes", aws="events:PutRule")
def test_a_rule_with_a_pattern_that_is_none_is_refused(aws: AwsClients, bus: str) -> None:
    with refused("InvalidEventPatternException", status=400):
        aws.client("events").put_rule(Name="r", EventBusName=bus, EventPattern='{"source": "text"}')
