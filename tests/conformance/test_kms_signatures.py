"""Signatures and MACs, and the limits of what a key is asked."""

import hashlib
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_key, new_name
from tests.conformance.refusing import refusal

pytestmark = scenario(service="kms", lane="data plane", feature="signatures", aws="kms:Sign")
ALGORITHMS = [
    ("RSA_2048", "RSASSA_PSS_SHA_256"),
    ("RSA_2048", "RSASSA_PSS_SHA_512"),
    ("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_256"),
    ("ECC_NIST_P256", "ECDSA_SHA_256"),
    ("ECC_NIST_P384", "ECDSA_SHA_384"),
]
MESSAGE = b"entitlement EVT-1 of ACC-1"
INVALID, WRONG_USE = ("ValidationException", 400), ("InvalidKeyUsageException", 400)
WRONG_SIGNATURE = ("KMSInvalidSignatureException", 400)
RSA = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}


@pytest.fixture(scope="module")
def rsa(aws: AwsClients, module_cleanup: Cleanup) -> dict[str, str]:
    """A key for signatures, and how it signs."""
    return {"KeyId": a_key(aws, new_name(), module_cleanup, **RSA), "SigningAlgorithm": "RSASSA_PSS_SHA_256"}


@pytest.fixture(scope="module")
def mac(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_key(aws, new_name(), module_cleanup, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")


@pytest.fixture(scope="module")
def plain(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_key(aws, new_name(), module_cleanup)


@scenario("kms.signatures.verified")
@pytest.mark.parametrize(
    ("spec", "algorithm"), ALGORITHMS, ids=[f"{spec}-{algorithm}" for spec, algorithm in ALGORITHMS]
)
def test_a_signature_of_a_message_or_of_its_digest_is_verified(
    aws: AwsClients, kms: Any, cleanup: Cleanup, spec: str, algorithm: str
) -> None:
    key = a_key(aws, new_name(), cleanup, KeySpec=spec, KeyUsage="SIGN_VERIFY")
    which = {"KeyId": key, "SigningAlgorithm": algorithm}
    digest = hashlib.new(f"sha{algorithm[-3:]}", MESSAGE).digest()
    for kind, message in (("RAW", MESSAGE), ("DIGEST", digest)):
        signed = kms.sign(**which, MessageType=kind, Message=message)
        assert (signed["KeyId"], signed["SigningAlgorithm"]) == (key, algorithm)
        found = kms.verify(**which, MessageType=kind, Message=message, Signature=signed["Signature"])
        assert found["SignatureValid"] is True


@scenario("kms.signatures.digest-is-the-message", aws="kms:Verify")
def test_a_signature_of_a_digest_is_one_of_the_message(kms: Any, rsa: dict[str, str]) -> None:
    digest = hashlib.sha256(MESSAGE).digest()
    signature = kms.sign(**rsa, MessageType="DIGEST", Message=digest)["Signature"]
    assert kms.verify(**rsa, MessageType="RAW", Message=MESSAGE, Signature=signature)["SignatureValid"] is True


@scenario("kms.signatures.other-message", aws="kms:Verify")
def test_a_signature_of_another_message_is_refused(kms: Any, rsa: dict[str, str]) -> None:
    signature = kms.sign(**rsa, MessageType="RAW", Message=b"another")["Signature"]
    assert refusal(kms.verify, **rsa, MessageType="RAW", Message=MESSAGE, Signature=signature) == WRONG_SIGNATURE


@scenario("kms.signatures.no-digest")
@pytest.mark.parametrize("operation", ["sign", "verify"])
def test_a_digest_of_another_length_is_refused(kms: Any, rsa: dict[str, str], operation: str) -> None:
    asked: dict[str, Any] = {**rsa, "MessageType": "DIGEST", "Message": b"no digest"}
    if operation == "verify":
        asked["Signature"] = kms.sign(**rsa, MessageType="RAW", Message=MESSAGE)["Signature"]
    assert refusal(getattr(kms, operation), **asked) == INVALID


@scenario("kms.signatures.other-use", feature="key usage")
def test_a_key_for_ciphers_signs_nothing(aws: AwsClients, kms: Any, cleanup: Cleanup) -> None:
    key = a_key(aws, new_name(), cleanup, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    asked = {"KeyId": key, "MessageType": "RAW", "Message": b"x", "SigningAlgorithm": "RSASSA_PSS_SHA_256"}
    assert refusal(kms.sign, **asked) == WRONG_USE


@scenario("kms.ciphers.other-use", feature="key usage", aws="kms:Encrypt")
def test_a_key_for_signatures_encrypts_nothing(kms: Any, rsa: dict[str, str]) -> None:
    asked = {"KeyId": rsa["KeyId"], "Plaintext": b"x", "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    assert refusal(kms.encrypt, **asked) == WRONG_USE


@scenario("kms.keys.public", feature="public keys", aws="kms:GetPublicKey")
def test_the_public_key_of_a_pair_is_given_with_its_use(kms: Any, rsa: dict[str, str]) -> None:
    found = kms.get_public_key(KeyId=rsa["KeyId"])
    assert (found["KeyId"], found.get("KeySpec"), found.get("KeyUsage")) == (rsa["KeyId"], "RSA_2048", "SIGN_VERIFY")
    assert found["PublicKey"]


@scenario("kms.macs.verified", feature="MACs", aws="kms:GenerateMac")
def test_a_mac_is_verified(kms: Any, mac: str) -> None:
    which = {"KeyId": mac, "MacAlgorithm": "HMAC_SHA_256", "Message": MESSAGE}
    made = kms.generate_mac(**which)
    assert made["MacAlgorithm"] == "HMAC_SHA_256"
    assert kms.verify_mac(**which, Mac=made["Mac"])["MacValid"] is True


@scenario("kms.macs.other-message", feature="MACs", aws="kms:VerifyMac")
def test_a_mac_of_another_message_is_refused(kms: Any, mac: str) -> None:
    which = {"KeyId": mac, "MacAlgorithm": "HMAC_SHA_256"}
    made = kms.generate_mac(**which, Message=b"another")["Mac"]
    assert refusal(kms.verify_mac, **which, Message=MESSAGE, Mac=made) == ("KMSInvalidMacException", 400)


@scenario("kms.macs.other-algorithm", feature="MACs", aws="kms:VerifyMac")
def test_an_algorithm_of_another_key_makes_no_mac(kms: Any, mac: str) -> None:
    asked = {"KeyId": mac, "MacAlgorithm": "HMAC_SHA_512", "Message": MESSAGE}
    assert refusal(kms.verify_mac, **asked, Mac=b"0" * 32) == WRONG_USE


@scenario("kms.random.bounds", feature="limits", aws="kms:GenerateRandom")
@pytest.mark.parametrize("asked", [{}, {"NumberOfBytes": 1025}], ids=["none", "1025"])
def test_random_bytes_are_1_to_1024(aws: AwsClients, kms: Any, asked: dict[str, int]) -> None:
    assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024
    assert refusal(kms.generate_random, **asked) == INVALID


@scenario("kms.tags.twice", feature="tags", lane="control plane", aws="kms:CreateKey")
def test_a_tag_named_twice_is_refused(aws: AwsClients, cleanup: Cleanup) -> None:
    tags = [{"TagKey": "owner", "TagValue": value} for value in ("a", "b")]
    found = refusal(a_key, aws=aws, name=new_name(), cleanup=cleanup, Tags=tags)
    assert found == ("TagException", 400)


@scenario("kms.tags.too-long", feature="limits", lane="control plane", aws="kms:CreateKey")
def test_a_tag_of_257_characters_is_refused(aws: AwsClients, cleanup: Cleanup) -> None:
    tags = [{"TagKey": "owner", "TagValue": "v" * 257}]
    assert refusal(a_key, aws=aws, name=new_name(), cleanup=cleanup, Tags=tags) == INVALID


@scenario("kms.rotation.period", feature="rotation", lane="control plane", aws="kms:EnableKeyRotation")
@pytest.mark.parametrize("days", [90, 180])
def test_the_period_of_rotation_is_read_back(kms: Any, plain: str, days: int) -> None:
    kms.enable_key_rotation(KeyId=plain, RotationPeriodInDays=days)
    found = kms.get_key_rotation_status(KeyId=plain)
    assert (found["KeyRotationEnabled"], found.get("RotationPeriodInDays")) == (True, days)
    assert "NextRotationDate" in found
