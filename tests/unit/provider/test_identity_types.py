"""Roles and policies."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

import pytest

from harness.failure import HarnessError
from harness.provider.engine.aws import Aws
from harness.provider.schema.provider_schema import load
from harness.provider.types.identity import TYPES
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

IDENTITY = """
locals {
  trust = {
    Version   = "2012-10-17"
    Statement = [{ Sid = "Assumed", Effect = "Allow", Principal = { Service = ["%(service)s.amazonaws.com"] }, Action = "sts:AssumeRole" }]
  }
  scope = {
    Version   = "2012-10-17"
    Statement = [{ Sid = "Scope", Effect = "Allow", Action = ["s3:%(action)s"], Resource = "arn:aws:s3:::a/*" }]
  }
}
resource "aws_iam_role" "r" {
  name                  = "%(role)s"
  path                  = "/types/"
  description           = "%(description)s"
  max_session_duration  = 7200
  force_detach_policies = %(detach)s
  permissions_boundary  = %(boundary)s
  assume_role_policy    = jsonencode(local.trust)
  tags                  = { Purpose = "test" }
}
resource "aws_iam_role_policy" "p" {
  name   = "scope"
  role   = aws_iam_role.r.id
  policy = jsonencode(local.scope)
}
resource "aws_iam_policy" "p" {
  name        = "types-p"
  description = "a policy"
  policy      = jsonencode(local.scope)
  tags        = { Purpose = "test" }
}
resource "aws_iam_role_policy_attachment" "a" {
  role       = aws_iam_role.r.name
  policy_arn = aws_iam_policy.p.arn
}
"""
BOUNDARY = '"arn:aws:iam::aws:policy/ReadOnlyAccess"'
POLICY = "arn:aws:iam::000000000000:policy/types-p"
ROLE, INLINE = "aws_iam_role.r", "aws_iam_role_policy.p"
DOCUMENTS = (ROLE, INLINE, "aws_iam_policy.p")
identity = Root(IDENTITY, {
    "role": "types-r", "description": "a role", "boundary": BOUNDARY, "action": "GetObject", "detach": "true", "service": "lambda",
})  # fmt: skip


class TestIdentity(Life):
    root = identity
    named = {
        ROLE: {"id": "types-r", "arn": "arn:aws:iam::000000000000:role/types/types-r"},
        INLINE: {"id": "types-r:scope"},
        "aws_iam_policy.p": {"id": POLICY, "arn": POLICY},
    }
    imported_by = {
        ROLE: "types-r",
        INLINE: "types-r:scope",
        "aws_iam_policy.p": POLICY,
        "aws_iam_role_policy_attachment.a": f"types-r/{POLICY}",
    }
    before_import = {"detach": "false"}
    changes = {"description": "another", "boundary": "null", "action": "PutObject", "service": "ecs-tasks"}
    updated = DOCUMENTS
    replaced = [({"role": "types-other"}, [ROLE, INLINE])]
    drifted = {**dict.fromkeys(DOCUMENTS, "update"), "aws_iam_role_policy_attachment.a": "create"}

    def applied(self, stack: Stack) -> None:
        iam, made = stack.client("iam"), stack.resources()[ROLE]
        role = iam.get_role(RoleName="types-r")["Role"]
        assert trusted(role) == ["lambda.amazonaws.com"]
        assert (role["Description"], role["MaxSessionDuration"], role["Path"]) == ("a role", 7200, "/types/")
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] in BOUNDARY
        tags = {each["Key"]: each["Value"] for each in role["Tags"]}
        assert tags == {"Application": "provider-tests", "Purpose": "test"}
        assert iam.list_role_policies(RoleName="types-r")["PolicyNames"] == ["scope"]
        attached = iam.list_attached_role_policies(RoleName="types-r")["AttachedPolicies"]
        assert [each["PolicyArn"] for each in attached] == [POLICY]
        assert scoped_action(iam) == ["s3:GetObject"]
        assert (made["unique_id"][:4], made["create_date"][-1]) == ("AROA", "Z")
        trust = json.loads(made["assume_role_policy"])
        assert trust == json.loads(unquote(made["assume_role_policy"]))
        assert trust["Statement"][0]["Sid"] == "Assumed"

    def changed(self, stack: Stack) -> None:
        iam = stack.client("iam")
        role = iam.get_role(RoleName="types-r")["Role"]
        assert trusted(role) == ["ecs-tasks.amazonaws.com"]
        assert "PermissionsBoundary" not in role
        assert (role["Description"], role["MaxSessionDuration"]) == ("another", 7200)
        assert scoped_action(iam) == ["s3:PutObject"]

    def drift(self, stack: Stack) -> None:
        statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        iam, everything = stack.client("iam"), json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        trust = json.dumps(iam.get_role(RoleName="types-r")["Role"]["AssumeRolePolicyDocument"])
        iam.update_assume_role_policy(RoleName="types-r", PolicyDocument=trust.replace("lambda", "ec2"))
        iam.update_role(RoleName="types-r", Description="taken over", MaxSessionDuration=7200)
        iam.untag_role(RoleName="types-r", TagKeys=["Purpose"])
        iam.put_role_policy(RoleName="types-r", PolicyName="scope", PolicyDocument=everything)
        iam.create_policy_version(PolicyArn=POLICY, PolicyDocument=everything, SetAsDefault=True)
        iam.detach_role_policy(RoleName="types-r", PolicyArn=POLICY)

    def left(self, stack: Stack) -> Iterable[Any]:
        iam = stack.client("iam")
        yield from (each for each in iam.list_roles()["Roles"] if each["RoleName"] == "types-r")
        yield from iam.list_policies(Scope="Local")["Policies"]


def trusted(role: Any) -> Any:
    """Return the services that a role trusts."""
    return role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]


def scoped_action(iam: Any) -> Any:
    """Return the action of the role's own policy."""
    found = iam.get_role_policy(RoleName="types-r", PolicyName="scope")["PolicyDocument"]
    return found["Statement"][0]["Action"]


