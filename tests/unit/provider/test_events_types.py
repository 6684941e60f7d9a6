"""Buses, rules and targets."""

import json
from collections.abc import Iterable
from typing import Any

from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

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
events = Root(EVENTS, {
    "bus": "b", "key": "kms_key_identifier = aws_kms_key.k.arn", "description": 'description = "Entitlements"', "rule": "Every one",
    "source": "asset-servicing", "dead_letters": "dead_letter_config {\n arn = aws_sqs_queue.q.arn\n }", "attempts": 10,
})  # fmt: skip
BUS, NIGHTLY = "aws_cloudwatch_event_bus.b", "aws_cloudwatch_event_rule.nightly"
RULE, TARGET = "aws_cloudwatch_event_rule.r", "aws_cloudwatch_event_target.t"


class TestEvents(Life):
    root = events
    named = {
        BUS: {"id": "b"},
        RULE: {"id": "b/completed", "arn": "arn:aws:events:us-east-1:000000000000:rule/b/completed"},
        TARGET: {"id": "b-completed-notifications"},
        NIGHTLY: {"id": "{name}"},
        "aws_cloudwatch_event_target.nightly": {"id": "{rule}-{target_id}"},
    }
    imported_by = {BUS: "b", RULE: "b/completed", TARGET: "b/completed/notifications"}
    changes = {"key": "", "description": "", "rule": "", "source": "other", "dead_letters": "", "attempts": 0}
    updated = [BUS, RULE, TARGET]
    drifted = {BUS: "update", RULE: "update", TARGET: "update", "aws_cloudwatch_event_target.nightly": "create"}

    def applied(self, stack: Stack) -> None:
        client, made = stack.client("events"), stack.resources()
        bus, rule = client.describe_event_bus(Name="b"), client.describe_rule(Name="completed", EventBusName="b")
        assert (bus["Description"], bus["KmsKeyIdentifier"]) == ("Entitlements", made["aws_kms_key.k"]["arn"])
        assert {"Key": "Purpose", "Value": "test"} in client.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"]
        assert (json.loads(rule["EventPattern"])["source"], rule["State"]) == (["asset-servicing"], "ENABLED")
        queue, name = made["aws_sqs_queue.q"]["arn"], made[NIGHTLY]["name"]
        assert client.list_targets_by_rule(Rule="completed", EventBusName="b")["Targets"] == [
            {
                "Id": "notifications",
                "Arn": queue,
                "RoleArn": "arn:aws:iam::000000000000:role/events",
                "DeadLetterConfig": {"Arn": queue},
                "RetryPolicy": {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 10},
            }
        ]
        assert name.startswith("terraform-")
        [nightly] = client.list_targets_by_rule(Rule=name)["Targets"]
        assert nightly["InputTransformer"] == {"InputPathsMap": {"when": "$.time"}, "InputTemplate": '"<when>"'}

    def changed(self, stack: Stack) -> None:
        client = stack.client("events")
        bus, rule = client.describe_event_bus(Name="b"), client.describe_rule(Name="completed", EventBusName="b")
        assert (bus.get("Description"), bus.get("KmsKeyIdentifier"), rule.get("Description")) == ("", "", None)
        assert json.loads(rule["EventPattern"])["source"] == ["other"]
        [target] = client.list_targets_by_rule(Rule="completed", EventBusName="b")["Targets"]
        assert "DeadLetterConfig" not in target
        assert target["RetryPolicy"]["MaximumRetryAttempts"] == 0

    def drift(self, stack: Stack) -> None:
        client, made = stack.client("events"), stack.resources()
        queue, target = made["aws_sqs_queue.q"]["arn"], made["aws_cloudwatch_event_target.nightly"]["target_id"]
        client.update_event_bus(Name="b", KmsKeyIdentifier="")
        client.disable_rule(Name="completed", EventBusName="b")
        client.put_targets(Rule="completed", EventBusName="b", Targets=[{"Id": "notifications", "Arn": queue}])
        client.remove_targets(Rule=made[NIGHTLY]["name"], Ids=[target])

    def left(self, stack: Stack) -> Iterable[Any]:
        client, queue = stack.client("events"), "arn:aws:sqs:us-east-1:000000000000:events"
        yield from (each for each in client.list_event_buses()["EventBuses"] if each["Name"] != "default")
        yield from client.list_rules()["Rules"]
        yield from client.list_rule_names_by_target(TargetArn=queue)["RuleNames"]


def test_the_older_word_disables_a_rule_and_a_new_bus_replaces_everything_on_it(stack: Stack) -> None:
    disabled = Root(EVENTS.replace('"rate(1 day)"', '"rate(1 day)"\n is_enabled = false'), events.usual)
    stack.apply(disabled())
    assert stack.plan() == {}
    name = stack.resources()["aws_cloudwatch_event_rule.nightly"]["name"]
    assert stack.client("events").describe_rule(Name=name)["State"] == "DISABLED"
    assert stack.plan(disabled(bus="other")) == {
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
