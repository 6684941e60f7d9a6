"""SQS and SNS: queues, topics, subscriptions and their policies. Both services keep attributes in maps of strings."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.provider.engine.aws import Aws, at
from harness.provider.engine.mapping import to_attribute
from harness.provider.engine.resource import Plain, State
from harness.provider.engine.tagging import Tags
from harness.provider.equality import is_unset
from harness.provider.values import Block


@dataclass(frozen=True, kw_only=True)
class _Attributes(Plain):
    """A type whose settings are a map of strings. `settings`: attribute -> key of the map; `write`: the operation that sets them.

    `apart`: attributes that another type or the schema's computed part owns: read only. `one_by_one`: it takes one setting a call.
    """

    settings: Mapping[str, str]
    write: str
    apart: frozenset[str] = frozenset()
    one_by_one: bool = False

    def creation(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        parameters = super().creation(aws, block, planned)
        return {**parameters, "Attributes": self._wanted(planned)}

    def _wanted(self, planned: State) -> dict[str, str]:
        own = {name: key for name, key in self.settings.items() if name not in self.apart}
        return {key: _string(planned[name]) for name, key in own.items() if not is_unset(planned.get(name))}

    def observe(self, aws: Aws, state: State) -> Any:
        more = {"AttributeNames": ["All"]} if self.service == "sqs" else {}
        return aws.call(self.service, self.read, **self.named(state), **more).get("Attributes", {})

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        seen = {name: to_attribute(resource.get(key), block["a"][name][0]) for name, key in self.settings.items()}
        return seen

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        given = {
            self.settings[name]: _string(planned.get(name)) for name in changed & (self.settings.keys() - self.apart)
        }
        if self.one_by_one:
            for key, value in given.items():
                aws.call(self.service, self.write, **self.named(planned), AttributeName=key, AttributeValue=value)
        elif given:
            aws.call(self.service, self.write, **self.named(planned), Attributes=given)


def _string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class _Policy(Plain):
    """A resource policy that is one attribute of its queue or topic: set to be made and changed, emptied to be deleted."""

    holder: str  # operation that reads the holder's attributes
    write: str

    def make(self, aws: Aws, block: Block, planned: State) -> dict[str, Any]:
        self._set(aws, planned, planned["policy"])
        return {**planned, "id": self.identity(planned)}

    def observe(self, aws: Aws, state: State) -> Any:
        more = {"AttributeNames": ["Policy"]} if self.service == "sqs" else {}
        policy = at("Attributes.Policy", aws.call(self.service, self.holder, **self.named(state), **more))
        return {"policy": policy} if policy else None

    def observed(self, aws: Aws, block: Block, state: State, resource: Any) -> dict[str, Any]:
        return dict(resource)

    def modify(self, aws: Aws, block: Block, prior: State, planned: State, changed: set[str]) -> None:
        self._set(aws, planned, planned["policy"])

    def erase(self, aws: Aws, block: Block, state: State) -> None:
        self._set(aws, state, self._nothing(state))

    def _set(self, aws: Aws, state: State, policy: str) -> None:
        if self.service == "sqs":
            aws.call("sqs", self.write, **self.named(state), Attributes={"Policy": policy})
        else:
            aws.call("sns", self.write, **self.named(state), AttributeName="Policy", AttributeValue=policy)

    def _nothing(self, state: State) -> str:
        """No policy: "" for a queue; a topic must have one, so the account's own."""
        if self.service == "sqs":
            return ""
        account = state["arn"].split(":")[4]
        statement = {
            "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": {"AWS": "*"}, "Resource": state["arn"],
            "Action": ["SNS:Publish", "SNS:Subscribe"], "Condition": {"StringEquals": {"AWS:SourceOwner": account}},
        }  # fmt: skip
        return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


_QUEUE_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NonExistentQueue")
_TOPIC_GONE = ("NotFound", "NotFoundException")

