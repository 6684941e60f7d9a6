"""Buses, rules and targets: made, read back, changed, replaced, drifted, destroyed by Terraform."""

import json
from typing import Any

from tests.unit.provider.conftest import Stack

EVENTS = """
resource "aws_kms_key" "k" {
  description = "bus"
}
resource "aws_sqs_queue" "q" {
  name = "events"
}
resource "aws_cloudwatch_event_bus" "b" {
  name               = "%(bus)s"
  %(key)s
  %(description)s
  tags               = { Purpose = "test" }
}
resource "aws_cloudwatch_event_rule" "r" {
  name           = "completed"
  description    = "%(rule)s"
  event_bus_name = aws_cloudwatch_event_bus.b.name
  event_pattern  = jsonencode({ source = ["%(source)s"], detail-type = ["EntitlementCompleted"] })
}
resource "aws_cloudwatch_event_target" "t" {
  event_bus_name = aws_cloudwatch_event_bus.b.name
  rule           = aws_cloudwatch_event_rule.r.name
  target_id      = "notifications"
  arn            = aws_sqs_queue.q.arn
  role_arn       = "arn:aws:iam::000000000000:role/events"
  %(dead_letters)s
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = %(attempts)d
  }
}
resource "aws_cloudwatch_event_rule" "nightly" {
  schedule_expression = "rate(1 day)"
}
resource "aws_cloudwatch_event_target" "nightly" {
  rule = aws_cloudwatch_event_rule.nightly.name
  arn  = aws_sqs_queue.q.arn
  input_transformer {
    input_paths    = { when = "$.time" }
    input_template = "\\"<when>\\""
  }
}
"""
DEFAULTS = {
    "bus": "b", "key": "kms_key_identifier = aws_kms_key.k.arn", "description": 'description = "Entitlements"', "rule": "Every one",
    "source": "asset-servicing", "dead_letters": "dead_letter_config {\n arn = aws_sqs_queue.q.arn\n }", "attempts": 10,
}  # fmt: skip
RULE, TARGET = "aws_cloudwatch_event_rule.r", "aws_cloudwatch_event_target.t"


def events(**changed: Any) -> str:
    return EVENTS % {**DEFAULTS, **changed}


def test_what_was_applied_is_there_and_a_second_plan_has_no_changes(stack: Stack) -> None:
    assert set(stack.apply(events()).values()) == {"create"}
    assert stack.plan() == {}
    client, made = stack.client("events"), stack.resources()
    bus = client.describe_event_bus(Name="b")
    assert (bus["Description"], bus["KmsKeyIdentifier"]) == ("Entitlements", made["aws_kms_key.k"]["arn"])
    assert {"Key": "Purpose", "Value": "test"} in client.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"]
    assert json.loads(client.describe_rule(Name="completed", EventBusName="b")["EventPattern"])["source"] == [
        "asset-servicing"
    ]
    queue = made["aws_sqs_queue.q"]["arn"]
    assert client.list_targets_by_rule(Rule="completed", EventBusName="b")["Targets"] == [
        {
            "Id": "notifications",
            "Arn": queue,
            "RoleArn": "arn:aws:iam::000000000000:role/events",
            "DeadLetterConfig": {"Arn": queue},
            "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
        }
    ]
    nightly = client.list_targets_by_rule(Rule=made["aws_cloudwatch_event_rule.nightly"]["name"])["Targets"][0]
    assert nightly["InputTransformer"] == {"InputPathsMap": {"when": "$.time"}, "InputTemplate": '"<when>"'}


def test_identifiers_have_the_real_providers_form(stack: Stack) -> None:
    stack.apply(events())
    made = stack.resources()
    nightly, target = made["aws_cloudwatch_event_rule.nightly"], made["aws_cloudwatch_event_target.nightly"]
    assert (made["aws_cloudwatch_event_bus.b"]["id"], made[RULE]["id"], made[TARGET]["id"]) == (
        "b",
        "b/completed",
        "b-completed-notifications",
    )
    assert made[RULE]["arn"] == "arn:aws:events:us-east-1:000000000000:rule/b/completed"
    assert nightly["id"] == nightly["name"]
    assert nightly["name"].startswith("terraform-")
    assert target["id"] == f"{nightly['name']}-{target['target_id']}"


