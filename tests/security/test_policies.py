"""What each of the seven roles' policies say: spelled out, and no wider than documented."""

from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import ROLES, listed, statements
from tests.security.principals import policies_of_role

pytestmark = scenario(service="iam", lane="security", aws="iam:GetRolePolicy")

# Actions for which AWS knows no narrower resource than "*".
WITHOUT_RESOURCE = {"ecr:GetAuthorizationToken"}
# What would let a role make itself or another one mightier.
ESCALATING = ("iam:", "sts:", "organizations:", "kms:CreateGrant", "kms:PutKeyPolicy", "lambda:AddPermission")

each_role = pytest.mark.parametrize("role", ROLES)


def _statements(system: System, role: str) -> list[dict[str, Any]]:
    found = [statement for policy in policies_of_role(system, role) for statement in statements(policy)]
    assert found, "the role has no policy"
    return found


def _actions(system: System, role: str) -> list[str]:
    return [action for statement in _statements(system, role) for action in listed(statement.get("Action", []))]


@scenario("iam.policies.none-attached", feature="attached policies", aws="iam:ListAttachedRolePolicies")
@each_role
def test_a_role_has_no_policy_besides_its_own(system: System, role: str) -> None:
    name = system.outputs["role_arns"][role].rsplit("/", 1)[1]
    assert system.client("iam").list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []


@scenario("iam.policies.sid", feature="inline policies")
@each_role
def test_every_statement_has_a_name(system: System, role: str) -> None:
    names = [statement.get("Sid") for statement in _statements(system, role)]
    assert all(names)


@scenario("iam.policies.no-inversion", feature="inline policies")
@each_role
def test_every_statement_says_what_is_allowed_and_none_what_is_left_out(system: System, role: str) -> None:
    inverted = [
        s for s in _statements(system, role) if s["Effect"] != "Allow" or {"NotAction", "NotResource"} & s.keys()
    ]
    assert inverted == []


@scenario("iam.policies.no-pattern", feature="inline policies")
@each_role
def test_no_action_is_a_pattern(system: System, role: str) -> None:
    assert [action for action in _actions(system, role) if "*" in action or "?" in action] == []


@scenario("iam.policies.resources-named", feature="inline policies")
@each_role
def test_no_statement_is_for_every_resource_but_for_actions_without_any(system: System, role: str) -> None:
    wide = [s for s in _statements(system, role) if "*" in listed(s["Resource"])]
    assert {action for s in wide for action in listed(s["Action"])} <= WITHOUT_RESOURCE


@scenario("iam.policies.no-escalation", feature="inline policies")
@each_role
def test_no_action_makes_a_role_mightier(system: System, role: str) -> None:
    assert [action for action in _actions(system, role) if action.startswith(ESCALATING)] == []


@scenario("iam.policies.via-service", feature="conditions of a policy", aws="kms-guide:conditions-kms")
@each_role
def test_a_role_uses_our_key_by_way_of_services_only(system: System, role: str) -> None:
    uses = [s for s in _statements(system, role) if any(a.startswith("kms:") for a in listed(s["Action"]))]
    by_way = [(listed(s["Resource"]), list(s.get("Condition", {}).get("StringEquals", {}))) for s in uses]
    assert by_way == [([system.outputs["kms_key_arn"]], ["kms:ViaService"])]
