"""KMS, the use of a key: what is encrypted comes back under the same key and context, and under no other."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_key
from tests.conformance.refusing import refusal

pytestmark = scenario(service="kms", lane="data plane", aws="kms:Decrypt")


@pytest.fixture
def keys(aws: AwsClients, name: str, cleanup: Cleanup) -> tuple[str, str]:
    """The ARNs of two keys."""
    return a_key(aws, name, cleanup), a_key(aws, name, cleanup)


@scenario("kms.ciphers.round-trip", feature="encrypt and decrypt")
def test_what_was_encrypted_is_decrypted_by_the_same_key(kms: Any, keys: tuple[str, str]) -> None:
    sealed = kms.encrypt(KeyId=keys[0], Plaintext=b"ACC-0001", EncryptionContext={"account": "ACC-0001"})
    assert b"ACC-0001" not in sealed["CiphertextBlob"]
    cipher = {"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": {"account": "ACC-0001"}}
    opened = kms.decrypt(KeyId=keys[0], **cipher)
    assert (opened["Plaintext"], opened["KeyId"], sealed["KeyId"]) == (b"ACC-0001", keys[0], keys[0])


@scenario("kms.ciphers.longest", feature="encrypt and decrypt", aws="kms:Encrypt")
def test_a_text_of_more_than_four_kibibytes_is_refused(kms: Any, keys: tuple[str, str]) -> None:
    assert refusal(kms.encrypt, KeyId=keys[0], Plaintext=b"x" * 4097) == ("ValidationException", 400)


@scenario("kms.ciphers.key-unnamed", feature="encrypt and decrypt")
def test_a_cipher_names_its_key_by_itself(kms: Any, keys: tuple[str, str]) -> None:
    sealed = kms.encrypt(KeyId=keys[0], Plaintext=b"x")["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", keys[0])


@scenario("kms.ciphers.context", feature="encryption context", lane="security")
@pytest.mark.parametrize(
    "context", [{}, {"account": "ACC-0002"}, {"account": "ACC-0001", "more": "x"}], ids=["none", "other", "more"]
)
def test_a_cipher_opens_under_its_own_context_only(kms: Any, keys: tuple[str, str], context: dict[str, str]) -> None:
    sealed = kms.encrypt(KeyId=keys[0], Plaintext=b"x", EncryptionContext={"account": "ACC-0001"})["CiphertextBlob"]
    refused = refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context)
    assert refused == ("InvalidCiphertextException", 400)


@scenario("kms.ciphers.wrong-key", feature="encrypt and decrypt", lane="security")
def test_a_cipher_is_not_opened_by_another_key(kms: Any, keys: tuple[str, str]) -> None:
    sealed = kms.encrypt(KeyId=keys[0], Plaintext=b"x")["CiphertextBlob"]
    assert refusal(kms.decrypt, CiphertextBlob=sealed, KeyId=keys[1]) == ("IncorrectKeyException", 400)


@scenario("kms.ciphers.tampered", feature="encrypt and decrypt", lane="security")
def test_a_cipher_that_was_tampered_with_is_refused(kms: Any, keys: tuple[str, str]) -> None:
    sealed = bytearray(kms.encrypt(KeyId=keys[0], Plaintext=b"a longer text to seal")["CiphertextBlob"])
    sealed[-5] ^= 1
    assert refusal(kms.decrypt, CiphertextBlob=bytes(sealed)) == ("InvalidCiphertextException", 400)


@scenario("kms.ciphers.data-key", feature="data keys", aws="kms:GenerateDataKey")
def test_a_data_key_comes_back_from_its_cipher(kms: Any, keys: tuple[str, str]) -> None:
    made = kms.generate_data_key(KeyId=keys[0], KeySpec="AES_256")
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"], KeyId=keys[0])["Plaintext"] == made["Plaintext"]


@scenario("kms.ciphers.data-key-sealed", feature="data keys", aws="kms:GenerateDataKeyWithoutPlaintext")
def test_a_data_key_without_plaintext_shows_its_cipher_only(kms: Any, keys: tuple[str, str]) -> None:
    made = kms.generate_data_key_without_plaintext(KeyId=keys[0], KeySpec="AES_256")
    assert (bool(made["CiphertextBlob"]), made["KeyId"], "Plaintext" in made) == (True, keys[0], False)


@scenario("kms.ciphers.data-key-length", feature="data keys", aws="kms:GenerateDataKey")
def test_each_data_key_is_another_one_of_the_length_asked_for(kms: Any, keys: tuple[str, str]) -> None:
    for asked, length in (({"KeySpec": "AES_256"}, 32), ({"NumberOfBytes": 24}, 24)):
        made = [kms.generate_data_key(KeyId=keys[0], **asked)["Plaintext"] for _ in range(2)]
        sealed = kms.generate_data_key_without_plaintext(KeyId=keys[0], **asked)["CiphertextBlob"]
        made.append(kms.decrypt(CiphertextBlob=sealed, KeyId=keys[0])["Plaintext"])
        assert [len(data_key) for data_key in set(made)] == [length] * 3


@scenario("kms.ciphers.re-encrypted", feature="re-encryption", aws="kms:ReEncrypt")
def test_a_cipher_handed_to_another_key_is_opened_by_that_one(kms: Any, keys: tuple[str, str]) -> None:
    sealed = kms.encrypt(KeyId=keys[0], Plaintext=b"x")["CiphertextBlob"]
    moved = kms.re_encrypt(CiphertextBlob=sealed, DestinationKeyId=keys[1])
    assert (moved["SourceKeyId"], moved["KeyId"]) == (keys[0], keys[1])
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], KeyId=keys[1])
    assert opened["Plaintext"] == b"x"
