"""KMS, the life of a key: states, aliases, rotation, policy, grants, tags, and how a wrong request is refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import SOON, await_answer, wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_key, account, policy
from tests.conformance.refusing import each_operation, refusal

pytestmark = scenario(service="kms", lane="control plane", aws="kms-guide:key-state")
UNKNOWN = "00000000-1111-2222-3333-444444444444"


@pytest.fixture
def key(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """The id of a new symmetric key."""
    return a_key(aws, name, cleanup, Tags=[{"TagKey": "owner", "TagValue": name}]).rpartition("/")[2]


def metadata(kms: Any, key: str) -> dict[str, Any]:
    return dict(kms.describe_key(KeyId=key)["KeyMetadata"])


def state(kms: Any, key: str) -> str:
    return str(metadata(kms, key)["KeyState"])


def an_alias(kms: Any, alias: str, key: str, cleanup: Cleanup) -> None:
    """Make an alias of the key, known when this returns."""
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    cleanup(kms.delete_alias, AliasName=alias)
    await_answer(None, refusal, kms.describe_key, KeyId=alias)


@scenario("kms.keys.defaults", feature="creating a key", aws="kms:CreateKey")
def test_a_key_made_without_a_word_is_symmetric_enabled_and_ours(kms: Any, key: str) -> None:
    found = metadata(kms, key)
    expected = {
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "KeyManager": "CUSTOMER",
    }
    assert {attribute: found.get(attribute) for attribute in expected} == expected
    assert (found["Origin"], found["MultiRegion"]) == ("AWS_KMS", False)


@scenario("kms.keys.disabled", feature="key state")
def test_a_disabled_key_makes_no_data_keys_until_it_is_enabled_again(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)
    await_answer("Disabled", state, kms, key)
    await_answer(("DisabledException", 400), refusal, kms.generate_data_key, KeyId=key, KeySpec="AES_256")
    kms.enable_key(KeyId=key)
    await_answer("Enabled", state, kms, key)
    await_answer(None, refusal, kms.generate_data_key, KeyId=key, KeySpec="AES_256")


@scenario("kms.keys.disabled-decrypts", feature="key state", aws="kms:Decrypt")
def test_a_disabled_key_opens_no_cipher(kms: Any, key: str) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    await_answer(("DisabledException", 400), refusal, kms.decrypt, CiphertextBlob=sealed)


@scenario("kms.keys.pending-deletion", feature="deletion", aws="kms:ScheduleKeyDeletion")
def test_a_key_to_be_deleted_makes_no_data_keys_and_says_when_it_goes(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=9)
    found = wait_for(
        "the key waits for its deletion",
        lambda: metadata(kms, key),
        lambda found: found["KeyState"] == "PendingDeletion",
        SOON,
    )
    assert found["DeletionDate"]
    await_answer(("KMSInvalidStateException", 400), refusal, kms.generate_data_key, KeyId=key, KeySpec="AES_256")


@scenario("kms.keys.deletion-date", feature="deletion", aws="kms:ScheduleKeyDeletion")
def test_a_key_is_deleted_after_the_days_that_were_asked_for(kms: Any, key: str) -> None:
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=9)
    assert timedelta(days=8) < answer["DeletionDate"] - datetime.now(UTC) <= timedelta(days=9, hours=1)
    assert answer["KeyState"] == "PendingDeletion"


@scenario("kms.keys.deletion-twice", feature="deletion", aws="kms:ScheduleKeyDeletion")
def test_a_key_to_be_deleted_is_not_scheduled_again(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    await_answer("PendingDeletion", state, kms, key)
    again = refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=7)
    assert again == ("KMSInvalidStateException", 400)


@scenario("kms.keys.deletion-cancelled", feature="deletion", aws="kms:CancelKeyDeletion")
def test_a_key_whose_deletion_is_cancelled_is_disabled(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    await_answer(None, refusal, kms.cancel_key_deletion, KeyId=key)
    await_answer("Disabled", state, kms, key)


@scenario("kms.keys.deletion-window", feature="deletion", aws="kms:ScheduleKeyDeletion")
def test_a_key_cannot_be_deleted_within_less_than_a_week(aws: AwsClients, kms: Any, key: str) -> None:
    refused = refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6)
    assert refused == ("ValidationException", 400)
    assert state(kms, key) == "Enabled"


@scenario("kms.keys.not-found", feature="error codes")
@each_operation("kms", "describe_key", "get_key_policy", "list_resource_tags", "enable_key")
def test_a_key_that_is_not_there_is_not_found(kms: Any, operation: str) -> None:
    assert refusal(getattr(kms, operation), KeyId=UNKNOWN) == ("NotFoundException", 400)


@scenario("kms.aliases.moved", feature="aliases", aws="kms:UpdateAlias")
def test_an_alias_moved_to_another_key_names_that_one(
    aws: AwsClients, kms: Any, key: str, name: str, cleanup: Cleanup
) -> None:
    other, alias = a_key(aws, name, cleanup).rpartition("/")[2], f"alias/{name}"

    def named() -> str:
        return str(metadata(kms, alias)["KeyId"])

    def listed(target: str) -> list[str]:
        return [one["AliasName"] for one in kms.list_aliases(KeyId=target)["Aliases"]]

    an_alias(kms, alias, key, cleanup)
    await_answer(key, named)
    kms.update_alias(AliasName=alias, TargetKeyId=other)
    await_answer(other, named)
    await_answer([alias], listed, other)
    await_answer([], listed, key)


@scenario("kms.aliases.exists", feature="aliases", aws="kms:CreateAlias")
def test_an_alias_is_given_once(kms: Any, key: str, name: str, cleanup: Cleanup) -> None:
    an_alias(kms, f"alias/{name}", key, cleanup)
    again = refusal(kms.create_alias, AliasName=f"alias/{name}", TargetKeyId=key)
    assert again == ("AlreadyExistsException", 400)


def rotation(kms: Any, key: str) -> tuple[bool, int | None]:
    """Return whether the key rotates, and then after how many days."""
    found = kms.get_key_rotation_status(KeyId=key)
    return found["KeyRotationEnabled"], found.get("RotationPeriodInDays") if found["KeyRotationEnabled"] else None


@scenario("kms.rotation.switched", feature="rotation", aws="kms:EnableKeyRotation")
def test_rotation_is_off_until_it_is_switched_on_with_its_period(kms: Any, key: str) -> None:
    assert rotation(kms, key) == (False, None)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    await_answer((True, 180), rotation, kms, key)
    kms.disable_key_rotation(KeyId=key)
    await_answer((False, None), rotation, kms, key)


@scenario("kms.policy.replaced", feature="key policy", aws="kms:PutKeyPolicy")
def test_a_key_policy_is_read_as_it_was_put(aws: AwsClients, kms: Any, key: str) -> None:
    own = {"Sid": "Own", "Principal": {"AWS": f"arn:aws:iam::{account(aws)}:root"}, "Action": "kms:*"}
    service = {"Sid": "Logs", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:Encrypt"}
    document = policy(own, service)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    await_answer(
        json.loads(document), lambda: json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    )
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


@scenario("kms.policy.malformed", feature="key policy", aws="kms:PutKeyPolicy")
def test_a_key_policy_that_is_no_policy_is_refused(aws: AwsClients, kms: Any, key: str) -> None:
    """One of its statements is none; where it is taken, the other lets the account remove the key."""
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    own = {"Principal": {"AWS": f"arn:aws:iam::{account(aws)}:root"}, "Action": "kms:*"}
    malformed = policy(own, {**own, "Effect": "Perhaps"})
    refused = refusal(kms.put_key_policy, KeyId=key, PolicyName="default", Policy=malformed)
    assert refused == ("MalformedPolicyDocumentException", 400)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == before


@pytest.fixture
def grant(aws: AwsClients, kms: Any, key: str) -> dict[str, Any]:
    """A grant of the key to whoever runs the suite, as it is listed."""
    me = aws.client("sts").get_caller_identity()["Arn"]
    made = kms.create_grant(KeyId=key, GranteePrincipal=me, Operations=["Encrypt", "Decrypt"])["GrantId"]
    await_answer([made], granted, kms, key)
    return dict(kms.list_grants(KeyId=key)["Grants"][0])


def granted(kms: Any, key: str) -> list[str]:
    return [one["GrantId"] for one in kms.list_grants(KeyId=key)["Grants"]]


@scenario("kms.grants.life", feature="grants", aws="kms:CreateGrant")
def test_a_grant_is_listed_until_it_is_revoked(kms: Any, key: str, grant: dict[str, Any]) -> None:
    kms.revoke_grant(KeyId=key, GrantId=grant["GrantId"])
    await_answer([], granted, kms, key)


@scenario("kms.grants.listed", feature="grants", aws="kms:ListGrants")
def test_a_grant_says_to_whom_it_gives_what(aws: AwsClients, grant: dict[str, Any]) -> None:
    assert grant["GranteePrincipal"] == aws.client("sts").get_caller_identity()["Arn"]
    assert sorted(grant["Operations"]) == ["Decrypt", "Encrypt"]


def description(kms: Any, key: str) -> str:
    return str(metadata(kms, key)["Description"])


@scenario("kms.keys.description-updated", feature="updates", aws="kms:UpdateKeyDescription")
def test_a_key_given_another_description_has_that_one(kms: Any, key: str) -> None:
    kms.update_key_description(KeyId=key, Description="another")
    await_answer("another", description, kms, key)


@scenario("kms.keys.description-alone", feature="updates", aws="kms:UpdateKeyDescription")
def test_another_description_leaves_tags_rotation_and_policy_as_they_were(kms: Any, key: str, name: str) -> None:
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    await_answer((True, 180), rotation, kms, key)
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    kms.update_key_description(KeyId=key, Description="another")
    await_answer("another", description, kms, key)
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "owner", "TagValue": name}]
    assert rotation(kms, key) == (True, 180)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == policy
