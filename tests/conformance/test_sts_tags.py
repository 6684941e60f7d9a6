"""Session tags: what they allow, what is refused of them, and roles that are none."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.principals import Keys
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, account, new_name, policy
from tests.conformance.principals import await_allowed, await_denied, new_user
from tests.conformance.refusing import refusal

pytestmark = scenario(service="sts", lane="security", feature="session tags", aws="sts:AssumeRole")
INVALID = ("InvalidParameterValue", 400)
TAG = {"Key": "Desk", "Value": "tax"}
BOTH = ["sts:AssumeRole", "sts:TagSession"]


@pytest.fixture(scope="module")
def roles(aws: AwsClients, module_cleanup: Cleanup) -> list[str]:
    """Two roles that trust the account with tags; the first may assume the second, and list queues where its desk is tax."""
    iam, made = aws.client("iam"), [new_name() for _ in range(2)]
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account(aws)}:root"}, "Action": BOTH}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arns = [str(iam.create_role(RoleName=one, AssumeRolePolicyDocument=document)["Role"]["Arn"]) for one in made]
    for one in made:
        module_cleanup(iam.delete_role, RoleName=one)
    tagged = {"Action": "sqs:ListQueues", "Condition": {"StringEquals": {"aws:PrincipalTag/Desk": "tax"}}}
    own = policy({"Action": BOTH, "Resource": arns[1]}, tagged)
    iam.put_role_policy(RoleName=made[0], PolicyName="own", PolicyDocument=own)
    module_cleanup(iam.delete_role_policy, RoleName=made[0], PolicyName="own")
    return arns


@pytest.fixture(scope="module")
def sts(aws: AwsClients, module_cleanup: Cleanup, roles: list[str]) -> Any:
    """The client of a user who may assume both roles with tags."""
    return aws.client("sts", **new_user(aws, new_name(), module_cleanup, {"Action": BOTH, "Resource": roles}))


def _asked(role: str, *tags: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"RoleArn": role, "RoleSessionName": "scenario", **({"Tags": list(tags)} if tags else {}), **more}


def _keys(sts: Any, asked: dict[str, Any]) -> Keys:
    await_allowed(sts.assume_role, **asked)
    given = sts.assume_role(**asked)["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@scenario("sts.tags.allow")
def test_a_session_with_a_tag_may_what_policies_allow_the_tag(aws: AwsClients, sts: Any, roles: list[str]) -> None:
    await_allowed(aws.client("sqs", **_keys(sts, _asked(roles[0], TAG))).list_queues)
    await_denied(aws.client("sqs", **_keys(sts, _asked(roles[0]))).list_queues)


@scenario("sts.tags.other-value")
def test_a_session_with_another_value_of_the_tag_may_not(aws: AwsClients, sts: Any, roles: list[str]) -> None:
    await_denied(aws.client("sqs", **_keys(sts, _asked(roles[0], TAG | {"Value": "cash"}))).list_queues)


@scenario("sts.tags.transitive-unknown")
def test_a_transitive_key_that_no_tag_has_is_refused(sts: Any, roles: list[str]) -> None:
    await_allowed(sts.assume_role, **_asked(roles[0], TAG))
    assert refusal(sts.assume_role, **_asked(roles[0], TAG, TransitiveTagKeys=["Other"])) == INVALID


@scenario("sts.tags.transitive-case")
def test_a_transitive_key_is_found_in_any_case(sts: Any, roles: list[str]) -> None:
    await_allowed(sts.assume_role, **_asked(roles[0], TAG))
    assert refusal(sts.assume_role, **_asked(roles[0], TAG, TransitiveTagKeys=["desk"])) is None


@scenario("sts.tags.twice")
def test_two_tags_whose_keys_differ_in_case_only_are_refused(sts: Any, roles: list[str]) -> None:
    await_allowed(sts.assume_role, **_asked(roles[0], TAG))
    assert refusal(sts.assume_role, **_asked(roles[0], TAG, {"Key": "desk", "Value": "cash"})) == INVALID


@scenario("sts.tags.transitive-kept")
@pytest.mark.parametrize("key", ["Desk", "desk"])
def test_a_transitive_tag_is_not_set_again_by_the_next_role(
    aws: AwsClients, sts: Any, roles: list[str], key: str
) -> None:
    chained = aws.client("sts", **_keys(sts, _asked(roles[0], TAG, TransitiveTagKeys=["Desk"])))
    await_allowed(chained.assume_role, **_asked(roles[1]))
    assert refusal(chained.assume_role, **_asked(roles[1], {"Key": key, "Value": "cash"})) == INVALID


WRONG_ROLES = {
    "no-arn": "nothing-valid-in-here",
    "no-partition": "arn::b:::something/test-role",
    "no-service": "arn:a::::something/test-role",
    "colons": "arn:a:::something/test-role",
}


@scenario("sts.validation.role", feature="error codes")
@pytest.mark.parametrize("role", WRONG_ROLES.values(), ids=WRONG_ROLES)
def test_a_role_that_is_no_arn_is_refused(aws: AwsClients, role: str) -> None:
    expected = ("ValidationError", 400)
    assert refusal(aws.client("sts").assume_role, RoleArn=role, RoleSessionName="Session1") == expected
