"""STS: who asks, and what temporary credentials of a role are worth."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.principals import Keys
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, Statement, a_role, policy
from tests.conformance.principals import await_allowed, await_denied, new_user
from tests.conformance.refusing import refusal

pytestmark = scenario(service="sts", lane="security", aws="sts:AssumeRole")


@pytest.fixture
def role(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """The ARN of a role that trusts the account's users who say `conformance` as external id, and may list queues and topics."""
    iam, account = aws.client("iam"), aws.client("sts").get_caller_identity()["Account"]
    trust: Statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    trust["Condition"] = {"StringEquals": {"sts:ExternalId": "conformance"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, MaxSessionDuration=3600)["Role"]["Arn"]
    cleanup(iam.delete_role, RoleName=name)
    allowed = policy({"Action": ["sqs:ListQueues", "sns:ListTopics"]})
    iam.put_role_policy(RoleName=name, PolicyName="scenario", PolicyDocument=allowed)
    cleanup(iam.delete_role_policy, RoleName=name, PolicyName="scenario")
    return str(arn)


@pytest.fixture
def sts(aws: AwsClients, name: str, cleanup: Cleanup, role: str) -> Any:
    """The client of a user who may assume the role."""
    return aws.client("sts", **new_user(aws, name, cleanup, {"Action": "sts:AssumeRole", "Resource": role}))


def asked(role: str, **more: Any) -> dict[str, Any]:
    return {"RoleArn": role, "RoleSessionName": "scenario", "ExternalId": "conformance", **more}


def assumed(sts: Any, role: str, **more: Any) -> Keys:
    """Return credentials of the role, once trust and policy have arrived."""
    given = await_allowed(sts.assume_role, **asked(role, **more))["Credentials"]
    names = {
        "aws_access_key_id": "AccessKeyId",
        "aws_secret_access_key": "SecretAccessKey",
        "aws_session_token": "SessionToken",
    }
    return {mine: given[theirs] for mine, theirs in names.items()}


@scenario("sts.sessions.identity", feature="caller identity", aws="sts:GetCallerIdentity")
def test_a_session_of_a_role_is_named_by_role_and_session(aws: AwsClients, sts: Any, role: str, name: str) -> None:
    found = aws.client("sts", **assumed(sts, role)).get_caller_identity()
    account = role.split(":")[4]
    assert found["Arn"] == f"arn:aws:sts::{account}:assumed-role/{name}/scenario"
    assert (found["Account"], found["UserId"].endswith(":scenario")) == (account, True)


@scenario("sts.sessions.user-identity", feature="caller identity", aws="sts:GetCallerIdentity")
def test_a_user_is_named_by_its_arn_without_any_right(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    found = aws.client("sts", **new_user(aws, name, cleanup)).get_caller_identity()
    assert found["Arn"].endswith(f":user/{name}")


@scenario("sts.sessions.rights", feature="role sessions")
def test_a_session_has_the_roles_rights_and_no_others(aws: AwsClients, sts: Any, role: str) -> None:
    keys = assumed(sts, role)
    await_allowed(aws.client("sqs", **keys).list_queues)
    await_denied(aws.client("kms", **keys).list_keys)


@scenario("sts.sessions.policy", feature="session policies", aws="iam-guide:access_policies")
def test_a_session_policy_narrows_the_roles_rights_and_adds_none(aws: AwsClients, sts: Any, role: str) -> None:
    keys = assumed(sts, role, Policy=policy({"Action": ["sns:ListTopics", "kms:ListKeys"]}))
    await_allowed(aws.client("sns", **keys).list_topics)
    await_denied(aws.client("sqs", **keys).list_queues)
    await_denied(aws.client("kms", **keys).list_keys)


@scenario("sts.trust.external-id", feature="trust policies", aws="iam-guide:id_roles_common-scenarios_third-party")
@pytest.mark.parametrize("said", [{}, {"ExternalId": "another"}], ids=["none", "another"])
def test_a_role_that_wants_an_external_id_is_not_assumed_without_it(sts: Any, role: str, said: dict[str, str]) -> None:
    names = {"RoleArn": role, "RoleSessionName": "scenario"}
    await_allowed(sts.assume_role, **asked(role))
    assert refusal(sts.assume_role, **names, **said) == ("AccessDenied", 403)


@scenario("sts.trust.not-named", feature="trust policies")
def test_a_role_that_trusts_a_service_is_assumed_by_no_user(
    aws: AwsClients, name: str, cleanup: Cleanup, role: str
) -> None:
    """The user may assume both roles: that it can assume the one that trusts it shows that its policy has arrived."""
    of_service = a_role(aws, f"{name}-service", cleanup, "ecs-tasks")
    keys = new_user(aws, name, cleanup, {"Action": "sts:AssumeRole", "Resource": [role, of_service]})
    call = aws.client("sts", **keys).assume_role
    await_allowed(call, **asked(role))
    assert refusal(call, **asked(of_service)) == ("AccessDenied", 403)


@scenario("sts.sessions.duration", feature="role sessions")
def test_a_session_lasts_as_long_as_was_asked(sts: Any, role: str) -> None:
    expiry = await_allowed(sts.assume_role, **asked(role, DurationSeconds=900))["Credentials"]["Expiration"]
    assert timedelta(minutes=13) < expiry - datetime.now(UTC) <= timedelta(minutes=16)


@scenario("sts.sessions.longest", feature="role sessions")
def test_a_session_longer_than_the_role_allows_is_refused(sts: Any, role: str) -> None:
    await_allowed(sts.assume_role, **asked(role, DurationSeconds=7200))
    assert refusal(sts.assume_role, **asked(role, DurationSeconds=7200)) == ("ValidationError", 400)


@scenario("sts.sessions.token", feature="temporary credentials", aws="iam-guide:id_credentials_temp_use-resources")
@pytest.mark.parametrize("token", ["none", "another"])
def test_temporary_keys_without_their_token_open_nothing(aws: AwsClients, sts: Any, role: str, token: str) -> None:
    keys = assumed(sts, role)
    if token == "none":
        del keys["aws_session_token"]
    else:
        keys["aws_session_token"] = "another" * 20
    refused = refusal(aws.client("sts", **keys).get_caller_identity)
    assert refused == ("InvalidClientTokenId", 403)


@scenario("sts.validation.session-name", feature="validation")
def test_a_session_name_with_a_space_is_refused(sts: Any, role: str) -> None:
    await_allowed(sts.assume_role, **asked(role, RoleSessionName="a space"))
    assert refusal(sts.assume_role, **asked(role, RoleSessionName="a space")) == ("ValidationError", 400)
