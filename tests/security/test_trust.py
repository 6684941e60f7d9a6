"""Who may act as each of the seven roles: the services named here, and nobody else."""

from typing import Any

import pytest

from harness.principals import DENIED, Keys, error_code
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import ROLES, account_id, listed, statements

pytestmark = scenario(service="iam", lane="security", aws="iam:GetRole")

TRUSTED = {
    "api_handler": {"lambda.amazonaws.com"},
    "build": {"codebuild.amazonaws.com"},
    "engine_execution": {"ecs-tasks.amazonaws.com"},
    "engine_task": {"ecs-tasks.amazonaws.com"},
    "ingest_normalizer": {"lambda.amazonaws.com"},
    "pipeline": {"codedeploy.amazonaws.com", "codepipeline.amazonaws.com", "events.amazonaws.com"},
    "reconciliation": {"lambda.amazonaws.com"},
}
# Lambda sends no aws:SourceAccount when it assumes an execution role; that CodeDeploy does is not documented.
UNCONDITIONAL = {"codedeploy.amazonaws.com", "lambda.amazonaws.com"}
CONDITIONAL = ("build", "engine_execution", "engine_task", "pipeline")

each_role = pytest.mark.parametrize("role", ROLES)


def _trust(system: System, role: str) -> list[dict[str, Any]]:
    """Return the statements of a role's trust policy."""
    name = system.outputs["role_arns"][role].rsplit("/", 1)[1]
    return statements(system.client("iam").get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"])


@scenario("iam.trust.services", feature="trust policy")
@each_role
def test_a_role_trusts_its_services_and_nobody_else(system: System, role: str) -> None:
    named = [
        (kind, name)
        for trust in _trust(system, role)
        for kind in trust["Principal"]
        for name in listed(trust["Principal"][kind])
    ]
    assert sorted(named) == sorted(("Service", service) for service in TRUSTED[role])


@scenario("iam.trust.action", feature="trust policy")
@each_role
def test_a_trust_is_for_assuming_the_role_only(system: System, role: str) -> None:
    allowed = {(trust["Effect"], *listed(trust["Action"])) for trust in _trust(system, role)}
    assert allowed == {("Allow", "sts:AssumeRole")}


@scenario("iam.trust.source-account", feature="trust policy", aws="iam-guide:confused-deputy")
@pytest.mark.parametrize("role", CONDITIONAL)
def test_a_service_may_act_for_our_account_only(system: System, role: str) -> None:
    asked = [trust for trust in _trust(system, role) if not set(listed(trust["Principal"]["Service"])) <= UNCONDITIONAL]
    assert [trust.get("Condition") for trust in asked] == [{"StringEquals": {"aws:SourceAccount": account_id(system)}}]


@scenario("sts.assume-role.deployer-denied", feature="AssumeRole", aws="sts:AssumeRole", service="sts")
@each_role
def test_the_deployer_cannot_act_as_a_role(system: System, role: str) -> None:
    names = {"RoleArn": system.outputs["role_arns"][role], "RoleSessionName": "trust-probe"}
    assert error_code(system.client("sts").assume_role, **names) in DENIED


@scenario("sts.assume-role.nobody-denied", feature="AssumeRole", aws="sts:AssumeRole", service="sts")
@each_role
def test_a_user_without_any_policy_cannot_act_as_a_role(system: System, nobody: Keys, role: str) -> None:
    names = {"RoleArn": system.outputs["role_arns"][role], "RoleSessionName": "trust-probe"}
    assert error_code(system.client("sts", **nobody).assume_role, **names) in DENIED
