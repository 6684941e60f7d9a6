"""Objects: conditional writes and reads, checksums, ranges, parts, metadata, tags."""

import base64
import hashlib
import zlib
from datetime import timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.plain_http import ask
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, new_name
from tests.conformance.refusing import refusal, refused
from tests.conformance.tag_lists import plain

pytestmark = scenario(service="s3", lane="data plane", feature="objects", aws="s3:PutObject")
PART = 5 * 1024 * 1024
PARTS = (b"a" * PART, b"b" * 10)


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), module_cleanup)


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


@scenario("s3.object.as-put")
def test_an_object_is_read_as_it_was_put_with_its_metadata(aws: AwsClients, name: str, fresh: str) -> None:
    s3, body = aws.client("s3"), bytes(range(256)) * 9
    headers = {
        "ContentType": "application/x-calculation",
        "CacheControl": "no-store",
        "ContentDisposition": 'attachment; filename="a.json"',
        "ContentEncoding": "identity",
        "Metadata": {"event-id": "EVT-1", "version": "3"},
    }
    key = f"{fresh}/Ünïcode and+plus.json"
    put = s3.put_object(Bucket=name, Key=key, Body=body, **headers)
    answer = s3.get_object(Bucket=name, Key=key)
    assert answer["Body"].read() == body
    assert put["ETag"] == answer["ETag"] == f'"{_md5(body)}"'
    assert {field: answer[field] for field in headers} == headers
    assert answer["ContentLength"] == len(body)
    head = s3.head_object(Bucket=name, Key=key)
    del headers["ContentEncoding"]  # of HEAD there is no recording
    assert {field: head[field] for field in headers} == headers


@scenario("s3.object.if-none-match", feature="conditional writes", aws="s3-guide:conditional-writes")
def test_an_object_is_put_only_where_there_is_none(s3: Any, name: str, fresh: str) -> None:
    s3.put_object(Bucket=name, Key=fresh, Body=b"first", IfNoneMatch="*")
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket=name, Key=fresh, Body=b"second", IfNoneMatch="*")
    assert s3.get_object(Bucket=name, Key=fresh)["Body"].read() == b"first"


@scenario("s3.object.if-match", feature="conditional writes", aws="s3-guide:conditional-writes")
def test_an_object_is_overwritten_only_where_it_is_the_one_that_was_read(s3: Any, name: str, fresh: str) -> None:
    first = s3.put_object(Bucket=name, Key=fresh, Body=b"first")["ETag"]
    s3.put_object(Bucket=name, Key=fresh, Body=b"second", IfMatch=first)
    with refused("PreconditionFailed", status=412):
        s3.put_object(Bucket=name, Key=fresh, Body=b"third", IfMatch=first)
    assert s3.get_object(Bucket=name, Key=fresh)["Body"].read() == b"second"


@scenario("s3.object.if-match-missing", feature="conditional writes", aws="s3-guide:conditional-writes")
def test_a_match_of_an_object_that_is_not_there_is_refused(aws: AwsClients, name: str, fresh: str) -> None:
    with refused("NoSuchKey", status=404):
        aws.client("s3").put_object(Bucket=name, Key=fresh, Body=b"x", IfMatch='"0123456789abcdef0123456789abcdef"')


@scenario("s3.object.conditional-get", feature="conditional reads", aws="s3-guide:conditional-reads")
def test_a_read_is_answered_only_where_its_condition_holds(s3: Any, name: str, fresh: str) -> None:
    tag = s3.put_object(Bucket=name, Key=fresh, Body=b"x")["ETag"]
    modified = s3.head_object(Bucket=name, Key=fresh)["LastModified"]
    assert s3.get_object(Bucket=name, Key=fresh, IfMatch=tag)["Body"].read() == b"x"
    with refused("304", status=304):
        s3.get_object(Bucket=name, Key=fresh, IfNoneMatch=tag)
    with refused("PreconditionFailed", status=412):
        s3.get_object(Bucket=name, Key=fresh, IfMatch='"other"')
    with refused("PreconditionFailed", status=412):
        s3.get_object(Bucket=name, Key=fresh, IfUnmodifiedSince=modified - timedelta(hours=1))


