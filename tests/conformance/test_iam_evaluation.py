"""IAM's decision: what identity policies, conditions and boundaries let a user do to a queue, asked by the user's own calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, Statement, a_queue, new_name, policy, queue_arn
from tests.conformance.principals import await_allowed, await_denied, new_user
from tests.conformance.refusing import refusal

pytestmark = scenario(service="iam", lane="security", aws="iam-guide:reference_policies_evaluation-logic")
READ = "sqs:GetQueueAttributes"
INACTIVE = (("InvalidClientTokenId", 403), ("UnrecognizedClientException", 403))
"""Services name an access key that is not active by either code, and no recording shows which SQS does."""


@dataclass(frozen=True)
class Queue:
    url: str
    arn: str


@pytest.fixture
def queue(aws: AwsClients, name: str, cleanup: Cleanup) -> Queue:
    url = a_queue(aws, name, cleanup)
    return Queue(url, queue_arn(aws, url))


@dataclass(frozen=True)
class Caller:
    """A user's client, and the queue that it is tried on."""

    sqs: Any
    queue: Queue

    def may_read(self) -> None:
        await_allowed(self.sqs.get_queue_attributes, QueueUrl=self.queue.url, AttributeNames=["QueueArn"])

    def may_not_read(self) -> None:
        await_denied(self.sqs.get_queue_attributes, QueueUrl=self.queue.url, AttributeNames=["QueueArn"])

    def may_not_tag(self) -> None:
        await_denied(self.sqs.tag_queue, QueueUrl=self.queue.url, Tags={"a": "b"})


Make = Callable[..., Caller]


@pytest.fixture(scope="module")
def shared_user(aws: AwsClients, module_cleanup: Cleanup) -> tuple[str, Any]:
    """The name of a user whose inline policy each scenario replaces, and its client: making one for each takes long."""
    name = new_name()
    return name, aws.client("sqs", **new_user(aws, name, module_cleanup, {"Action": "sts:GetCallerIdentity"}))


@pytest.fixture
def caller(aws: AwsClients, queue: Queue, shared_user: tuple[str, Any]) -> Make:
    """The shared user, now with these statements about this scenario's queue."""

    def make(*statements: Statement) -> Caller:
        user, sqs = shared_user
        aws.client("iam").put_user_policy(UserName=user, PolicyName="scenario", PolicyDocument=policy(*statements))
        return Caller(sqs, queue)

    return make


@pytest.fixture
def own_caller(aws: AwsClients, queue: Queue, name: str, cleanup: Cleanup) -> Make:
    """A user of the scenario's name with these statements."""
    return lambda *statements, **user: Caller(
        aws.client("sqs", **new_user(aws, name, cleanup, *statements, **user)), queue
    )


@scenario("iam.evaluation.implicit-deny", feature="implicit deny")
def test_what_no_statement_allows_is_denied(caller: Make) -> None:
    user = caller({"Action": "sqs:GetQueueUrl"})
    user.may_not_read()


@scenario("iam.evaluation.explicit-deny", feature="explicit deny")
def test_a_deny_wins_over_an_allow(caller: Make, queue: Queue) -> None:
    user = caller({"Action": "sqs:*"}, {"Effect": "Deny", "Action": READ, "Resource": queue.arn})
    user.may_not_read()
    await_allowed(user.sqs.list_queue_tags, QueueUrl=queue.url)


@scenario(
    "iam.evaluation.resource", feature="resources of a statement", aws="iam-guide:reference_policies_elements_resource"
)
@pytest.mark.parametrize(
    ("suffix", "allowed"), [("", True), ("-other", False), ("*", True)], ids=["own", "other", "pattern"]
)
def test_an_allow_holds_for_the_resources_that_it_names(caller: Make, queue: Queue, suffix: str, allowed: bool) -> None:
    user = caller({"Action": READ, "Resource": f"{queue.arn}{suffix}"})
    (user.may_read if allowed else user.may_not_read)()


