"""Buckets, their settings and objects."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from harness.failure import HarnessError
from tests.unit.provider.conftest import Stack
from tests.unit.provider.lives import Life, Root

STORAGE = """
resource "aws_kms_key" "k" {
  deletion_window_in_days = 7
}
resource "aws_s3_bucket" "b" {
  bucket        = "%(bucket)s"
  force_destroy = %(force)s
  tags          = { Purpose = "test" }
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "b" {
  bucket = aws_s3_bucket_versioning.b.bucket
  rule {
    id     = "retention"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = %(days)s
    }
    expiration {
      expired_object_delete_marker = true
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.k.arn
    }
  }
}
resource "aws_s3_bucket_public_access_block" "b" {
  bucket                  = aws_s3_bucket.b.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = %(restrict)s
}
resource "aws_s3_bucket_policy" "b" {
  bucket     = aws_s3_bucket.b.id
  depends_on = [aws_s3_bucket_public_access_block.b]
  policy     = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Deleting", Effect = "Deny", Principal = "*",
    Action = "s3:DeleteBucketWebsite", Resource = [aws_s3_bucket.b.arn, "${aws_s3_bucket.b.arn}/*"] }] })
}
resource "aws_s3_object" "o" {
  bucket        = aws_s3_bucket_versioning.b.bucket
  key           = "folder/%(key)s"
  content       = "%(content)s"
  content_type  = "text/plain"
  cache_control = "no-store"
  metadata      = { origin = "tests" }
  tags          = { Purpose = "a b&c" }
  depends_on    = [aws_s3_bucket_server_side_encryption_configuration.b]
}
"""


BUCKET, OBJECT = "aws_s3_bucket.b", "aws_s3_object.o"
SETTINGS = [
    f"aws_s3_bucket_{kind}.b"
    for kind in (
        "versioning",
        "lifecycle_configuration",
        "server_side_encryption_configuration",
        "public_access_block",
        "policy",
    )
]
storage = Root(
    STORAGE, {"bucket": "types-b", "force": "true", "restrict": "true", "days": "30", "key": "o.txt", "content": "one"}
)


class TestStorage(Life):
    root = storage
    named = {
        BUCKET: {
            "id": "types-b",
            "arn": "arn:aws:s3:::types-b",
            "region": "us-east-1",
            "bucket_domain_name": "types-b.s3.amazonaws.com",
            "bucket_regional_domain_name": "types-b.s3.us-east-1.amazonaws.com",
        },
        OBJECT: {"id": "folder/o.txt", "arn": "arn:aws:s3:::types-b/folder/o.txt"},
    }
    imported_by = {**dict.fromkeys((BUCKET, *SETTINGS), "types-b"), OBJECT: "types-b/folder/o.txt"}
    only_of_hcl = [BUCKET, OBJECT]  # force_destroy, and the content
    changes = {"restrict": "false", "days": "60", "content": "two"}
    updated = ["aws_s3_bucket_public_access_block.b", "aws_s3_bucket_lifecycle_configuration.b", OBJECT]
    replaced = [({"key": "p.txt"}, [OBJECT]), ({"bucket": "types-c"}, [BUCKET])]
    drifted = dict.fromkeys((BUCKET, *SETTINGS, OBJECT), "update")

    def applied(self, stack: Stack) -> None:
        s3, made, the_object = stack.client("s3"), stack.resources(), {"Bucket": "types-b", "Key": "folder/o.txt"}
        assert s3.get_bucket_versioning(Bucket="types-b")["Status"] == "Enabled"
        assert set(s3.get_public_access_block(Bucket="types-b")["PublicAccessBlockConfiguration"].values()) == {True}
        [rule] = s3.get_bucket_encryption(Bucket="types-b")["ServerSideEncryptionConfiguration"]["Rules"]
        key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": made["aws_kms_key.k"]["arn"]}
        assert rule == {"ApplyServerSideEncryptionByDefault": key, "BucketKeyEnabled": True}
        [statement] = json.loads(s3.get_bucket_policy(Bucket="types-b")["Policy"])["Statement"]
        assert (statement["Sid"], statement["Effect"]) == ("Deleting", "Deny")
        tags = {each["Key"]: each["Value"] for each in s3.get_bucket_tagging(Bucket="types-b")["TagSet"]}
        assert tags == {"Application": "provider-tests", "Purpose": "test"}
        found = s3.get_object(**the_object)
        assert (found["Body"].read(), found["ContentType"]) == (b"one", "text/plain")
        tags = {each["Key"]: each["Value"] for each in s3.get_object_tagging(**the_object)["TagSet"]}
        assert tags == {"Application": "provider-tests", "Purpose": "a b&c"}
        assert made[OBJECT]["version_id"] == found["VersionId"] != "null"

    def changed(self, stack: Stack) -> None:
        s3 = stack.client("s3")
        block = s3.get_public_access_block(Bucket="types-b")["PublicAccessBlockConfiguration"]
        assert block["RestrictPublicBuckets"] is False
        [rule] = s3.get_bucket_lifecycle_configuration(Bucket="types-b")["Rules"]
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 60}
        found = s3.get_object(Bucket="types-b", Key="folder/o.txt")
        assert (found["Body"].read(), found["VersionId"]) == (b"two", stack.resources()[OBJECT]["version_id"])

    def drift(self, stack: Stack) -> None:
        s3 = stack.client("s3")
        s3.delete_bucket_tagging(Bucket="types-b")
        s3.put_bucket_versioning(Bucket="types-b", VersioningConfiguration={"Status": "Suspended"})
        s3.delete_bucket_encryption(Bucket="types-b")
        rules = s3.get_bucket_lifecycle_configuration(Bucket="types-b")["Rules"]
        rules[0]["NoncurrentVersionExpiration"]["NoncurrentDays"] = 1
        s3.put_bucket_lifecycle_configuration(Bucket="types-b", LifecycleConfiguration={"Rules": rules})
        s3.put_public_access_block(Bucket="types-b", PublicAccessBlockConfiguration={"BlockPublicAcls": False})
        policy = s3.get_bucket_policy(Bucket="types-b")["Policy"]
        s3.put_bucket_policy(Bucket="types-b", Policy=policy.replace("Deny", "Allow"))
        s3.put_object(Bucket="types-b", Key="folder/o.txt", Body=b"one", ContentType="text/html")

    def left(self, stack: Stack) -> Iterable[Any]:
        return (each for each in stack.client("s3").list_buckets()["Buckets"] if each["Name"] == "types-b")


def test_a_bucket_with_versions_and_delete_markers_is_destroyed_when_forced(stack: Stack) -> None:
    stack.apply(storage())
    s3 = stack.client("s3")
    for number in range(3):
        s3.put_object(Bucket="types-b", Key="not terraform's", Body=str(number).encode())
    s3.delete_object(Bucket="types-b", Key="not terraform's")
    stack.destroy()
    assert "types-b" not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


def test_what_depends_on_an_objects_version_changes_with_the_content(stack: Stack) -> None:
    dependent = """