def test_a_policy_changes_more_often_than_iam_keeps_versions(stack: Stack) -> None:
    for number in range(7):
        stack.apply(identity(action=f"Get{number}"))
    assert stack.plan() == {}
    versions = stack.client("iam").list_policy_versions(PolicyArn=POLICY)["Versions"]
    assert [each["VersionId"] for each in versions if each["IsDefaultVersion"]] == ["v7"]
    assert len(versions) <= 5


def test_a_policys_versions_are_deleted_before_it(stack: Stack) -> None:
    """By the calls made: AWS refuses to delete a policy that has other versions, and the emulator does not."""
    for number in range(3):
        stack.apply(identity(action=f"Get{number}").partition('resource "aws_iam_role_policy_attachment"')[0])
    aws, policy = Aws("us-east-1", stack.endpoints), stack.resources()["aws_iam_policy.p"]
    TYPES["aws_iam_policy"].remove(aws, load()["resources"]["aws_iam_policy"], policy)
    assert [each.operation for each in aws.recorded] == ["DeletePolicyVersion", "DeletePolicyVersion", "DeletePolicy"]


def test_after_destroy_nothing_is_left_whatever_was_hung_on_meanwhile(stack: Stack) -> None:
    stack.apply(identity())
    iam = stack.client("iam")
    iam.put_role_policy(
        RoleName="types-r",
        PolicyName="other",
        PolicyDocument='{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}',
    )
    iam.attach_role_policy(RoleName="types-r", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    stack.destroy()
    assert "types-r" not in [each["RoleName"] for each in iam.list_roles()["Roles"]]
    assert "types-p" not in [each["PolicyName"] for each in iam.list_policies(Scope="Local")["Policies"]]


def test_the_apis_own_words_are_shown(stack: Stack) -> None:
    with pytest.raises(
        HarnessError, match=r"CreatePolicy, .* StatusCode: 400, api error MalformedPolicyDocument: .*Resource"
    ):
        stack.apply(identity().replace('Resource = "arn:aws:s3:::a/*"', ""))


def test_a_role_without_a_name_gets_one_of_its_own(stack: Stack) -> None:
    named = identity().replace('name                  = "types-r"', 'name_prefix = "types-prefix-"')
    stack.apply(named)
    assert stack.resources()["aws_iam_role.r"]["name"].startswith("types-prefix-")
    assert stack.plan() == {}
