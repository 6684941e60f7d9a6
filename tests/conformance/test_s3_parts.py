"""Parts of objects, and checksums that are none."""

import base64
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, new_name
from tests.conformance.refusing import refusal

pytestmark = scenario(service="s3", lane="data plane", feature="multipart uploads", aws="s3:GetObject")
PART = 5 * 1024 * 1024


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), module_cleanup)


def _parts(s3: Any, where: dict[str, str], *bodies: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Id of an upload of these parts, and what completes it."""
    upload = s3.create_multipart_upload(**where)["UploadId"]
    tags = [
        s3.upload_part(**where, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        for number, body in enumerate(bodies, 1)
    ]
    return upload, [{"ETag": tag, "PartNumber": number} for number, tag in enumerate(tags, 1)]


@pytest.fixture(scope="module")
def whole(aws: AwsClients, name: str) -> dict[str, str]:
    """An object of two parts, the second one "the end"."""
    s3, where = aws.client("s3"), {"Bucket": name, "Key": "whole"}
    upload, parts = _parts(s3, where, b"0" * PART, b"the end")
    s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})
    return where


@scenario("s3.parts.one")
def test_one_part_of_an_object_is_read_with_its_range(s3: Any, whole: dict[str, str]) -> None:
    answer = s3.get_object(**whole, PartNumber=2)
    assert (answer["Body"].read(), answer.get("PartsCount")) == (b"the end", 2)
    assert answer.get("ContentRange") == f"bytes {PART}-{PART + 6}/{PART + 7}"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


@scenario("s3.parts.head", aws="s3:HeadObject")
def test_the_head_of_one_part_says_its_length(s3: Any, whole: dict[str, str]) -> None:
    head = s3.head_object(**whole, PartNumber=2)
    assert (head["ContentLength"], head.get("PartsCount")) == (7, 2)


@scenario("s3.parts.missing")
def test_a_part_that_an_object_does_not_have_is_refused(s3: Any, whole: dict[str, str]) -> None:
    assert refusal(s3.get_object, **whole, PartNumber=10) == ("InvalidPartNumber", 416)


@scenario("s3.parts.range-too")
def test_a_part_and_a_range_together_are_refused(s3: Any, whole: dict[str, str]) -> None:
    assert refusal(s3.get_object, **whole, PartNumber=2, Range="bytes=0-8") == ("InvalidRequest", 400)


@scenario("s3.multipart.wrong-order", aws="s3:CompleteMultipartUpload")
def test_parts_named_in_another_order_are_refused(s3: Any, name: str, fresh: str) -> None:
    where = {"Bucket": name, "Key": fresh}
    upload, parts = _parts(s3, where, b"0" * PART, b"the end")
    asked = {**where, "UploadId": upload, "MultipartUpload": {"Parts": parts[::-1]}}
    assert refusal(s3.complete_multipart_upload, **asked) == ("InvalidPartOrder", 400)


@scenario("s3.multipart.wrong-part", aws="s3:CompleteMultipartUpload")
def test_a_part_that_was_not_uploaded_is_refused(s3: Any, name: str, fresh: str) -> None:
    where = {"Bucket": name, "Key": fresh}
    upload, _ = _parts(s3, where, b"a")
    wrong = {"Parts": [{"ETag": '"0123456789abcdef0123456789abcdef"', "PartNumber": 1}]}
    expected = ("InvalidPart", 400)
    assert refusal(s3.complete_multipart_upload, **where, UploadId=upload, MultipartUpload=wrong) == expected


ALGORITHMS = {"CRC32": 4, "CRC32C": 4, "SHA1": 20, "SHA256": 32, "CRC64NVME": 8}
"""Checksum algorithms, and the bytes of a checksum."""


@scenario("s3.checksums.no-checksum", feature="checksums", aws="s3:PutObject")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_that_is_none_is_refused(s3: Any, name: str, fresh: str, algorithm: str) -> None:
    asked = {"Bucket": name, "Key": fresh, "Body": b"data", f"Checksum{algorithm}": "1a2b3c4d"}
    assert refusal(s3.put_object, **asked) == ("InvalidRequest", 400)


@scenario("s3.checksums.wrong", feature="checksums", aws="s3:PutObject")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_of_another_body_is_refused(s3: Any, name: str, fresh: str, algorithm: str) -> None:
    other = base64.b64encode(b"\1" * ALGORITHMS[algorithm]).decode()
    asked = {"Bucket": name, "Key": fresh, "Body": b"data", f"Checksum{algorithm}": other}
    assert refusal(s3.put_object, **asked) == ("BadDigest", 400)