@scenario("s3.object.checksums", feature="checksums", aws="s3-guide:checking-object-integrity")
@pytest.mark.parametrize("algorithm", ["SHA256", "SHA1", "CRC32"])
def test_a_checksum_is_kept_and_given_when_asked(aws: AwsClients, name: str, fresh: str, algorithm: str) -> None:
    s3, body = aws.client("s3"), b"calculation"
    s3.put_object(Bucket=name, Key=fresh, Body=body, ChecksumAlgorithm=algorithm)
    digests = {
        "SHA256": hashlib.sha256(body).digest(),
        "SHA1": hashlib.sha1(body, usedforsecurity=False).digest(),
        "CRC32": zlib.crc32(body).to_bytes(4, "big"),
    }
    head = s3.head_object(Bucket=name, Key=fresh, ChecksumMode="ENABLED")
    assert head[f"Checksum{algorithm}"] == base64.b64encode(digests[algorithm]).decode()


@scenario("s3.object.checksum-answered", feature="checksums")
def test_the_answer_to_a_put_says_the_checksum(aws: AwsClients, name: str, fresh: str) -> None:
    put = aws.client("s3").put_object(Bucket=name, Key=fresh, Body=b"calculation", ChecksumAlgorithm="SHA256")
    assert put.get("ChecksumSHA256") == base64.b64encode(hashlib.sha256(b"calculation").digest()).decode()


@scenario("s3.object.wrong-checksum", feature="checksums", aws="s3-guide:checking-object-integrity")
def test_a_body_that_does_not_fit_its_checksum_is_refused(aws: AwsClients, name: str, fresh: str) -> None:
    s3, other = aws.client("s3"), base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    with refused("BadDigest", "XAmzContentChecksumMismatch", status=400):
        s3.put_object(Bucket=name, Key=fresh, Body=b"calculation", ChecksumSHA256=other)


@scenario("s3.object.refused-not-stored", feature="checksums")
def test_a_body_that_is_refused_is_not_stored(aws: AwsClients, name: str, fresh: str) -> None:
    s3, other = aws.client("s3"), base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert refusal(s3.put_object, Bucket=name, Key=fresh, Body=b"calculation", ChecksumSHA256=other)
    with refused("404", status=404):
        s3.head_object(Bucket=name, Key=fresh)


@scenario("s3.object.wrong-md5", feature="checksums")
def test_a_body_that_does_not_fit_its_md5_is_refused(aws: AwsClients, name: str, fresh: str) -> None:
    other = base64.b64encode(hashlib.md5(b"other", usedforsecurity=False).digest()).decode()
    with refused("BadDigest", status=400):
        aws.client("s3").put_object(Bucket=name, Key=fresh, Body=b"calculation", ContentMD5=other)


@scenario("s3.object.range", feature="ranges", aws="s3:GetObject")
@pytest.mark.parametrize(
    ("asked", "body", "said"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
    ],
)
def test_a_range_of_an_object_is_read(s3: Any, name: str, fresh: str, asked: str, body: bytes, said: str) -> None:
    s3.put_object(Bucket=name, Key=fresh, Body=b"0123456789")
    answer = s3.get_object(Bucket=name, Key=fresh, Range=asked)
    assert answer["Body"].read() == body
    assert answer["ContentRange"] == said
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206


@scenario("s3.object.range-outside", feature="ranges", aws="s3:GetObject")
def test_a_range_behind_the_end_is_refused(aws: AwsClients, name: str, fresh: str) -> None:
    aws.client("s3").put_object(Bucket=name, Key=fresh, Body=b"0123456789")
    with refused("InvalidRange", status=416):
        aws.client("s3").get_object(Bucket=name, Key=fresh, Range="bytes=10-")


