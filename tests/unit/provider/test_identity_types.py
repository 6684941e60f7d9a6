"""Roles and policies: made, read back, changed, replaced, drifted, destroyed by Terraform."""

import json
from urllib.parse import unquote

import pytest

from harness.failure import HarnessError
from harness.provider.engine.aws import Aws
from harness.provider.schema.provider_schema import load
from harness.provider.types.identity import TYPES
from tests.unit.provider.conftest import Stack

IDENTITY = """
locals {
  trust = {
    Version   = "2012-10-17"
    Statement = [{ Sid = "Assumed", Effect = "Allow", Principal = { Service = ["lambda.amazonaws.com"] }, Action = "sts:AssumeRole" }]
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
  force_detach_policies = true
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


def identity(
    role: str = "types-r", description: str = "a role", boundary: str = BOUNDARY, action: str = "GetObject"
) -> str:
    return IDENTITY % {"role": role, "description": description, "boundary": boundary, "action": action}


def _role_policies(stack: Stack, role: str) -> list[str]:
    return list(stack.client("iam").list_role_policies(RoleName=role)["PolicyNames"])


def test_what_was_applied_is_there_and_a_second_plan_has_no_changes(stack: Stack) -> None:
    assert set(stack.apply(identity()).values()) == {"create"}
    assert stack.plan() == {}
    iam = stack.client("iam")
    role = iam.get_role(RoleName="types-r")["Role"]
    assert (role["Description"], role["MaxSessionDuration"], role["Path"]) == ("a role", 7200, "/types/")
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] in BOUNDARY
    assert {each["Key"]: each["Value"] for each in role["Tags"]} == {
        "Application": "provider-tests",
        "Purpose": "test",
    }
    assert _role_policies(stack, "types-r") == ["scope"]
    attached = iam.list_attached_role_policies(RoleName="types-r")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [POLICY]


def test_ids_arns_and_documents_are_in_the_real_providers_form(stack: Stack) -> None:
    stack.apply(identity())
    made = stack.resources()
    role = made["aws_iam_role.r"]
    assert (role["id"], role["arn"]) == ("types-r", "arn:aws:iam::000000000000:role/types/types-r")
    assert role["unique_id"].startswith("AROA")
    assert role["create_date"].endswith("Z")
    trust = json.loads(role["assume_role_policy"])
    assert trust == json.loads(unquote(role["assume_role_policy"]))
    assert trust["Statement"][0]["Sid"] == "Assumed"
    assert made["aws_iam_role_policy.p"]["id"] == "types-r:scope"
    assert made["aws_iam_policy.p"]["id"] == made["aws_iam_policy.p"]["arn"] == POLICY


def test_documents_and_settings_update_in_place_and_a_new_name_replaces(stack: Stack) -> None:
    stack.apply(identity())
    changed = identity(description="another", boundary="null", action="PutObject").replace("lambda.", "ecs-tasks.")
    updates = dict.fromkeys(("aws_iam_role.r", "aws_iam_role_policy.p", "aws_iam_policy.p"), "update")
    assert stack.plan(changed) == updates
    assert stack.apply(changed) == updates
    assert stack.plan() == {}
    iam = stack.client("iam")
    role = iam.get_role(RoleName="types-r")["Role"]
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"] == ["ecs-tasks.amazonaws.com"]
    assert "PermissionsBoundary" not in role
    assert role["Description"] == "another"
    assert role["MaxSessionDuration"] == 7200
    document = iam.get_role_policy(RoleName="types-r", PolicyName="scope")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == ["s3:PutObject"]
    replaced = stack.plan(identity(role="types-other"))
    assert [replaced[each] for each in ("aws_iam_role.r", "aws_iam_role_policy.p")] == ["replace", "replace"]


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


def test_what_was_changed_behind_terraforms_back_shows_in_the_plan(stack: Stack) -> None:
    stack.apply(identity())
    iam, everything = (
        stack.client("iam"),
        json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}),
    )
    iam.update_role(RoleName="types-r", Description="taken over", MaxSessionDuration=7200)
    iam.untag_role(RoleName="types-r", TagKeys=["Purpose"])
    iam.put_role_policy(RoleName="types-r", PolicyName="scope", PolicyDocument=everything)
    iam.create_policy_version(PolicyArn=POLICY, PolicyDocument=everything, SetAsDefault=True)
    iam.detach_role_policy(RoleName="types-r", PolicyArn=POLICY)
    drifted = dict.fromkeys(("aws_iam_role.r", "aws_iam_role_policy.p", "aws_iam_policy.p"), "update")
    assert stack.plan() == {**drifted, "aws_iam_role_policy_attachment.a": "create"}
    stack.apply(identity())
    assert stack.plan() == {}
    document = iam.get_role_policy(RoleName="types-r", PolicyName="scope")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == ["s3:GetObject"]
    trust = iam.get_role(RoleName="types-r")["Role"]["AssumeRolePolicyDocument"]
    iam.update_assume_role_policy(RoleName="types-r", PolicyDocument=json.dumps(trust).replace("lambda", "ec2"))
    assert stack.plan() == {"aws_iam_role.r": "update"}


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


def test_all_are_imported_by_their_ids(stack: Stack) -> None:
    stack.apply(identity().replace("  force_detach_policies = true\n", ""))
    ids = {
        "aws_iam_role.r": "types-r",
        "aws_iam_role_policy.p": "types-r:scope",
        "aws_iam_policy.p": POLICY,
        "aws_iam_role_policy_attachment.a": f"types-r/{POLICY}",
    }
    with stack.driver() as driver:
        for address, identifier in ids.items():
            assert driver.run("state rm", address).returncode == 0
            imported = driver.run("import", address, identifier)
            assert imported.returncode == 0, imported.stderr
    assert stack.plan() == {}
