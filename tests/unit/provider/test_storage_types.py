"""Buckets, their settings and objects: made, read back, changed, replaced, drifted, destroyed by Terraform."""

import json

import pytest

from harness.failure import HarnessError
from tests.unit.provider.conftest import Stack

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


def storage(**values: str) -> str:
    given = {"bucket": "types-b", "force": "true", "restrict": "true", "key": "o.txt", "content": "one"}
    return STORAGE % {**given, **values}


def test_what_was_applied_is_there_and_a_second_plan_has_no_changes(stack: Stack) -> None:
    assert set(stack.apply(storage()).values()) == {"create"}
    assert stack.plan() == {}
    s3, made = stack.client("s3"), stack.resources()
    assert s3.get_bucket_versioning(Bucket="types-b")["Status"] == "Enabled"
    assert set(s3.get_public_access_block(Bucket="types-b")["PublicAccessBlockConfiguration"].values()) == {True}
    [rule] = s3.get_bucket_encryption(Bucket="types-b")["ServerSideEncryptionConfiguration"]["Rules"]
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": made["aws_kms_key.k"]["arn"]}
    assert rule == {"ApplyServerSideEncryptionByDefault": key, "BucketKeyEnabled": True}
    assert json.loads(s3.get_bucket_policy(Bucket="types-b")["Policy"])["Statement"][0]["Sid"] == "Deleting"
    tags = {each["Key"]: each["Value"] for each in s3.get_bucket_tagging(Bucket="types-b")["TagSet"]}
    assert tags == {"Application": "provider-tests", "Purpose": "test"}
    assert s3.get_object(Bucket="types-b", Key="folder/o.txt")["Body"].read() == b"one"
    tags = {
        each["Key"]: each["Value"] for each in s3.get_object_tagging(Bucket="types-b", Key="folder/o.txt")["TagSet"]
    }
    assert tags == {"Application": "provider-tests", "Purpose": "a b&c"}


def test_a_bucket_is_named_as_the_real_provider_names_it(stack: Stack) -> None:
    stack.apply(storage())
    bucket, each = (stack.resources()[address] for address in ("aws_s3_bucket.b", "aws_s3_object.o"))
    assert (bucket["id"], bucket["arn"], bucket["region"]) == ("types-b", "arn:aws:s3:::types-b", "us-east-1")
    assert bucket["bucket_domain_name"] == "types-b.s3.amazonaws.com"
    assert bucket["bucket_regional_domain_name"] == "types-b.s3.us-east-1.amazonaws.com"
    assert (each["id"], each["arn"]) == ("folder/o.txt", "arn:aws:s3:::types-b/folder/o.txt")
    assert each["version_id"] not in (None, "", "null")


def test_settings_and_content_update_in_place_and_new_names_replace(stack: Stack) -> None:
    stack.apply(storage())
    first = stack.resources()["aws_s3_object.o"]["version_id"]
    changed = {"restrict": "false", "content": "two"}
    updates = dict.fromkeys(("aws_s3_bucket_public_access_block.b", "aws_s3_object.o"), "update")
    assert stack.plan(storage(**changed)) == updates
    assert stack.apply(storage(**changed)) == updates
    assert stack.plan() == {}
    s3 = stack.client("s3")
    block = s3.get_public_access_block(Bucket="types-b")["PublicAccessBlockConfiguration"]
    assert block["RestrictPublicBuckets"] is False
    assert s3.get_object(Bucket="types-b", Key="folder/o.txt")["Body"].read() == b"two"
    assert stack.resources()["aws_s3_object.o"]["version_id"] != first
    assert stack.plan(storage(key="p.txt", **changed)) == {"aws_s3_object.o": "replace"}
    assert stack.plan(storage(bucket="types-c", **changed))["aws_s3_bucket.b"] == "replace"


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


def test_what_was_changed_behind_terraforms_back_shows_in_the_plan(stack: Stack) -> None:
    stack.apply(storage())
    s3 = stack.client("s3")
    s3.delete_bucket_tagging(Bucket="types-b")
    s3.put_bucket_versioning(Bucket="types-b", VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket_encryption(Bucket="types-b")
    s3.put_public_access_block(Bucket="types-b", PublicAccessBlockConfiguration={"BlockPublicAcls": False})
    s3.put_bucket_policy(
        Bucket="types-b", Policy=s3.get_bucket_policy(Bucket="types-b")["Policy"].replace("Deny", "Allow")
    )
    s3.put_object(Bucket="types-b", Key="folder/o.txt", Body=b"one", ContentType="text/html")
    drifted = {address for address in stack.resources() if address != "aws_kms_key.k"}
    assert stack.plan() == dict.fromkeys(drifted, "update")
    stack.apply(storage())
    assert stack.plan() == {}
    assert s3.head_object(Bucket="types-b", Key="folder/o.txt")["ContentType"] == "text/plain"


def test_a_bucket_with_versions_and_delete_markers_is_destroyed_when_forced(stack: Stack) -> None:
    stack.apply(storage())
    s3 = stack.client("s3")
    for number in range(3):
        s3.put_object(Bucket="types-b", Key="not terraform's", Body=str(number).encode())
    s3.delete_object(Bucket="types-b", Key="not terraform's")
    stack.destroy()
    assert "types-b" not in [each["Name"] for each in s3.list_buckets()["Buckets"]]


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
    stack.apply(
        STORAGE.partition('resource "aws_s3_object"')[0] % {"bucket": "types-b", "force": "true", "restrict": "true"}
    )
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


def test_buckets_settings_and_objects_are_imported_by_their_ids(stack: Stack) -> None:
    stack.apply(storage())
    with stack.driver() as driver:
        for address in stack.resources():
            identifier = {"aws_kms_key.k": "", "aws_s3_object.o": "types-b/folder/o.txt"}.get(address, "types-b")
            if not identifier:
                continue
            assert driver.run("state rm", address).returncode == 0
            imported = driver.run("import", address, identifier)
            assert imported.returncode == 0, imported.stderr
    # As with the real provider, an imported object is put once more (its content is not read back), a bucket marked to be forced.
    assert stack.plan() == dict.fromkeys(("aws_s3_bucket.b", "aws_s3_object.o"), "update")
    stack.apply(storage())
    assert stack.plan() == {}