TYPES = {
    "aws_sqs_queue": _Attributes(
        service="sqs", create="CreateQueue", read="GetQueueAttributes", write="SetQueueAttributes", delete="DeleteQueue",
        key={"QueueUrl": "url"}, id="{url}", id_parts=r".*/(?P<name>[^/]+)", names={"name": "QueueName", "url": "QueueUrl"},
        settings={
            "arn": "QueueArn", "delay_seconds": "DelaySeconds", "kms_data_key_reuse_period_seconds": "KmsDataKeyReusePeriodSeconds",
            "kms_master_key_id": "KmsMasterKeyId", "max_message_size": "MaximumMessageSize", "policy": "Policy",
            "message_retention_seconds": "MessageRetentionPeriod", "receive_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
            "redrive_allow_policy": "RedriveAllowPolicy", "redrive_policy": "RedrivePolicy",
            "sqs_managed_sse_enabled": "SqsManagedSseEnabled", "visibility_timeout_seconds": "VisibilityTimeout",
        },
        apart=frozenset({"arn", "policy"}),  # policy: aws_sqs_queue_policy has it
        force_new=frozenset({"name", "fifo_queue"}),
        defaults={"max_message_size": 1048576, "message_retention_seconds": 345600, "visibility_timeout_seconds": 30},
        missing=_QUEUE_GONE,
        tags=Tags(create="tags", tag="TagQueue", untag="UntagQueue", read="ListQueueTags", key={"QueueUrl": "url"}, pair=None),
    ),
    "aws_sqs_queue_policy": _Policy(
        service="sqs", create="", holder="GetQueueAttributes", write="SetQueueAttributes", key={"QueueUrl": "queue_url"},
        id="{queue_url}", force_new=frozenset({"queue_url"}), missing=_QUEUE_GONE,
    ),
    "aws_sns_topic": _Attributes(
        service="sns", create="CreateTopic", made_at="", read="GetTopicAttributes", write="SetTopicAttributes", one_by_one=True,
        delete="DeleteTopic", key={"TopicArn": "arn"}, id="{arn}", id_parts=r".*:(?P<name>[^:]+)", names={"arn": "TopicArn"},
        settings={
            "arn": "TopicArn", "delivery_policy": "DeliveryPolicy", "display_name": "DisplayName",
            "kms_master_key_id": "KmsMasterKeyId", "owner": "Owner", "policy": "Policy",
        },
        apart=frozenset({"arn", "owner", "policy"}),
        force_new=frozenset({"name", "fifo_topic"}), missing=_TOPIC_GONE,
        tags=Tags(read="ListTagsForResource"),
    ),
    "aws_sns_topic_policy": _Policy(
        service="sns", create="", holder="GetTopicAttributes", write="SetTopicAttributes", key={"TopicArn": "arn"},
        id="{arn}", force_new=frozenset({"arn"}), missing=_TOPIC_GONE,
    ),
    "aws_sns_topic_subscription": _Attributes(
        service="sns", create="Subscribe", made_at="", fixed={"ReturnSubscriptionArn": True}, read="GetSubscriptionAttributes",
        write="SetSubscriptionAttributes", one_by_one=True, delete="Unsubscribe", key={"SubscriptionArn": "arn"}, id="{arn}",
        names={"arn": "SubscriptionArn"},
        settings={
            "arn": "SubscriptionArn", "endpoint": "Endpoint", "filter_policy": "FilterPolicy", "owner_id": "Owner",
            "protocol": "Protocol", "raw_message_delivery": "RawMessageDelivery", "redrive_policy": "RedrivePolicy",
            "topic_arn": "TopicArn",
        },
        apart=frozenset({"arn", "owner_id", "endpoint", "protocol", "topic_arn"}),
        force_new=frozenset({"endpoint", "protocol", "topic_arn"}), missing=_TOPIC_GONE,
    ),
}  # fmt: skip
