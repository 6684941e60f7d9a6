"""Buckets: versions, lists, encryption, policies, and the settings that stand beside them."""

import json
import urllib.parse
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import await_answer, wait_for
from harness.scenarios.plain_http import ask
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, a_key, new_name, policy
from tests.conformance.refusing import refusal, refused

pytestmark = scenario(service="s3", lane="data plane", feature="buckets", aws="s3:CreateBucket")
DENIED = ("AccessDenied", 403)


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), cleanup)


def _versioned(aws: AwsClients, name: str) -> None:
    """Enable versioning, and wait until an object that is put has a version."""
    s3, put = aws.client("s3"), {"Bucket": name, "Key": "enabled", "Body": b"x"}
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    wait_for("a version", lambda: s3.put_object(**put).get("VersionId"), bool)


@scenario("s3.versions.kept", feature="versioning", aws="s3-guide:Versioning")
def test_an_overwritten_object_stays_readable_by_its_version(aws: AwsClients, name: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": "k"}
    _versioned(aws, name)
    versions = [s3.put_object(Body=body, **where)["VersionId"] for body in (b"0", b"1")]
    assert [s3.get_object(VersionId=version, **where)["Body"].read() for version in versions] == [b"0", b"1"]
    assert s3.get_object(**where)["VersionId"] == versions[1]
    listed = s3.list_object_versions(Bucket=name, Prefix="k")["Versions"]
    assert [(one["VersionId"], one["IsLatest"]) for one in listed] == [(versions[1], True), (versions[0], False)]


@scenario("s3.versions.delete-marker", feature="versioning", aws="s3-guide:DeleteMarker")
def test_a_deletion_leaves_a_marker_and_the_version_below_it(aws: AwsClients, name: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": "k"}
    _versioned(aws, name)
    version = s3.put_object(Body=b"0", **where)["VersionId"]
    deleted = s3.delete_object(**where)
    assert deleted["DeleteMarker"] is True
    with refused("NoSuchKey", status=404) as refusal:
        s3.get_object(**where)
    assert refusal.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    assert s3.get_object(VersionId=version, **where)["Body"].read() == b"0"


@scenario("s3.versions.marker-deleted", feature="versioning", aws="s3-guide:ManagingDelMarkers")
def test_the_deletion_of_a_marker_brings_the_object_back(aws: AwsClients, name: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": "k"}
    _versioned(aws, name)
    version = s3.put_object(Body=b"0", **where)["VersionId"]
    s3.delete_object(VersionId=s3.delete_object(**where)["VersionId"], **where)
    assert s3.get_object(**where)["VersionId"] == version


@scenario("s3.versions.suspended", feature="versioning", aws="s3-guide:VersionSuspendedBehavior")
def test_suspended_versioning_overwrites_only_the_version_called_null(aws: AwsClients, name: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": "k"}
    _versioned(aws, name)
    version = s3.put_object(Body=b"0", **where)["VersionId"]
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    for body in (b"1", b"2"):
        s3.put_object(Body=body, **where)
    assert {one["VersionId"] for one in s3.list_object_versions(Bucket=name, Prefix="k")["Versions"]} == {
        version,
        "null",
    }
    assert s3.get_object(VersionId="null", **where)["Body"].read() == b"2"


@scenario("s3.list.pages", feature="pagination", aws="s3:ListObjectsV2")
def test_objects_are_listed_in_the_order_of_their_keys_page_by_page(aws: AwsClients, name: str) -> None:
    s3, keys = aws.client("s3"), ["a", "a/1", "a/2", "b", "c"]
    for one in reversed(keys):
        s3.put_object(Bucket=name, Key=one, Body=b"x")
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=name, PaginationConfig={"PageSize": 2}))
    assert [[one["Key"] for one in page["Contents"]] for page in pages] == [["a", "a/1"], ["a/2", "b"], ["c"]]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    after = s3.list_objects_v2(Bucket=name, StartAfter="a/1")
    assert [one["Key"] for one in after["Contents"]] == keys[2:]


@scenario("s3.list.utf-8", feature="pagination", aws="s3-guide:ListingKeysUsingAPIs")
def test_keys_are_listed_in_the_order_of_their_utf_8_bytes(s3: Any, name: str) -> None:
    keys = ["Z", "a", "z", "Ü", "€", "𝄞"]
    for one in reversed(keys):
        s3.put_object(Bucket=name, Key=one, Body=b"x")
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"]] == keys


@scenario("s3.list.delimiter", feature="pagination", aws="s3:ListObjectsV2")
def test_a_delimiter_rolls_keys_up_to_their_common_prefix(s3: Any, name: str) -> None:
    for one in ("x/2026/a", "x/2026/b", "x/2027/a", "x/top", "y"):
        s3.put_object(Bucket=name, Key=one, Body=b"x")
    answer = s3.list_objects_v2(Bucket=name, Prefix="x/", Delimiter="/")
    assert [one["Key"] for one in answer["Contents"]] == ["x/top"]
    assert [one["Prefix"] for one in answer["CommonPrefixes"]] == ["x/2026/", "x/2027/"]
    assert answer["KeyCount"] == 3


@scenario("s3.encryption.key", lane="security", feature="encryption", aws="s3-guide:UsingKMSEncryption")
def test_an_object_says_by_which_key_it_is_encrypted_also_after_a_copy(
    aws: AwsClients, cleanup: Cleanup, s3: Any, name: str
) -> None:
    arn = a_key(aws, new_name(), cleanup)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}
    answers = [s3.put_object(Bucket=name, Key="k", Body=b"x", **encryption)]
    answers += [s3.get_object(Bucket=name, Key="k"), s3.head_object(Bucket=name, Key="k")]
    s3.copy_object(Bucket=name, Key="copy", CopySource={"Bucket": name, "Key": "k"}, **encryption)
    answers.append(s3.head_object(Bucket=name, Key="copy"))
    assert [{field: answer.get(field) for field in encryption} for answer in answers] == [encryption] * 4


@scenario("s3.encryption.default", lane="security", feature="encryption", aws="s3-guide:bucket-encryption")
def test_the_default_key_of_a_bucket_encrypts_what_says_nothing_of_its_own(
    aws: AwsClients, cleanup: Cleanup, s3: Any, name: str
) -> None:
    arn = a_key(aws, new_name(), cleanup)
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    [found] = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert {field: found[field] for field in rule} == rule

    def encrypted() -> tuple[str | None, ...]:
        s3.put_object(Bucket=name, Key="k", Body=b"x")
        head = s3.head_object(Bucket=name, Key="k")
        return head.get("ServerSideEncryption"), head.get("SSEKMSKeyId")

    await_answer(("aws:kms", arn), encrypted)


@scenario("s3.encryption.always", lane="security", feature="encryption", aws="s3-guide:default-encryption-faq")
def test_an_object_without_any_key_is_encrypted_by_s3(aws: AwsClients, name: str) -> None:
    aws.client("s3").put_object(Bucket=name, Key="k", Body=b"x")
    assert aws.client("s3").head_object(Bucket=name, Key="k").get("ServerSideEncryption") == "AES256"


@scenario("s3.policy.as-put", lane="security", feature="bucket policy", aws="s3:PutBucketPolicy")
def test_a_bucket_policy_is_read_as_it_was_put_and_its_absence_said(aws: AwsClients, name: str) -> None:
    s3, document = aws.client("s3"), _denying(name, {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})
    with refused("NoSuchBucketPolicy", status=404):
        s3.get_bucket_policy(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=document)
    assert json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]) == json.loads(document)
    s3.delete_bucket_policy(Bucket=name)
    with refused("NoSuchBucketPolicy", status=404):
        s3.get_bucket_policy(Bucket=name)