@scenario(
    "iam.evaluation.action-pattern",
    feature="actions of a statement",
    aws="iam-guide:reference_policies_elements_action",
)
def test_a_pattern_of_actions_allows_what_it_matches_in_any_case_and_nothing_else(caller: Make) -> None:
    user = caller({"Action": "sqs:getqueue?ttributes*"})
    user.may_read()
    user.may_not_tag()


@scenario("iam.evaluation.not-action", feature="NotAction", aws="iam-guide:reference_policies_elements_notaction")
def test_not_action_allows_all_but_what_it_names(caller: Make) -> None:
    user = caller({"NotAction": "sqs:Tag*"})
    user.may_read()
    user.may_not_tag()


@scenario("iam.evaluation.not-resource", feature="NotResource", aws="iam-guide:reference_policies_elements_notresource")
def test_a_deny_of_all_but_one_resource_leaves_that_one(
    aws: AwsClients, caller: Make, queue: Queue, name: str, cleanup: Cleanup
) -> None:
    other = a_queue(aws, f"{name}-other", cleanup)
    user = caller({"Action": READ}, {"Effect": "Deny", "Action": READ, "NotResource": queue.arn})
    user.may_read()
    await_denied(user.sqs.get_queue_attributes, QueueUrl=other, AttributeNames=["QueueArn"])


CASES: dict[str, tuple[Statement, bool]] = {
    "source-ip elsewhere": ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, False),
    "source-ip not elsewhere": ({"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True),
    "before a time past": ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
    "after a time past": ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
    "another user's name": ({"StringEquals": {"aws:username": "somebody-else"}}, False),
    "a name by pattern": ({"StringLike": {"aws:username": "conformance-*"}}, True),
    "a name not equal": ({"StringNotEquals": {"aws:username": "somebody-else"}}, True),
    "case ignored": ({"StringEqualsIgnoreCase": {"aws:PrincipalType": "USER"}}, True),
    "a key that is absent": ({"StringEquals": {"aws:PrincipalTag/desk": "tax"}}, False),
    "if it exists": ({"StringEqualsIfExists": {"aws:PrincipalTag/desk": "tax"}}, True),
    "absent by null": ({"Null": {"aws:PrincipalTag/desk": "true"}}, True),
    "present by null": ({"Null": {"aws:PrincipalTag/desk": "false"}}, False),
    "both of two operators": (
        {"StringLike": {"aws:username": "conformance-*"}, "IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        False,
    ),
    "one of two values": ({"StringLike": {"aws:username": ["nobody", "conformance-*"]}}, True),
}
CONDITION_LOGIC = ("both of two operators", "one of two values")
MORE_THAN_ONE = scenario(aws="iam-guide:reference_policies_condition-logic-multiple-context-keys-or-values")


@scenario(
    "iam.conditions.operators",
    feature="condition operators",
    aws="iam-guide:reference_policies_elements_condition_operators",
)
@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=MORE_THAN_ONE if case in CONDITION_LOGIC else ()) for case in CASES]
)
def test_a_condition_that_does_not_hold_takes_the_allow_away(caller: Make, case: str) -> None:
    condition, allowed = CASES[case]
    user = caller({"Action": READ, "Condition": condition})
    (user.may_read if allowed else user.may_not_read)()


