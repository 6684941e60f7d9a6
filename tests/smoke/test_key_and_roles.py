"""KMS and IAM: the one customer-managed key and the seven roles."""

from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import account_id, listed, statements

pytestmark = scenario(service="kms", lane="control plane", aws="kms:KeyMetadata")


@pytest.fixture
def key(system: System) -> dict[str, Any]:
    return dict(system.client("kms").describe_key(KeyId=system.outputs["kms_key_arn"])["KeyMetadata"])


@scenario("kms.key.enabled", feature="key state")
def test_the_key_is_enabled(key: dict[str, Any]) -> None:
    assert key["KeyState"] == "Enabled"


@scenario("kms.key.customer-managed", feature="key manager")
def test_the_key_is_managed_by_the_customer(key: dict[str, Any]) -> None:
    assert key["KeyManager"] == "CUSTOMER"


@scenario("kms.key.rotation", feature="rotation", aws="kms:GetKeyRotationStatus")
def test_the_key_rotates(system: System) -> None:
    answer = system.client("kms").get_key_rotation_status(KeyId=system.outputs["kms_key_arn"])
    assert answer["KeyRotationEnabled"] is True


@scenario("kms.key.alias", feature="aliases", aws="kms:ListAliases")
def test_the_key_has_an_alias(system: System, key: dict[str, Any]) -> None:
    assert len(system.client("kms").list_aliases(KeyId=key["KeyId"])["Aliases"]) == 1


def _users_of_key(system: System) -> set[str]:
    text = system.client("kms").get_key_policy(KeyId=system.outputs["kms_key_arn"], PolicyName="default")["Policy"]
    principals = [value for s in statements(text) for values in s["Principal"].values() for value in listed(values)]
    return set(principals)


@scenario("kms.key.policy", feature="key policy", aws="kms:GetKeyPolicy")
def test_the_keys_policy_names_the_account_and_three_services_only(system: System) -> None:
    region, account = system.outputs["aws_region"], account_id(system)
    services = {"events.amazonaws.com", "sns.amazonaws.com", f"logs.{region}.amazonaws.com"}
    assert _users_of_key(system) == {f"arn:aws:iam::{account}:root", *services}


@scenario("iam.roles.seven", feature="roles", aws="iam:ListRoles", service="iam")
def test_there_are_exactly_seven_roles_with_our_prefix(system: System) -> None:
    ours = {arn.rsplit("/", 1)[1] for arn in system.outputs["role_arns"].values()}
    prefix = system.outputs["role_arns"]["build"].rsplit("/", 1)[1].removesuffix("build")
    pages = system.client("iam").get_paginator("list_roles").paginate()
    found = sorted(role["RoleName"] for page in pages for role in page["Roles"] if role["RoleName"].startswith(prefix))
    assert (len(ours), found) == (7, sorted(ours))
