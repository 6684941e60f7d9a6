"""KMS, the life of a key: states, aliases, rotation, policy, grants, tags, and how a wrong request is refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_key, account, policy
from tests.conformance.refusing import refusal

pytestmark = scenario(service="kms", lane="control plane", aws="kms-guide:key-state")
UNKNOWN = "00000000-1111-2222-3333-444444444444"


@pytest.fixture
def key(aws: AwsClients, name: str, cleanup: Cleanup) -> str:
    """The id of a new symmetric key."""
    return a_key(aws, name, cleanup, Tags=[{"TagKey": "owner", "TagValue": name}]).rpartition("/")[2]


def state(kms: Any, key: str) -> str:
    return str(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"])


@scenario("kms.keys.defaults", feature="creating a key", aws="kms:CreateKey")
def test_a_key_made_without_a_word_is_symmetric_enabled_and_ours(kms: Any, key: str) -> None:
    found = kms.describe_key(KeyId=key)["KeyMetadata"]
    expected = {
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "KeyManager": "CUSTOMER",
    }
    assert {attribute: found.get(attribute) for attribute in expected} == expected
    assert (found["Origin"], found["MultiRegion"]) == ("AWS_KMS", False)


@scenario("kms.keys.disabled", feature="key state")
def test_a_disabled_key_encrypts_and_decrypts_nothing_until_it_is_enabled_again(kms: Any, key: str) -> None:
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key)
    assert state(kms, key) == "Disabled"
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == ("DisabledException", 400)
    assert refusal(kms.decrypt, CiphertextBlob=sealed) == ("DisabledException", 400)
    kms.enable_key(KeyId=key)
    assert state(kms, key) == "Enabled"
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


@scenario("kms.keys.pending-deletion", feature="deletion")
def test_a_key_to_be_deleted_is_of_no_use_and_says_when_it_goes(kms: Any, key: str) -> None:
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=9)
    assert state(kms, key) == "PendingDeletion"
    left = kms.describe_key(KeyId=key)["KeyMetadata"]["DeletionDate"] - datetime.now(UTC)
    assert timedelta(days=8) < left <= timedelta(days=9, hours=1)
    assert answer["KeyState"] == "PendingDeletion"
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == ("KMSInvalidStateException", 400)


@scenario("kms.keys.deletion-cancelled", feature="deletion", aws="kms:CancelKeyDeletion")
def test_a_key_whose_deletion_is_cancelled_is_disabled(kms: Any, key: str) -> None:
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    assert state(kms, key) == "Disabled"


@scenario("kms.keys.deletion-window", feature="deletion", aws="kms:ScheduleKeyDeletion")
def test_a_key_cannot_be_deleted_within_less_than_a_week(aws: AwsClients, kms: Any, key: str) -> None:
    refused = refusal(kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=6)
    assert refused == ("ValidationException", 400)
    assert state(kms, key) == "Enabled"


@pytest.mark.parametrize("operation", ["describe_key", "get_key_policy", "list_resource_tags", "enable_key"])
@scenario("kms.keys.not-found", feature="error codes", aws="kms:DescribeKey")
def test_a_key_that_is_not_there_is_not_found(kms: Any, operation: str) -> None:
    assert refusal(getattr(kms, operation), KeyId=UNKNOWN) == ("NotFoundException", 400)


@scenario("kms.aliases.moved", feature="aliases", aws="kms:UpdateAlias")
def test_an_alias_moved_to_another_key_names_that_one(
    aws: AwsClients, kms: Any, key: str, name: str, cleanup: Cleanup
) -> None:
    other = a_key(aws, name, cleanup).rpartition("/")[2]
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    cleanup(kms.delete_alias, AliasName=f"alias/{name}")
    assert kms.describe_key(KeyId=f"alias/{name}")["KeyMetadata"]["KeyId"] == key
    kms.update_alias(AliasName=f"alias/{name}", TargetKeyId=other)
    assert kms.describe_key(KeyId=f"alias/{name}")["KeyMetadata"]["KeyId"] == other
    assert [one["AliasName"] for one in kms.list_aliases(KeyId=other)["Aliases"]] == [f"alias/{name}"]
    assert kms.list_aliases(KeyId=key)["Aliases"] == []


@scenario("kms.aliases.exists", feature="aliases", aws="kms:CreateAlias")
def test_an_alias_is_given_once(kms: Any, key: str, name: str, cleanup: Cleanup) -> None:
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    cleanup(kms.delete_alias, AliasName=f"alias/{name}")
    again = refusal(kms.create_alias, AliasName=f"alias/{name}", TargetKeyId=key)
    assert again == ("AlreadyExistsException", 400)


@scenario("kms.rotation.switched", feature="rotation", aws="kms:EnableKeyRotation")
def test_rotation_is_off_until_it_is_switched_on_with_its_period(kms: Any, key: str) -> None:
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    found = kms.get_key_rotation_status(KeyId=key)
    assert (found["KeyRotationEnabled"], found.get("RotationPeriodInDays")) == (True, 180)
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


@scenario("kms.policy.replaced", feature="key policy", aws="kms:PutKeyPolicy")
def test_a_key_policy_is_read_as_it_was_put(aws: AwsClients, kms: Any, key: str) -> None:
    own = {"Sid": "Own", "Principal": {"AWS": f"arn:aws:iam::{account(aws)}:root"}, "Action": "kms:*"}
    service = {"Sid": "Logs", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:Encrypt"}
    document = policy(own, service)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == json.loads(document)
    assert kms.list_key_policies(KeyId=key)["PolicyNames"] == ["default"]


@scenario("kms.policy.malformed", feature="key policy", aws="kms:PutKeyPolicy")
def test_a_key_policy_that_is_no_policy_is_refused(kms: Any, key: str) -> None:
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    refused = refusal(kms.put_key_policy, KeyId=key, PolicyName="default", Policy='{"Statement": "none"}')
    assert refused == ("MalformedPolicyDocumentException", 400)
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == before


@scenario("kms.grants.life", feature="grants", aws="kms:CreateGrant")
def test_a_grant_is_listed_until_it_is_revoked(aws: AwsClients, kms: Any, key: str) -> None:
    me = aws.client("sts").get_caller_identity()["Arn"]
    grant = kms.create_grant(KeyId=key, GranteePrincipal=me, Operations=["Encrypt", "Decrypt"])["GrantId"]
    [found] = kms.list_grants(KeyId=key)["Grants"]
    assert (found["GrantId"], found["GranteePrincipal"], sorted(found["Operations"])) == (
        grant,
        me,
        ["Decrypt", "Encrypt"],
    )
    kms.revoke_grant(KeyId=key, GrantId=grant)
    assert kms.list_grants(KeyId=key)["Grants"] == []


@scenario("kms.keys.description-updated", feature="updates", aws="kms:UpdateKeyDescription")
def test_another_description_leaves_tags_rotation_and_policy_as_they_were(kms: Any, key: str, name: str) -> None:
    kms.enable_key_rotation(KeyId=key)
    policy = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    kms.update_key_description(KeyId=key, Description="another")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "another"
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "owner", "TagValue": name}]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"] == policy
