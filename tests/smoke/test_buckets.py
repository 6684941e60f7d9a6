"""S3: calculations, reports and artifacts."""

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import BUCKETS

pytestmark = scenario(service="s3", lane="control plane", aws="s3:GetBucketEncryption")

each_bucket = pytest.mark.parametrize("output", BUCKETS)


@scenario("s3.buckets.default-encryption", feature="encryption")
@each_bucket
def test_a_bucket_encrypts_with_kms_by_default(system: System, output: str) -> None:
    answer = system.client("s3").get_bucket_encryption(Bucket=system.outputs[output])
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


@scenario("s3.buckets.bucket-key", feature="encryption", aws="s3-guide:bucket-key")
@each_bucket
def test_a_bucket_asks_kms_once_for_many_objects(system: System, output: str) -> None:
    answer = system.client("s3").get_bucket_encryption(Bucket=system.outputs[output])
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule.get("BucketKeyEnabled") is True


@scenario("s3.buckets.versioning", feature="versioning", aws="s3:GetBucketVersioning")
@each_bucket
def test_a_bucket_keeps_versions(system: System, output: str) -> None:
    assert system.client("s3").get_bucket_versioning(Bucket=system.outputs[output]).get("Status") == "Enabled"


@scenario("s3.buckets.retention", feature="lifecycle", aws="s3:GetBucketLifecycleConfiguration")
@each_bucket
def test_versions_that_were_replaced_expire_and_no_current_one_does(system: System, output: str) -> None:
    [rule] = system.client("s3").get_bucket_lifecycle_configuration(Bucket=system.outputs[output])["Rules"]
    assert (rule["Status"], rule.get("Expiration", {}).get("Days")) == ("Enabled", None)
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] >= 1


@scenario("s3.buckets.public-access-block", feature="public access block", aws="s3:GetPublicAccessBlock")
@each_bucket
@pytest.mark.parametrize(
    "setting", ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
)
def test_a_bucket_is_closed_to_the_public(system: System, output: str, setting: str) -> None:
    answer = system.client("s3").get_public_access_block(Bucket=system.outputs[output])
    assert answer["PublicAccessBlockConfiguration"].get(setting) is True
