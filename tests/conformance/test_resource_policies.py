"""Resource policies are kept to: an explicit denial holds against everybody, and ends when the policy goes."""

from collections.abc import Callable
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import SOON, wait_for
from harness.principals import DENIED
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, a_queue, a_topic, new_name, policy, queue_arn
from tests.conformance.principals import await_allowed
from tests.conformance.refusing import refusal

pytestmark = scenario(
    service="iam", lane="security", feature="resource policies", aws="iam-guide:reference_policies_evaluation-logic"
)

FORBIDDEN = tuple((code, 403) for code in DENIED)


def await_forbidden(call: Callable[..., Any], **arguments: Any) -> None:
    """Wait until the call is refused as one that a policy denies."""
    wait_for("refused by a policy", lambda: refusal(call, **arguments), FORBIDDEN.__contains__, SOON)


def _denying(action: str, resource: str, **condition: Any) -> str:
    return policy(
        {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, **condition}
    )


@scenario("sqs.policy.denied", service="sqs")
def test_a_queue_policy_keeps_messages_out_until_it_is_removed(aws: AwsClients, cleanup: Cleanup, sqs: Any) -> None:
    url = a_queue(aws, new_name(), cleanup)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _denying("sqs:SendMessage", queue_arn(aws, url))})
    await_forbidden(sqs.send_message, QueueUrl=url, MessageBody="{}")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    await_allowed(sqs.send_message, QueueUrl=url, MessageBody="{}")


@scenario("sns.policy.denied", service="sns")
def test_a_topic_policy_keeps_messages_out(aws: AwsClients, cleanup: Cleanup, sns: Any) -> None:
    arn = a_topic(aws, new_name(), cleanup)
    await_allowed(sns.publish, TopicArn=arn, Message="{}")
    denied = _denying("sns:Publish", arn)
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=denied)
    await_forbidden(sns.publish, TopicArn=arn, Message="{}")


@scenario("s3.policy.denied", service="s3")
def test_a_bucket_policy_protects_what_is_under_a_prefix(aws: AwsClients, cleanup: Cleanup, s3: Any) -> None:
    name = a_bucket(aws, new_name(), cleanup)
    s3.put_bucket_policy(Bucket=name, Policy=_denying("s3:PutObject", f"arn:aws:s3:::{name}/closed/*"))
    await_allowed(s3.put_object, Bucket=name, Key="open/k", Body=b"x")
    await_forbidden(s3.put_object, Bucket=name, Key="closed/k", Body=b"x")


@scenario("s3.policy.deny-insecure", service="s3", aws="s3-guide:example-bucket-policies")
def test_a_policy_that_wants_tls_refuses_whoever_comes_without(aws: AwsClients, cleanup: Cleanup) -> None:
    s3, without_tls = aws.client("s3"), str(aws.endpoint("s3")).startswith("http:")
    name = a_bucket(aws, new_name(), cleanup)
    insecure = {"Condition": {"Bool": {"aws:SecureTransport": "false" if without_tls else "true"}}}
    s3.put_bucket_policy(Bucket=name, Policy=_denying("s3:PutObject", f"arn:aws:s3:::{name}/*", **insecure))
    await_forbidden(s3.put_object, Bucket=name, Key="k", Body=b"x")
    other = {"Condition": {"Bool": {"aws:SecureTransport": "true" if without_tls else "false"}}}
    s3.put_bucket_policy(Bucket=name, Policy=_denying("s3:PutObject", f"arn:aws:s3:::{name}/*", **other))
    await_allowed(s3.put_object, Bucket=name, Key="k", Body=b"x")