@scenario(
    "iam.conditions.deny",
    feature="condition operators",
    aws="iam-guide:reference_policies_elements_condition_operators",
)
def test_a_deny_whose_condition_does_not_hold_denies_nothing(caller: Make) -> None:
    held_off = {"Effect": "Deny", "Action": READ, "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    caller({"Action": READ}, held_off).may_read()


@scenario("iam.conditions.principal-tag", feature="attribute-based access control", aws="iam-guide:access_iam-tags")
@pytest.mark.parametrize(("desk", "allowed"), [("tax", True), ("cash", False)])
def test_a_tag_of_the_user_decides(own_caller: Make, desk: str, allowed: bool) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/desk": "tax"}}
    user = own_caller({"Action": READ, "Condition": condition}, Tags=[{"Key": "desk", "Value": desk}])
    (user.may_read if allowed else user.may_not_read)()


@scenario("iam.conditions.variable", feature="policy variables", aws="iam-guide:reference_policies_variables")
def test_a_variable_in_a_resource_stands_for_the_callers_name(own_caller: Make, queue: Queue, name: str) -> None:
    user = own_caller({"Action": READ, "Resource": queue.arn.replace(name, "${aws:username}")})
    user.may_read()


@scenario("iam.boundaries.limit", feature="permissions boundaries", aws="iam-guide:access_policies_boundaries")
def test_a_boundary_allows_nothing_and_limits_what_is_allowed(
    own_caller: Make, iam: Any, name: str, cleanup: Cleanup
) -> None:
    boundary = iam.create_policy(PolicyName=name, PolicyDocument=policy({"Action": [READ, "sqs:ListQueueTags"]}))[
        "Policy"
    ]["Arn"]
    cleanup(iam.delete_policy, PolicyArn=boundary)
    user = own_caller({"Action": [READ, "sqs:TagQueue"]}, PermissionsBoundary=boundary)
    user.may_read()
    user.may_not_tag()
    await_denied(user.sqs.list_queue_tags, QueueUrl=user.queue.url)


@scenario(
    "iam.policies.version", feature="versions of a managed policy", aws="iam-guide:access_policies_managed-versioning"
)
def test_the_default_version_of_a_managed_policy_is_what_holds(
    own_caller: Make, iam: Any, name: str, cleanup: Cleanup
) -> None:
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy({"Action": READ}))["Policy"]["Arn"]
    cleanup(iam.delete_policy, PolicyArn=arn)
    user = own_caller()
    iam.attach_user_policy(UserName=name, PolicyArn=arn)
    cleanup(iam.detach_user_policy, UserName=name, PolicyArn=arn)
    user.may_read()
    version = iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=policy({"Action": "sqs:ListQueueTags"}), SetAsDefault=True
    )
    cleanup(iam.delete_policy_version, PolicyArn=arn, VersionId="v1")
    assert version["PolicyVersion"]["VersionId"] == "v2"
    user.may_not_read()


@scenario("iam.policies.taken-away", feature="inline policies", aws="iam:DeleteUserPolicy")
def test_a_policy_that_is_taken_away_allows_nothing_more(own_caller: Make, aws: AwsClients, name: str) -> None:
    user = own_caller({"Action": READ})
    user.may_read()
    aws.client("iam").delete_user_policy(UserName=name, PolicyName="scenario")
    user.may_not_read()


@scenario("iam.groups.policy", feature="groups", aws="iam-guide:id_groups")
def test_a_user_has_the_rights_of_its_group_while_it_is_in_it(
    own_caller: Make, aws: AwsClients, name: str, cleanup: Cleanup
) -> None:
    iam, user = aws.client("iam"), own_caller()
    iam.create_group(GroupName=name)
    cleanup(iam.delete_group, GroupName=name)
    iam.put_group_policy(GroupName=name, PolicyName="scenario", PolicyDocument=policy({"Action": READ}))
    cleanup(iam.delete_group_policy, GroupName=name, PolicyName="scenario")
    iam.add_user_to_group(GroupName=name, UserName=name)
    user.may_read()
    iam.remove_user_from_group(GroupName=name, UserName=name)
    user.may_not_read()


@scenario("iam.access-keys.inactive", feature="access keys", aws="iam:UpdateAccessKey")
def test_an_inactive_access_key_opens_nothing(own_caller: Make, aws: AwsClients, name: str) -> None:
    iam, user = aws.client("iam"), own_caller({"Action": READ})
    user.may_read()
    [key] = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    iam.update_access_key(UserName=name, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    asked = {"QueueUrl": user.queue.url, "AttributeNames": ["QueueArn"]}
    wait_for("the key is refused", lambda: refusal(user.sqs.get_queue_attributes, **asked), INACTIVE.__contains__)