def _denying(name: str, condition: dict[str, Any]) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
    return policy(statement | {"Condition": condition})


@scenario("s3.policy.deny-unencrypted", lane="security", feature="bucket policy", aws="s3-guide:UsingKMSEncryption")
def test_a_policy_keeps_out_what_is_not_encrypted_by_a_key(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    s3, document = aws.client("s3"), _denying(name, {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})
    s3.put_bucket_policy(Bucket=name, Policy=document)
    arn = a_key(aws, new_name(), cleanup)
    s3.put_object(Bucket=name, Key="encrypted", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=arn)
    await_answer(DENIED, refusal, s3.put_object, Bucket=name, Key="plain", Body=b"x", ServerSideEncryption="AES256")


@scenario(
    "s3.encryption.bucket-key", lane="security", feature="encryption", aws="s3-guide:configuring-bucket-key-object"
)
def test_an_object_says_that_it_uses_a_bucket_key(aws: AwsClients, cleanup: Cleanup, s3: Any, name: str) -> None:
    arn = a_key(aws, new_name(), cleanup)
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn, "BucketKeyEnabled": True}
    s3.put_object(Bucket=name, Key="k", Body=b"x", **encryption)
    assert s3.head_object(Bucket=name, Key="k").get("BucketKeyEnabled") is True


