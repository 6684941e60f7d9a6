"""S3: calculations, reports and artifacts."""

import pytest

from harness.system import System
from tests.resources import BUCKETS

each_bucket = pytest.mark.parametrize("output", BUCKETS)


@each_bucket
def test_a_bucket_encrypts_with_kms_by_default(system: System, output: str) -> None:
    answer = system.client("s3").get_bucket_encryption(Bucket=system.outputs[output])
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


@each_bucket
def test_a_bucket_asks_kms_once_for_many_objects(system: System, output: str) -> None:
    answer = system.client("s3").get_bucket_encryption(Bucket=system.outputs[output])
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule.get("BucketKeyEnabled") is True


@each_bucket
def test_a_bucket_keeps_versions(system: System, output: str) -> None:
    assert system.client("s3").get_bucket_versioning(Bucket=system.outputs[output]).get("Status") == "Enabled"


@each_bucket
@pytest.mark.parametrize(
    "setting", ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]
)
def test_a_bucket_is_closed_to_the_public(system: System, output: str, setting: str) -> None:
    answer = system.client("s3").get_public_access_block(Bucket=system.outputs[output])
    assert answer["PublicAccessBlockConfiguration"].get(setting) is True