resource "aws_s3_object" "version" {
  bucket  = aws_s3_bucket.b.bucket
  key     = "version"
  content = aws_s3_object.o.version_id
}
"""
    stack.apply(storage() + dependent)
    changed = dict.fromkeys(("aws_s3_object.o", "aws_s3_object.version"), "update")
    assert stack.plan(storage(content="two") + dependent) == changed
    assert stack.apply(storage(content="two") + dependent) == changed
    assert stack.plan() == {}


def test_a_bucket_with_objects_is_kept_unless_forced(stack: Stack) -> None:
    stack.apply(storage(force="false"))
    stack.client("s3").put_object(Bucket="types-b", Key="kept", Body=b"")
    with pytest.raises(HarnessError, match="BucketNotEmpty"):
        stack.destroy()
    assert stack.apply(storage())["aws_s3_bucket.b"] == "update"


def test_an_object_is_destroyed_with_all_its_versions_and_no_other(stack: Stack) -> None:
    stack.apply(storage())
    s3 = stack.client("s3")
    s3.put_object(Bucket="types-b", Key="folder/o.txt", Body=b"newer")
    s3.put_object(Bucket="types-b", Key="folder/o.txt.copy", Body=b"other")
    stack.apply(storage().partition('resource "aws_s3_object"')[0])
    listed = s3.list_object_versions(Bucket="types-b")
    assert [each["Key"] for each in listed["Versions"]] == ["folder/o.txt.copy"]
    assert "DeleteMarkers" not in listed


def test_a_bucket_that_is_there_already_is_not_taken_over(stack: Stack) -> None:
    s3 = stack.client("s3")
    s3.create_bucket(Bucket="types-taken")
    with pytest.raises(HarnessError, match="types-taken exists already"):
        stack.apply('resource "aws_s3_bucket" "b" {\n  bucket = "types-taken"\n}\n')
    s3.delete_bucket(Bucket="types-taken")


def test_a_bucket_without_a_name_gets_one_of_its_own(stack: Stack) -> None:
    stack.apply('resource "aws_s3_bucket" "b" {\n  bucket_prefix = "types-prefix-"\n}\n')
    assert stack.resources()["aws_s3_bucket.b"]["bucket"].startswith("types-prefix-")
    assert stack.plan() == {}


def test_a_setting_that_has_a_type_of_its_own_is_refused_on_the_bucket(root: Stack) -> None:
    root.write('resource "aws_s3_bucket" "b" {\n  bucket = "b-b"\n  versioning {\n    enabled = true\n  }\n}\n')
    with root.driver() as driver:
        [found] = driver.validate()
    assert found["summary"].startswith("aws_s3_bucket: versioning: our stand-in provider does not make that")