@scenario("s3.object.copy", feature="copies", aws="s3:CopyObject")
def test_a_copy_keeps_metadata_or_replaces_it(aws: AwsClients, name: str, fresh: str) -> None:
    s3, source = aws.client("s3"), {"Bucket": name, "Key": fresh}
    s3.put_object(Body=b"x", ContentType="text/csv", Metadata={"kind": "a"}, **source)
    s3.copy_object(Bucket=name, Key=f"{fresh}-kept", CopySource=source)
    replaced = {"MetadataDirective": "REPLACE", "Metadata": {"kind": "b"}, "ContentType": "text/plain"}
    s3.copy_object(Bucket=name, Key=f"{fresh}-replaced", CopySource=source, **replaced)
    heads = [s3.head_object(Bucket=name, Key=f"{fresh}-{which}") for which in ("kept", "replaced")]
    assert [(head["Metadata"], head["ContentType"]) for head in heads] == [
        ({"kind": "a"}, "text/csv"),
        ({"kind": "b"}, "text/plain"),
    ]


@scenario("s3.object.tags", feature="tagging", aws="s3:PutObjectTagging")
def test_tags_of_an_object_are_given_counted_replaced_and_removed(aws: AwsClients, name: str, fresh: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": fresh}
    s3.put_object(Body=b"x", Tagging="event=EVT1&kind=a", **where)
    assert s3.get_object(**where)["TagCount"] == 2
    tags = s3.get_object_tagging(**where)["TagSet"]
    assert plain(tags) == {"event": "EVT1", "kind": "a"}
    s3.put_object_tagging(Tagging={"TagSet": [{"Key": "kind", "Value": "b"}]}, **where)
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "kind", "Value": "b"}]
    s3.delete_object_tagging(**where)
    assert s3.get_object_tagging(**where)["TagSet"] == []


@scenario("s3.object.tags-decoded", feature="tagging")
def test_tags_in_a_header_are_decoded_like_a_query(aws: AwsClients, name: str, fresh: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": fresh}
    s3.put_object(Body=b"x", Tagging="event=EVT%201", **where)
    assert s3.get_object_tagging(**where)["TagSet"] == [{"Key": "event", "Value": "EVT 1"}]


@scenario("s3.object.deleted", feature="deletion", aws="s3:DeleteObjects")
def test_deleting_many_says_which_also_of_those_that_were_not_there(aws: AwsClients, name: str, fresh: str) -> None:
    s3, keys = aws.client("s3"), [f"{fresh}/{which}" for which in ("a", "b", "never")]
    for key in keys[:2]:
        s3.put_object(Bucket=name, Key=key, Body=b"x")
    answer = s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": key} for key in keys]})
    assert sorted(one["Key"] for one in answer["Deleted"]) == keys
    assert s3.list_objects_v2(Bucket=name, Prefix=fresh)["KeyCount"] == 0


@scenario("s3.errors.no-such-key", feature="error codes", aws="s3:GetObject")
def test_a_missing_object_is_a_404_with_the_documented_document(s3: Any, name: str, fresh: str) -> None:
    with refused("NoSuchKey", status=404) as refusal:
        s3.get_object(Bucket=name, Key=fresh)
    assert refusal.response["Error"]["Key"] == fresh
    assert refusal.message == "The specified key does not exist."
    with refused("404", status=404):
        s3.head_object(Bucket=name, Key=fresh)


@scenario("s3.errors.no-such-bucket", feature="error codes", aws="s3:ListObjectsV2")
def test_a_missing_bucket_is_a_404(aws: AwsClients) -> None:
    with refused("NoSuchBucket", status=404) as refusal:
        aws.client("s3").list_objects_v2(Bucket=new_name())
    assert refusal.message == "The specified bucket does not exist"


@scenario("s3.errors.bucket-named", feature="error codes", aws="s3:Error")
def test_the_error_of_a_missing_bucket_names_it(aws: AwsClients) -> None:
    missing = new_name()
    with refused("NoSuchBucket", status=404) as refusal:
        aws.client("s3").list_objects_v2(Bucket=missing)
    assert refusal.response["Error"].get("BucketName") == missing


@scenario("s3.multipart.joined", feature="multipart uploads", aws="s3-guide:mpuoverview")
def test_parts_are_listed_and_joined_under_a_digest_of_their_digests(aws: AwsClients, name: str, fresh: str) -> None:
    listed, done, answer = _multipart(aws, name, fresh, (1, 2))
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, PART), (2, 10)]
    digests = b"".join(hashlib.md5(body, usedforsecurity=False).digest() for body in PARTS)
    assert done["ETag"] == f'"{_md5(digests)}-2"'
    assert answer["Body"].read() == b"".join(PARTS)


