"""Queues, topics and the key that encrypts them: made, read back, changed, replaced, drifted, destroyed by Terraform."""

from tests.unit.provider.conftest import Stack

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


def queues(name: str = "q", visibility: int = 45) -> str:
    return QUEUES % {"name": name, "visibility": visibility}


def test_what_was_applied_is_there_and_a_second_plan_has_no_changes(stack: Stack) -> None:
    assert set(stack.apply(queues()).values()) == {"create"}
    assert stack.plan() == {}
    sqs = stack.client("sqs")
    url = sqs.get_queue_url(QueueName="q")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "45"
    assert found["KmsMasterKeyId"] == stack.resources()["aws_kms_key.k"]["arn"]
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"Application": "provider-tests", "Purpose": "test"}


def test_a_change_updates_in_place_and_a_new_name_replaces(stack: Stack) -> None:
    stack.apply(queues())
    assert stack.plan(queues(visibility=60)) == {"aws_sqs_queue.q": "update"}
    assert stack.apply(queues(visibility=60)) == {"aws_sqs_queue.q": "update"}
    assert stack.plan() == {}
    assert stack.plan(queues(name="other", visibility=60))["aws_sqs_queue.q"] == "replace"


def test_what_was_changed_behind_terraforms_back_shows_in_the_plan(stack: Stack) -> None:
    stack.apply(queues())
    sqs, url = stack.client("sqs"), stack.resources()["aws_sqs_queue.q"]["url"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "", "VisibilityTimeout": "1"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["Purpose"])
    assert stack.plan() == {"aws_sqs_queue.q": "update"}
    stack.apply(queues())
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"]["Purpose"] == "test"
    assert stack.plan() == {}


def test_what_was_deleted_behind_terraforms_back_is_made_again(stack: Stack) -> None:
    stack.apply(queues())
    stack.client("sqs").delete_queue(QueueUrl=stack.resources()["aws_sqs_queue.dead"]["url"])
    assert stack.plan()["aws_sqs_queue.dead"] == "create"


def test_after_destroy_nothing_is_left(stack: Stack) -> None:
    stack.apply(queues())
    stack.destroy()
    assert stack.client("sqs").list_queues().get("QueueUrls", []) == []
    assert stack.client("sns").list_topics()["Topics"] == []
    assert stack.client("kms").list_aliases()["Aliases"] == []


def test_a_queue_and_a_topic_are_imported_by_their_ids(stack: Stack) -> None:
    stack.apply(queues())
    url, arn = (stack.resources()[address]["id"] for address in ("aws_sqs_queue.q", "aws_sns_topic.t"))
    with stack.driver() as driver:
        for address, identifier in (("aws_sqs_queue.q", url), ("aws_sns_topic.t", arn)):
            assert driver.run("state rm", address).returncode == 0
            imported = driver.run("import", address, identifier)
            assert imported.returncode == 0, imported.stderr
    assert stack.plan() == {}
