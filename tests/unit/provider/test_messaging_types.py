"""Queues, topics and the key that encrypts them."""

from collections.abc import Iterable
from typing import Any

from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

QUEUES = """
resource "aws_kms_key" "k" {
  description             = "a key"
  deletion_window_in_days = 7
  enable_key_rotation     = true
}
resource "aws_kms_alias" "k" {
  name          = "alias/messaging"
  target_key_id = aws_kms_key.k.key_id
}
resource "aws_sqs_queue" "dead" {
  name = "dead"
}
resource "aws_sqs_queue" "q" {
  name                       = "%(name)s"
  kms_master_key_id          = aws_kms_key.k.arn
  visibility_timeout_seconds = %(visibility)d
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 5 })
  tags                       = { Purpose = "test" }
}
resource "aws_sqs_queue_policy" "q" {
  queue_url = aws_sqs_queue.q.url
  policy    = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Topic", Effect = "Allow", Principal = { Service = "sns.amazonaws.com" },
    Action = "sqs:SendMessage", Resource = aws_sqs_queue.q.arn }] })
}
resource "aws_sns_topic" "t" {
  name              = "t"
  kms_master_key_id = aws_kms_key.k.arn
}
resource "aws_sns_topic_policy" "t" {
  arn    = aws_sns_topic.t.arn
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Events", Effect = "Allow", Principal = { Service = "events.amazonaws.com" },
    Action = "sns:Publish", Resource = aws_sns_topic.t.arn }] })
}
resource "aws_sns_topic_subscription" "q" {
  topic_arn            = aws_sns_topic.t.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.q.arn
  raw_message_delivery = true
}
"""


queues = Root(QUEUES, {"name": "q", "visibility": 45})


class TestQueuesAndTopics(Life):
    root = queues
    imported_by = {"aws_sqs_queue.q": "{url}", "aws_sns_topic.t": "{arn}"}
    changes, updated = {"visibility": 60}, ["aws_sqs_queue.q"]
    replaced = [({"name": "other"}, ["aws_sqs_queue.q"])]
    drifted = {"aws_sqs_queue.q": "update"}

    def applied(self, stack: Stack) -> None:
        sqs = stack.client("sqs")
        url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert found["VisibilityTimeout"] == "45"
        assert found["KmsMasterKeyId"] == stack.resources()["aws_kms_key.k"]["arn"]
        assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"Application": "provider-tests", "Purpose": "test"}

    def drift(self, stack: Stack) -> None:
        sqs, url = stack.client("sqs"), stack.resources()["aws_sqs_queue.q"]["url"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "", "VisibilityTimeout": "1"})
        sqs.untag_queue(QueueUrl=url, TagKeys=["Purpose"])

    def left(self, stack: Stack) -> Iterable[Any]:
        yield from stack.client("sqs").list_queues().get("QueueUrls", [])
        yield from stack.client("sns").list_topics()["Topics"]
        yield from stack.client("kms").list_aliases()["Aliases"]


def test_what_was_deleted_behind_terraforms_back_is_made_again(stack: Stack) -> None:
    stack.apply(queues())
    stack.client("sqs").delete_queue(QueueUrl=stack.resources()["aws_sqs_queue.dead"]["url"])
    assert stack.plan()["aws_sqs_queue.dead"] == "create"