@scenario("s3.multipart.order", feature="multipart uploads", aws="s3-guide:mpuoverview")
def test_parts_are_joined_by_their_numbers_whatever_order_they_came_in(aws: AwsClients, name: str, fresh: str) -> None:
    listed, _, answer = _multipart(aws, name, fresh, (2, 1))
    assert [part["PartNumber"] for part in listed] == [1, 2]
    assert answer["Body"].read() == b"".join(PARTS)


@scenario("s3.multipart.metadata", feature="multipart uploads", aws="s3:CreateMultipartUpload")
def test_the_metadata_given_at_the_start_of_an_upload_is_that_of_the_object(
    aws: AwsClients, name: str, fresh: str
) -> None:
    assert _multipart(aws, name, fresh, (1, 2), Metadata={"kind": "a"})[2]["Metadata"] == {"kind": "a"}


def _multipart(aws: AwsClients, name: str, fresh: str, order: tuple[int, ...], **options: Any) -> tuple[Any, Any, Any]:
    """Upload PARTS in this order and join them; return the parts listed before, and what CompleteMultipartUpload and GetObject answer."""
    s3, where = aws.client("s3"), {"Bucket": name, "Key": fresh}
    upload = s3.create_multipart_upload(**where, **options)["UploadId"]
    tags = {
        number: s3.upload_part(PartNumber=number, UploadId=upload, Body=PARTS[number - 1], **where)["ETag"]
        for number in order
    }
    listed = s3.list_parts(UploadId=upload, **where)["Parts"]
    parts = [{"PartNumber": number, "ETag": tag} for number, tag in sorted(tags.items())]
    done = s3.complete_multipart_upload(UploadId=upload, MultipartUpload={"Parts": parts}, **where)
    return listed, done, s3.get_object(**where)


@scenario("s3.multipart.too-small", feature="multipart uploads", aws="s3:CompleteMultipartUpload")
def test_a_part_below_five_mebibytes_that_is_not_the_last_is_refused(aws: AwsClients, name: str, fresh: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": fresh}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    parts = [
        {"PartNumber": one, "ETag": s3.upload_part(PartNumber=one, UploadId=upload, Body=b"x", **where)["ETag"]}
        for one in (1, 2)
    ]
    with refused("EntityTooSmall", status=400):
        s3.complete_multipart_upload(UploadId=upload, MultipartUpload={"Parts": parts}, **where)
    s3.abort_multipart_upload(UploadId=upload, **where)


@scenario("s3.multipart.aborted", feature="multipart uploads", aws="s3:AbortMultipartUpload")
def test_an_aborted_upload_is_gone(aws: AwsClients, name: str, fresh: str) -> None:
    s3, where = aws.client("s3"), {"Bucket": name, "Key": fresh}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    s3.abort_multipart_upload(UploadId=upload, **where)
    with refused("NoSuchUpload", status=404):
        s3.upload_part(PartNumber=1, UploadId=upload, Body=b"x", **where)


@scenario("s3.presigned", feature="presigned URLs", aws="s3-guide:using-presigned-url")
def test_a_presigned_url_reads_one_object_without_credentials(s3: Any, name: str, fresh: str) -> None:
    s3.put_object(Bucket=name, Key=fresh, Body=b"report")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": fresh}, ExpiresIn=60)
    answer = ask("s3 GetObject", "GET", url)
    assert (answer.status, answer.data) == (200, b"report")
