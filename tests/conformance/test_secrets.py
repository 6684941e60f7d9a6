"""Secrets Manager: versions and their stages, tokens that make a call idempotent, deletion and recovery."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_secret, policy
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="secretsmanager", lane="control plane")
DELETED, GONE = ("InvalidRequestException", 400), ("ResourceNotFoundException", 400)
REMOVED_WITHIN = 50.0
"""Seconds, on AWS times its wait_factor: a deletion is asynchronous, and lists show it after up to five minutes."""


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


@scenario("secretsmanager.secrets.not-found", feature="error codes")
@each_operation("secretsmanager", "get_secret_value", "describe_secret", "list_secret_version_ids", "restore_secret")
def test_a_secret_that_is_not_there_is_not_found(secrets: Any, name: str, operation: str) -> None:
    assert refusal(getattr(secrets, operation), SecretId=name) == GONE


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


@scenario(
    "secretsmanager.versions.stage-from-nothing",
    feature="versions and stages",
    aws="secretsmanager:UpdateSecretVersionStage",
)
def test_the_current_stage_is_not_moved_without_naming_the_version_that_has_it(secrets: Any, secret: str) -> None:
    put = {"SecretString": "second", "VersionStages": ["AWSPENDING"]}
    pending = secrets.put_secret_value(SecretId=secret, **put)["VersionId"]
    move = {"VersionStage": "AWSCURRENT", "MoveToVersionId": pending}
    assert refusal(secrets.update_secret_version_stage, SecretId=secret, **move) == ("InvalidParameterException", 400)


@scenario("secretsmanager.versions.not-found", feature="versions and stages", aws="secretsmanager:GetSecretValue")
@pytest.mark.parametrize(
    "which", [{"VersionStage": "AWSPENDING"}, {"VersionId": str(uuid.UUID(int=1))}], ids=["stage", "id"]
)
def test_a_version_that_is_not_there_is_not_found(secrets: Any, secret: str, which: dict[str, str]) -> None:
    assert refusal(secrets.get_secret_value, SecretId=secret, **which) == GONE


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


@scenario("secretsmanager.tokens.other-creation", feature="idempotent tokens", aws="secretsmanager:CreateSecret")
def test_a_token_used_again_for_another_secret_of_the_name_is_refused(
    secrets: Any, name: str, cleanup: Cleanup
) -> None:
    made = {"Name": name, "ClientRequestToken": str(uuid.uuid4())}
    secrets.create_secret(**made, SecretString="first")
    cleanup(secrets.delete_secret, SecretId=name, ForceDeleteWithoutRecovery=True)
    assert refusal(secrets.create_secret, **made, SecretString="second") == ("ResourceExistsException", 400)


@scenario("secretsmanager.tokens.other-update", feature="idempotent tokens", aws="secretsmanager:UpdateSecret")
def test_a_token_used_again_for_an_update_to_another_value_is_refused(secrets: Any, secret: str) -> None:
    used = {"SecretId": secret, "ClientRequestToken": str(uuid.uuid4())}
    secrets.update_secret(**used, SecretString="second")
    assert refusal(secrets.update_secret, **used, SecretString="third") == ("ResourceExistsException", 400)


@scenario("secretsmanager.deletion.recoverable", feature="deletion and recovery", aws="secretsmanager:DeleteSecret")
def test_a_deleted_secret_is_described_as_such_and_cannot_be_read(secrets: Any, secret: str) -> None:
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    await_answer(True, lambda: "DeletedDate" in secrets.describe_secret(SecretId=secret))
    await_answer(DELETED, refusal, secrets.get_secret_value, SecretId=secret)


@scenario("secretsmanager.deletion.untouchable", feature="deletion and recovery")
@pytest.mark.parametrize(
    ("operation", "more"),
    [
        pytest.param("tag_resource", {"Tags": [{"Key": "a", "Value": "b"}]}, id="tag", marks=scenario(aws="secretsmanager:TagResource")),
        pytest.param("untag_resource", {"TagKeys": ["owner"]}, id="untag", marks=scenario(aws="secretsmanager:UntagResource")),
    ],
)  # fmt: skip
def test_a_deleted_secrets_tags_are_not_changed(secrets: Any, secret: str, operation: str, more: Any) -> None:
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    await_answer(DELETED, refusal, getattr(secrets, operation), SecretId=secret, **more)


@scenario("secretsmanager.deletion.restored", feature="deletion and recovery", aws="secretsmanager:RestoreSecret")
def test_a_deleted_secret_is_as_it_was_when_it_is_restored_in_time(secrets: Any, secret: str) -> None:
    deletion = secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)["DeletionDate"]
    assert timedelta(days=6) < deletion - datetime.now(UTC) <= timedelta(days=7, minutes=1)
    await_answer(DELETED, refusal, secrets.get_secret_value, SecretId=secret)
    assert refusal(secrets.put_secret_value, SecretId=secret, SecretString="x") == DELETED
    secrets.restore_secret(SecretId=secret)
    await_answer(None, refusal, secrets.get_secret_value, SecretId=secret)
    assert value(secrets, secret) == "first"
    assert "DeletedDate" not in secrets.describe_secret(SecretId=secret)


@scenario("secretsmanager.deletion.absent", feature="deletion and recovery", aws="secretsmanager:DeleteSecret")
def test_a_secret_that_is_not_there_is_deleted_by_force_without_an_error(secrets: Any, name: str) -> None:
    answer = secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert (answer["Name"], bool(answer["ARN"]), bool(answer["DeletionDate"])) == (name, True, True)


@scenario("secretsmanager.deletion.name-taken", feature="deletion and recovery", aws="secretsmanager:CreateSecret")
def test_the_name_of_a_deleted_secret_is_taken_while_it_can_be_recovered(secrets: Any, secret: str) -> None:
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    assert refusal(secrets.create_secret, Name=secret, SecretString="x") == DELETED


@scenario("secretsmanager.deletion.listed", feature="deletion and recovery", aws="secretsmanager:ListSecrets")
def test_a_deleted_secret_is_listed_only_where_deletions_are_asked_for(secrets: Any, secret: str) -> None:
    def listed(**more: bool) -> list[str]:
        filters = [{"Key": "name", "Values": [secret]}]
        return [one["Name"] for one in secrets.list_secrets(Filters=filters, **more)["SecretList"]]

    await_answer([secret], listed, seconds=REMOVED_WITHIN)
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=7)
    await_answer([], listed, seconds=REMOVED_WITHIN)
    await_answer([secret], listed, IncludePlannedDeletion=True)


@scenario("secretsmanager.deletion.at-once", feature="deletion and recovery", aws="secretsmanager:DeleteSecret")
def test_a_secret_deleted_without_recovery_is_gone_and_its_name_free(secrets: Any, secret: str) -> None:
    secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    await_answer(GONE, refusal, secrets.get_secret_value, SecretId=secret, seconds=REMOVED_WITHIN)
    await_answer(None, refusal, secrets.create_secret, Name=secret, SecretString="second", seconds=REMOVED_WITHIN)
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
def test_another_description_makes_no_version(secrets: Any, secret: str) -> None:
    before = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    secrets.update_secret(SecretId=secret, Description="another")
    after = secrets.describe_secret(SecretId=secret)
    assert (after["Description"], after["VersionIdsToStages"], len(before)) == ("another", before, 1)


@scenario("secretsmanager.updates.description-alone", feature="updates", aws="secretsmanager:UpdateSecret")
def test_another_description_leaves_value_and_tags_as_they_were(secrets: Any, secret: str) -> None:
    secrets.update_secret(SecretId=secret, Description="another")
    assert value(secrets, secret) == "first"
    assert secrets.describe_secret(SecretId=secret)["Tags"] == [{"Key": "owner", "Value": secret}]


@scenario("secretsmanager.passwords.random", feature="random passwords", aws="secretsmanager:GetRandomPassword")
def test_a_random_password_has_its_length_and_none_of_what_is_excluded(secrets: Any) -> None:
    made = secrets.get_random_password(PasswordLength=40, ExcludeCharacters="abcXYZ019")["RandomPassword"]
    assert (len(made), set(made) & set("abcXYZ019")) == (40, set())


@scenario("secretsmanager.passwords.alphanumeric", feature="random passwords", aws="secretsmanager:GetRandomPassword")
def test_each_random_password_is_another_one_of_letters_and_digits_where_no_punctuation_is_wanted(
    secrets: Any,
) -> None:
    ask = {"ExcludePunctuation": True, "RequireEachIncludedType": True}
    made = {secrets.get_random_password(**ask)["RandomPassword"] for _ in range(2)}
    assert (len(made), all(password.isalnum() for password in made)) == (2, True)


@pytest.fixture
def guarded(secrets: Any, secret: str) -> Any:
    """The document that was put as the secret's resource policy."""
    condition = {"StringEquals": {"aws:username": "nobody"}}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteResourcePolicy"}
    document = policy({**denied, "Condition": condition})
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=document)
    return json.loads(document)


def guard(secrets: Any, secret: str) -> Any:
    """Return the secret's resource policy, None if it has none."""
    return json.loads(secrets.get_resource_policy(SecretId=secret).get("ResourcePolicy", "null"))


@scenario(
    "secretsmanager.policies.life", lane="security", feature="resource policies", aws="secretsmanager:PutResourcePolicy"
)
def test_a_resource_policy_is_read_as_it_was_put(secrets: Any, secret: str, guarded: Any) -> None:
    await_answer(guarded, guard, secrets, secret)


@scenario(
    "secretsmanager.policies.deleted",
    lane="security",
    feature="resource policies",
    aws="secretsmanager:DeleteResourcePolicy",
)
def test_a_resource_policy_is_gone_once_it_is_deleted(secrets: Any, secret: str, guarded: Any) -> None:
    await_answer(guarded, guard, secrets, secret)
    secrets.delete_resource_policy(SecretId=secret)
    await_answer(None, guard, secrets, secret)