@scenario("s3.encryption.managed-key", lane="security", feature="encryption", aws="s3-guide:specifying-kms-encryption")
def test_an_object_for_which_no_key_is_named_uses_that_of_the_service(aws: AwsClients, name: str) -> None:
    aws.client("s3").put_object(Bucket=name, Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    head = aws.client("s3").head_object(Bucket=name, Key="k")
    assert head["ServerSideEncryption"] == "aws:kms"
    assert ":key/" in head["SSEKMSKeyId"]


@scenario("s3.policy.malformed", feature="error codes", aws="s3:PutBucketPolicy")
def test_a_policy_that_is_none_is_refused(aws: AwsClients, name: str) -> None:
    with refused("MalformedPolicy", status=400):
        aws.client("s3").put_bucket_policy(Bucket=name, Policy='{"Statement": "not a policy"')


@scenario("s3.public-access.block", lane="security", feature="public access", aws="s3:PutPublicAccessBlock")
def test_the_block_of_public_access_is_kept_and_refuses_a_public_policy(s3: Any, name: str) -> None:
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == block
    open_to_all = policy({"Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"})
    await_answer(DENIED, refusal, s3.put_bucket_policy, Bucket=name, Policy=open_to_all)


@scenario(
    "s3.public-access.anonymous", lane="security", feature="public access", aws="s3-guide:access-control-overview"
)
def test_nobody_reads_an_object_without_signing(s3: Any, name: str) -> None:
    s3.put_object(Bucket=name, Key="k", Body=b"secret")
    signed = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": "k"})
    unsigned = urllib.parse.urlsplit(signed)._replace(query="").geturl()
    answer = ask("s3 GetObject", "GET", unsigned)
    assert (answer.status, b"secret" in answer.data) == (403, False)


@scenario("s3.lifecycle", lane="control plane", feature="lifecycle", aws="s3:PutBucketLifecycleConfiguration")
def test_lifecycle_rules_are_read_as_they_were_put(s3: Any, name: str) -> None:
    rule = {
        "ID": "expire",
        "Status": "Enabled",
        "Filter": {"Prefix": "reports/"},
        "Expiration": {"Days": 400},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }
    with refused("NoSuchLifecycleConfiguration", status=404):
        s3.get_bucket_lifecycle_configuration(Bucket=name)
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == [rule]


@scenario("s3.lifecycle.uploads", lane="control plane", feature="lifecycle", aws="s3:GetBucketLifecycleConfiguration")
def test_a_rule_on_incomplete_uploads_is_read_as_it_was_put(s3: Any, name: str) -> None:
    rule = {"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""}}
    rule["AbortIncompleteMultipartUpload"] = {"DaysAfterInitiation": 7}
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == [rule]


@scenario("s3.tags", lane="control plane", feature="tagging", aws="s3:PutBucketTagging")
def test_tags_of_a_bucket_are_replaced_as_a_whole(s3: Any, name: str) -> None:
    with refused("NoSuchTagSet", status=404):
        s3.get_bucket_tagging(Bucket=name)
    for wanted in ([{"Key": "a", "Value": "1"}], [{"Key": "b", "Value": "2"}]):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": wanted})
        assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == wanted


@scenario("s3.bucket.not-empty", lane="control plane", feature="error codes", aws="s3:DeleteBucket")
def test_a_bucket_that_is_not_empty_is_not_deleted(aws: AwsClients, name: str) -> None:
    aws.client("s3").put_object(Bucket=name, Key="k", Body=b"x")
    with refused("BucketNotEmpty", status=409):
        aws.client("s3").delete_bucket(Bucket=name)


@scenario("s3.bucket.ownership", lane="control plane", feature="ownership", aws="s3:GetBucketOwnershipControls")
def test_a_bucket_is_owned_by_its_owner_unless_said_otherwise(aws: AwsClients, name: str) -> None:
    rules = aws.client("s3").get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerEnforced"}]
