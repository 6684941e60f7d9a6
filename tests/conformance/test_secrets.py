"""Secrets Manager: versions and their stages, tokens that make a call idempotent, deletion and recovery."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_secret, policy
from tests.conformance.refusing import refusal

pytestmark = scenario(service="secretsmanager", lane="control plane")


@pytest.fixture
def secret(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """The name of a secret whose value is `first`."""
    tags = [{"Key": "owner", "Value": name}]
    a_secret(aws, name, cleanup, SecretString="first", Description="conformance", Tags=tags)
    return name


def value(secrets: Any, secret: str, **which: str) -> str:
    return str(secrets.get_secret_value(SecretId=secret, **which)["SecretString"])


@scenario("secretsmanager.secrets.named-twice", feature="creating a secret", aws="secretsmanager:CreateSecret")
def test_a_secret_is_read_by_its_name_and_by_its_arn_which_ends_in_six_characters(secrets: Any, secret: str) -> None:
    found = secrets.get_secret_value(SecretId=secret)
    assert (found["Name"], found["SecretString"], found["VersionStages"]) == (secret, "first", ["AWSCURRENT"])
    assert value(secrets, found["ARN"]) == "first"
    prefix, _, random = found["ARN"].rpartition("-")
    assert (prefix.endswith(f":secret:{secret}"), len(random)) == (True, 6)


@scenario("secretsmanager.secrets.exists", feature="error codes", aws="secretsmanager:CreateSecret")
def test_a_name_is_given_once(secrets: Any, secret: str) -> None:
    again = refusal(secrets.create_secret, Name=secret, SecretString="second")
    assert again == ("ResourceExistsException", 400)
    assert value(secrets, secret) == "first"


@pytest.mark.parametrize(
    "operation", ["get_secret_value", "describe_secret", "list_secret_version_ids", "restore_secret"]
)
@scenario("secretsmanager.secrets.not-found", feature="error codes", aws="secretsmanager:GetSecretValue")
def test_a_secret_that_is_not_there_is_not_found(secrets: Any, name: str, operation: str) -> None:
    assert refusal(getattr(secrets, operation), SecretId=name) == ("ResourceNotFoundException", 400)


@scenario("secretsmanager.versions.stages", feature="versions and stages", aws="secretsmanager:PutSecretValue")
def test_a_new_value_is_current_the_one_before_is_previous_and_an_older_one_has_no_stage(
    secrets: Any, secret: str
) -> None:
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    second = secrets.put_secret_value(SecretId=secret, SecretString="second")["VersionId"]
    assert (value(secrets, secret), value(secrets, secret, VersionStage="AWSPREVIOUS")) == ("second", "first")
    third = secrets.put_secret_value(SecretId=secret, SecretString="third")["VersionId"]
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert (stages[third], stages[second], stages.get(first, [])) == (["AWSCURRENT"], ["AWSPREVIOUS"], [])
    assert value(secrets, secret, VersionId=second) == "second"


@scenario(
    "secretsmanager.versions.own-stage", feature="versions and stages", aws="secretsmanager:UpdateSecretVersionStage"
)
def test_a_value_put_under_a_stage_of_its_own_is_not_current_until_the_stage_is_moved(
    secrets: Any, secret: str
) -> None:
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    pending = secrets.put_secret_value(SecretId=secret, SecretString="second", VersionStages=["AWSPENDING"])[
        "VersionId"
    ]
    assert (value(secrets, secret), value(secrets, secret, VersionStage="AWSPENDING")) == ("first", "second")
    move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": pending, "RemoveFromVersionId": first}
    secrets.update_secret_version_stage(SecretId=secret, **move)
    assert (value(secrets, secret), value(secrets, secret, VersionStage="AWSPREVIOUS")) == ("second", "first")


@scenario(
    "secretsmanager.versions.stage-from", feature="versions and stages", aws="secretsmanager:UpdateSecretVersionStage"
)
def test_a_stage_is_not_moved_from_a_version_that_does_not_have_it(secrets: Any, secret: str) -> None:
    first = secrets.get_secret_value(SecretId=secret)["VersionId"]
    secrets.put_secret_value(SecretId=secret, SecretString="second")
    move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": first, "RemoveFromVersionId": first}
    refused = refusal(secrets.update_secret_version_stage, SecretId=secret, **move)
    assert refused == ("InvalidParameterException", 400)
    assert value(secrets, secret) == "second"


@scenario("secretsmanager.versions.not-found", feature="versions and stages", aws="secretsmanager:GetSecretValue")
@pytest.mark.parametrize(
    "which", [{"VersionStage": "AWSPENDING"}, {"VersionId": str(uuid.UUID(int=1))}], ids=["stage", "id"]
)
def test_a_version_that_is_not_there_is_not_found(secrets: Any, secret: str, which: dict[str, str]) -> None:
    assert refusal(secrets.get_secret_value, SecretId=secret, **which) == ("ResourceNotFoundException", 400)


@scenario("secretsmanager.tokens.same-content", feature="idempotent tokens", aws="secretsmanager:PutSecretValue")
def test_a_value_put_twice_with_one_token_is_one_version(secrets: Any, secret: str) -> None:
    token = str(uuid.uuid4())
    put = {"SecretId": secret, "SecretString": "second", "ClientRequestToken": token}
    for _ in range(2):
        secrets.put_secret_value(**put)
    assert len(secrets.list_secret_version_ids(SecretId=secret)["Versions"]) == 2
    assert value(secrets, secret, VersionStage="AWSPREVIOUS") == "first"


@scenario("secretsmanager.tokens.version-id", feature="idempotent tokens", aws="secretsmanager:PutSecretValue")
def test_a_token_is_the_id_of_the_version_that_was_put_with_it(secrets: Any, secret: str) -> None:
    token = str(uuid.uuid4())
    put = {"SecretId": secret, "SecretString": "second", "ClientRequestToken": token}
    assert [secrets.put_secret_value(**put)["VersionId"] for _ in range(2)] == [token, token]
    assert value(secrets, secret, VersionId=token) == "second"


@scenario("secretsmanager.tokens.other-content", feature="idempotent tokens", aws="secretsmanager:PutSecretValue")
def test_a_token_used_again_for_another_value_is_refused(secrets: Any, secret: str) -> None:
    token = str(uuid.uuid4())
    secrets.put_secret_value(SecretId=secret, SecretString="second", ClientRequestToken=token)
    refused = refusal(secrets.put_secret_value, SecretId=secret, SecretString="third", ClientRequestToken=token)
    assert refused == ("ResourceExistsException", 400)
    assert value(secrets, secret) == "second"


@scenario("secretsmanager.tokens.creation", feature="idempotent tokens", aws="secretsmanager:CreateSecret")
def test_a_creation_sent_twice_with_one_token_is_one_secret(secrets: Any, name: str, cleanup: Cleanup) -> None:
    made = {"Name": name, "SecretString": "first", "ClientRequestToken": str(uuid.uuid4())}
    first = secrets.create_secret(**made)
    cleanup(secrets.delete_secret, SecretId=name, ForceDeleteWithoutRecovery=True)
    again = secrets.create_secret(**made)
    assert (again["ARN"], again["VersionId"]) == (first["ARN"], first["VersionId"])


@scenario("secretsmanager.deletion.recoverable", feature="deletion and recovery", aws="secretsmanager:DeleteSecret")
def test_a_deleted_secret_cannot_be_read_until_it_is_restored(secrets: Any, secret: str) -> None:
    deletion = secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)["DeletionDate"]
    assert timedelta(days=6) < deletion - datetime.now(UTC) <= timedelta(days=7, minutes=1)
    assert "DeletedDate" in secrets.describe_secret(SecretId=secret)
    assert refusal(secrets.get_secret_value, SecretId=secret) == ("InvalidRequestException", 400)
    assert refusal(secrets.put_secret_value, SecretId=secret, SecretString="x") == ("InvalidRequestException", 400)
    secrets.restore_secret(SecretId=secret)
    assert value(secrets, secret) == "first"
    assert "DeletedDate" not in secrets.describe_secret(SecretId=secret)


@scenario("secretsmanager.deletion.name-taken", feature="deletion and recovery", aws="secretsmanager:CreateSecret")
def test_the_name_of_a_deleted_secret_is_taken_while_it_can_be_recovered(secrets: Any, secret: str) -> None:
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    assert refusal(secrets.create_secret, Name=secret, SecretString="x") == ("InvalidRequestException", 400)


@scenario("secretsmanager.deletion.listed", feature="deletion and recovery", aws="secretsmanager:ListSecrets")
def test_a_deleted_secret_is_listed_only_where_deletions_are_asked_for(secrets: Any, secret: str) -> None:
    def listed(**more: bool) -> list[str]:
        filters = [{"Key": "name", "Values": [secret]}]
        return [one["Name"] for one in secrets.list_secrets(Filters=filters, **more)["SecretList"]]

    assert listed() == [secret]
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    assert (listed(), listed(IncludePlannedDeletion=True)) == ([], [secret])


@scenario("secretsmanager.deletion.at-once", feature="deletion and recovery", aws="secretsmanager:DeleteSecret")
def test_a_secret_deleted_without_recovery_is_gone_and_its_name_free(secrets: Any, secret: str) -> None:
    secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert refusal(secrets.get_secret_value, SecretId=secret) == ("ResourceNotFoundException", 400)
    secrets.create_secret(Name=secret, SecretString="second")
    assert value(secrets, secret) == "second"


@scenario("secretsmanager.deletion.window", feature="deletion and recovery", aws="secretsmanager:DeleteSecret")
@pytest.mark.parametrize(
    "asked",
    [
        {"RecoveryWindowInDays": 6},
        {"RecoveryWindowInDays": 31},
        {"RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": True},
    ],
    ids=["short", "long", "both"],
)
def test_a_recovery_window_is_of_seven_to_thirty_days(secrets: Any, secret: str, asked: dict[str, Any]) -> None:
    assert refusal(secrets.delete_secret, SecretId=secret, **asked) == ("InvalidParameterException", 400)
    assert value(secrets, secret) == "first"


@scenario("secretsmanager.values.binary", feature="values", aws="secretsmanager:GetSecretValue")
def test_bytes_come_back_as_bytes(secrets: Any, secret: str) -> None:
    secrets.put_secret_value(SecretId=secret, SecretBinary=bytes(range(256)))
    found = secrets.get_secret_value(SecretId=secret)
    assert (found["SecretBinary"], "SecretString" in found) == (bytes(range(256)), False)


@scenario("secretsmanager.updates.description", feature="updates", aws="secretsmanager:UpdateSecret")
def test_another_description_leaves_value_version_and_tags_as_they_were(secrets: Any, secret: str) -> None:
    before = secrets.get_secret_value(SecretId=secret)
    secrets.update_secret(SecretId=secret, Description="another")
    after, described = secrets.get_secret_value(SecretId=secret), secrets.describe_secret(SecretId=secret)
    assert (after["VersionId"], after["SecretString"]) == (before["VersionId"], "first")
    assert (described["Description"], described["Tags"]) == ("another", [{"Key": "owner", "Value": secret}])


@scenario("secretsmanager.passwords.random", feature="random passwords", aws="secretsmanager:GetRandomPassword")
def test_a_random_password_has_its_length_and_none_of_what_is_excluded(secrets: Any) -> None:
    ask = {
        "PasswordLength": 40,
        "ExcludePunctuation": True,
        "ExcludeCharacters": "abcXYZ019",
        "RequireEachIncludedType": True,
    }
    made = [secrets.get_random_password(**ask)["RandomPassword"] for _ in range(2)]
    assert [len(one) for one in made] == [40, 40]
    assert made[0] != made[1]
    assert all(one.isalnum() and not set(one) & set("abcXYZ019") for one in made)


@scenario(
    "secretsmanager.policies.life", lane="security", feature="resource policies", aws="secretsmanager:PutResourcePolicy"
)
def test_a_resource_policy_is_read_as_it_was_put_until_it_is_deleted(secrets: Any, secret: str) -> None:
    document = json.loads(policy({"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteResourcePolicy"}))
    document["Statement"][0]["Condition"] = {"StringEquals": {"aws:username": "nobody"}}
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(document))
    assert json.loads(secrets.get_resource_policy(SecretId=secret)["ResourcePolicy"]) == document
    secrets.delete_resource_policy(SecretId=secret)
    assert "ResourcePolicy" not in secrets.get_resource_policy(SecretId=secret)
