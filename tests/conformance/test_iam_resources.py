"""IAM's resources: roles, users and policies, what they must be, and how a wrong request is refused."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer
from harness.scenarios.scenario import scenario
from tests.conformance import makers
from tests.conformance.makers import Cleanup, policy
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="iam", lane="control plane")


@pytest.fixture
def role(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    makers.a_role(aws, name, cleanup, "lambda", Description="conformance", Tags=[{"Key": "owner", "Value": name}])
    return name


@scenario("iam.roles.exists", feature="error codes", aws="iam:CreateRole")
def test_a_roles_name_is_given_once(iam: Any, role: str) -> None:
    trust = json.dumps(iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
    assert refusal(iam.create_role, RoleName=role, AssumeRolePolicyDocument=trust) == ("EntityAlreadyExists", 409)


@scenario("iam.roles.not-found", feature="error codes")
@each_operation("iam", "get_role", "delete_role", "list_role_policies", "list_role_tags")
def test_a_role_that_is_not_there_is_no_entity(iam: Any, name: str, operation: str) -> None:
    assert refusal(getattr(iam, operation), RoleName=name) == ("NoSuchEntity", 404)


@scenario("iam.roles.malformed-trust", feature="validation", aws="iam:CreateRole")
@pytest.mark.parametrize(
    "document", ["no JSON", '{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}'], ids=["text", "effect"]
)
def test_a_trust_policy_that_is_no_policy_is_refused(iam: Any, name: str, cleanup: Cleanup, document: str) -> None:
    cleanup(iam.delete_role, RoleName=name)
    refused = refusal(iam.create_role, RoleName=name, AssumeRolePolicyDocument=document)
    assert refused == ("MalformedPolicyDocument", 400)


@scenario("iam.roles.malformed-policy", feature="validation", aws="iam:PutRolePolicy")
def test_an_inline_policy_that_is_no_policy_is_refused(iam: Any, role: str, cleanup: Cleanup) -> None:
    cleanup(iam.delete_role_policy, RoleName=role, PolicyName="x")
    refused = refusal(iam.put_role_policy, RoleName=role, PolicyName="x", PolicyDocument="no JSON")
    assert refused == ("MalformedPolicyDocument", 400)


@scenario("iam.roles.conflict", feature="deletion", aws="iam:DeleteRole")
def test_a_role_with_a_policy_is_not_deleted(iam: Any, role: str, cleanup: Cleanup) -> None:
    iam.put_role_policy(RoleName=role, PolicyName="x", PolicyDocument=policy({"Action": "sqs:ListQueues"}))
    cleanup(iam.delete_role_policy, RoleName=role, PolicyName="x")
    await_answer(["x"], lambda: iam.list_role_policies(RoleName=role)["PolicyNames"])
    assert refusal(iam.delete_role, RoleName=role) == ("DeleteConflict", 409)
    assert iam.get_role(RoleName=role)["Role"]["RoleName"] == role


@scenario("iam.roles.updated", feature="updates", aws="iam:UpdateAssumeRolePolicy")
def test_another_trust_policy_leaves_policies_description_and_tags_as_they_were(
    iam: Any, role: str, cleanup: Cleanup
) -> None:
    iam.put_role_policy(RoleName=role, PolicyName="x", PolicyDocument=policy({"Action": "sqs:ListQueues"}))
    cleanup(iam.delete_role_policy, RoleName=role, PolicyName="x")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))
    await_answer(document, lambda: iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])
    found = iam.get_role(RoleName=role)["Role"]
    assert (found["Description"], found["Tags"]) == ("conformance", [{"Key": "owner", "Value": role}])
    assert iam.list_role_policies(RoleName=role)["PolicyNames"] == ["x"]


@scenario("iam.roles.session-duration", feature="updates", aws="iam:UpdateRole")
def test_a_roles_longest_session_is_changed_and_its_description_stays(iam: Any, role: str) -> None:
    assert iam.get_role(RoleName=role)["Role"]["MaxSessionDuration"] == 3600
    iam.update_role(RoleName=role, MaxSessionDuration=7200)
    await_answer(7200, lambda: iam.get_role(RoleName=role)["Role"]["MaxSessionDuration"])
    assert iam.get_role(RoleName=role)["Role"]["Description"] == "conformance"


@scenario("iam.policies.versions", feature="versions of a managed policy", aws="iam:CreatePolicyVersion")
def test_a_managed_policy_has_at_most_five_versions(iam: Any, name: str, cleanup: Cleanup) -> None:
    arn = iam.create_policy(PolicyName=name, PolicyDocument=policy({"Action": "sqs:ListQueues"}))["Policy"]["Arn"]
    cleanup(iam.delete_policy, PolicyArn=arn)
    for number in range(2, 6):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy({"Action": "sns:ListTopics"}))
        cleanup(iam.delete_policy_version, PolicyArn=arn, VersionId=f"v{number}")
    refused = refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=policy({"Action": "kms:ListKeys"}))
    assert refused == ("LimitExceeded", 409)


@scenario("iam.policies.in-use", feature="deletion", aws="iam:DeletePolicy")
def test_a_managed_policy_in_use_is_not_deleted_nor_is_its_default_version(
    iam: Any, role: str, cleanup: Cleanup
) -> None:
    arn = iam.create_policy(PolicyName=role, PolicyDocument=policy({"Action": "sqs:ListQueues"}))["Policy"]["Arn"]
    cleanup(iam.delete_policy, PolicyArn=arn)
    iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    cleanup(iam.detach_role_policy, RoleName=role, PolicyArn=arn)
    await_answer(
        [arn],
        lambda: [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]],
    )
    assert refusal(iam.delete_policy, PolicyArn=arn) == ("DeleteConflict", 409)
    assert refusal(iam.delete_policy_version, PolicyArn=arn, VersionId="v1") == ("DeleteConflict", 409)


@scenario("iam.users.two-keys", feature="access keys", aws="iam-guide:reference_iam-quotas")
def test_a_user_has_at_most_two_access_keys(aws: AwsClients, iam: Any, name: str, cleanup: Cleanup) -> None:
    makers.a_user(aws, name, cleanup)

    def remove_keys() -> None:
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])

    cleanup(remove_keys)
    made = sorted(iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"] for _ in range(2))
    await_answer(
        made, lambda: sorted(key["AccessKeyId"] for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"])
    )
    assert refusal(iam.create_access_key, UserName=name) == ("LimitExceeded", 409)


@scenario("iam.simulation.principal", lane="security", feature="policy simulation", aws="iam:SimulatePrincipalPolicy")
@pytest.mark.parametrize(
    ("action", "expected"), [("sqs:ListQueues", "allowed"), ("sqs:DeleteQueue", "explicitDeny"), ("kms:ListKeys", "implicitDeny")]
)  # fmt: skip
def test_a_simulation_tells_an_allow_from_both_kinds_of_deny(
    aws: AwsClients, iam: Any, role: str, cleanup: Cleanup, action: str, expected: str
) -> None:
    document = policy({"Action": "sqs:*"}, {"Effect": "Deny", "Action": "sqs:Delete*"})
    iam.put_role_policy(RoleName=role, PolicyName="x", PolicyDocument=document)
    cleanup(iam.delete_role_policy, RoleName=role, PolicyName="x")
    arn = iam.get_role(RoleName=role)["Role"]["Arn"]
    ask = {"PolicySourceArn": arn, "ActionNames": [action]}

    def decisions() -> list[tuple[str, str]]:
        results = iam.simulate_principal_policy(**ask)["EvaluationResults"]
        return [(found["EvalActionName"], found["EvalDecision"]) for found in results]

    await_answer([(action, expected)], decisions)