def test_bus_rule_and_target_change_in_place_and_unset_what_is_no_longer_wanted(stack: Stack) -> None:
    stack.apply(events())
    changed: dict[str, Any] = {
        "key": "",
        "description": "",
        "rule": "",
        "source": "other",
        "dead_letters": "",
        "attempts": 0,
    }
    assert stack.apply(events(**changed)) == {"aws_cloudwatch_event_bus.b": "update", RULE: "update", TARGET: "update"}
    assert stack.plan() == {}
    client = stack.client("events")
    bus, rule = client.describe_event_bus(Name="b"), client.describe_rule(Name="completed", EventBusName="b")
    assert (bus.get("Description"), bus.get("KmsKeyIdentifier"), rule.get("Description")) == ("", "", None)
    assert json.loads(rule["EventPattern"])["source"] == ["other"]
    target = client.list_targets_by_rule(Rule="completed", EventBusName="b")["Targets"][0]
    assert "DeadLetterConfig" not in target
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0


def test_what_was_changed_behind_terraforms_back_shows_in_the_plan_and_is_mended(stack: Stack) -> None:
    stack.apply(events())
    client, queue = stack.client("events"), stack.resources()["aws_sqs_queue.q"]["arn"]
    client.update_event_bus(Name="b", KmsKeyIdentifier="")
    client.disable_rule(Name="completed", EventBusName="b")
    client.put_targets(Rule="completed", EventBusName="b", Targets=[{"Id": "notifications", "Arn": queue}])
    client.remove_targets(
        Rule=stack.resources()["aws_cloudwatch_event_rule.nightly"]["name"],
        Ids=[stack.resources()["aws_cloudwatch_event_target.nightly"]["target_id"]],
    )
    nightly = {"aws_cloudwatch_event_target.nightly": "create"}
    assert stack.plan() == {"aws_cloudwatch_event_bus.b": "update", RULE: "update", TARGET: "update", **nightly}
    stack.apply(events())
    assert stack.plan() == {}
    assert client.describe_event_bus(Name="b")["KmsKeyIdentifier"] == stack.resources()["aws_kms_key.k"]["arn"]
    assert client.describe_rule(Name="completed", EventBusName="b")["State"] == "ENABLED"
    assert client.list_targets_by_rule(Rule="completed", EventBusName="b")["Targets"][0]["DeadLetterConfig"] == {
        "Arn": queue
    }


def test_the_older_word_disables_a_rule_and_a_new_bus_replaces_everything_on_it(stack: Stack) -> None:
    disabled = EVENTS.replace('"rate(1 day)"', '"rate(1 day)"\n is_enabled = false')
    stack.apply(disabled % DEFAULTS)
    assert stack.plan() == {}
    name = stack.resources()["aws_cloudwatch_event_rule.nightly"]["name"]
    assert stack.client("events").describe_rule(Name=name)["State"] == "DISABLED"
    assert stack.plan(disabled % {**DEFAULTS, "bus": "other"}) == {
        "aws_cloudwatch_event_bus.b": "replace",
        RULE: "replace",
        TARGET: "replace",
    }


def test_a_target_that_is_not_mapped_is_refused(stack: Stack) -> None:
    body = """
    resource "aws_cloudwatch_event_target" "t" {
      rule = "r"
      arn  = "arn:aws:ecs:us-east-1:000000000000:cluster/c"
      ecs_target {
        task_definition_arn = "arn:aws:ecs:us-east-1:000000000000:task-definition/t:1"
      }
    }
    """
    stack.write(body)
    with stack.driver() as driver:
        [refused] = driver.validate()
    assert "ecs_target: our stand-in provider does not make that" in f"{refused['summary']} {refused.get('detail')}"


def test_a_target_goes_from_a_rule_that_stays(stack: Stack) -> None:
    stack.apply(events())
    stack.apply(events().partition('resource "aws_cloudwatch_event_target" "nightly"')[0])
    name = stack.resources()["aws_cloudwatch_event_rule.nightly"]["name"]
    assert stack.client("events").list_targets_by_rule(Rule=name)["Targets"] == []


def test_after_destroy_nothing_is_left(stack: Stack) -> None:
    stack.apply(events())
    stack.destroy()
    client = stack.client("events")
    assert [each["Name"] for each in client.list_event_buses()["EventBuses"]] == ["default"]
    assert client.list_rules()["Rules"] == []
    assert client.list_rule_names_by_target(TargetArn="arn:aws:sqs:us-east-1:000000000000:events")["RuleNames"] == []


def test_bus_rule_and_target_are_imported_by_their_ids(stack: Stack) -> None:
    stack.apply(events())
    identifiers = {"aws_cloudwatch_event_bus.b": "b", RULE: "b/completed", TARGET: "b/completed/notifications"}
    with stack.driver() as driver:
        for address, identifier in identifiers.items():
            assert driver.run("state rm", address).returncode == 0
            imported = driver.run("import", address, identifier)
            assert imported.returncode == 0, imported.stderr
    assert stack.plan() == {}
    assert stack.resources()[TARGET]["id"] == "b-completed-notifications"
