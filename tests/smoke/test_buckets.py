"""S3: calculations, reports and artifacts."""

import pytest

from harness.system import System
from tests.resources import BUCKETS

pytestmark = pytest.mark.scenario(
    service="s3",
    lane="control plane",
    aws="https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html",
)

each_bucket = pytest.mark.parametrize("output", BUCKETS)


@pytest.mark.scenario("s3.buckets.default-encryption", feature="encryption")
@each_bucket
def test_a_bucket_encrypts_with_kms_by_default(system: System, output: str) -> None:
    answer = system.client("s3").get_bucket_encryption(Bucket=system.outputs[output])
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


@pytest.mark.scenario(
    "s3.buckets.bucket-key",
    feature="encryption",
    aws="https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
)
@each_bucket
def test_a_bucket_asks_kms_once_for_many_objects(system: System, output: str) -> None:
    answer = system.client("s3").get_bucket_encryption(Bucket=system.outputs[output])
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule.get("BucketKeyEnabled") is True


@pytest.mark.scenario(
    "s3.buckets.versioning",
    feature="versioning",
    aws="https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html",
)
@each_bucket
def test_a_bucket_keeps_versions(system: System, output: str) -> None:
    assert system.client("s3").get_bucket_versioning(Bucket=system.outputs[output]).get("Status") == "Enabled"


@pytest.mark.scenario(
    "s3.buckets.public-access-block",
    feature="public access block",
    aws="https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html",
)
@each_bucket
@pytest.mark.parametrize(
    "setting", ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
)
def test_a_bucket_is_closed_to_the_public(system: System, output: str, setting: str) -> None:
    answer = system.client("s3").get_public_access_block(Bucket=system.outputs[output])
    assert answer["PublicAccessBlockConfiguration"].get(setting) is True
