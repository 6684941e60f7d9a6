"""Conditions of deletes, copies and multipart uploads: what changed in between is not overwritten."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, new_name
from tests.conformance.refusing import refusal, refused

pytestmark = scenario(service="s3", lane="data plane", feature="conditional writes", aws="s3-guide:conditional-writes")
FAILED, CONFLICT = ("PreconditionFailed", 412), ("ConditionalRequestConflict", 409)
NO_KEY = ("NoSuchKey", 404)


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), module_cleanup)


@pytest.fixture
def which(name: str, fresh: str) -> dict[str, str]:
    """Bucket and key of an object of the scenario's own."""
    return {"Bucket": name, "Key": fresh}


def _body(s3: Any, which: dict[str, str]) -> bytes:
    return bytes(s3.get_object(**which)["Body"].read())


def _upload(s3: Any, which: dict[str, str]) -> dict[str, Any]:
    """Upload one part, and return what completes the upload."""
    upload = s3.create_multipart_upload(**which)["UploadId"]
    tag = s3.upload_part(**which, UploadId=upload, PartNumber=1, Body=b"parts")["ETag"]
    return {**which, "UploadId": upload, "MultipartUpload": {"Parts": [{"ETag": tag, "PartNumber": 1}]}}


@scenario("s3.delete.if-match", aws="s3:DeleteObject")
def test_an_object_that_is_another_is_not_deleted(s3: Any, which: dict[str, str]) -> None:
    s3.put_object(**which, Body=b"kept")
    assert refusal(s3.delete_object, **which, IfMatch="another") == FAILED
    assert _body(s3, which) == b"kept"


@scenario("s3.delete.directory-conditions", aws="s3:DeleteObject")
@pytest.mark.parametrize(
    "condition",
    [{"IfMatchSize": 10}, {"IfMatchLastModifiedTime": datetime(2026, 3, 1, tzinfo=UTC)}],
    ids=["size", "time"],
)
def test_a_delete_by_size_or_time_is_not_there_in_a_general_bucket(
    s3: Any, which: dict[str, str], condition: dict[str, Any]
) -> None:
    s3.put_object(**which, Body=b"kept")
    with refused("NotImplemented", status=501):
        s3.delete_object(**which, **condition)


@scenario("s3.put.wrong-conditions", aws="s3:PutObject")
@pytest.mark.parametrize(
    "condition",
    [{"IfMatch": "*"}, {"IfNoneMatch": '"d41d8cd98f00b204e9800998ecf8427e"'}, {"IfMatch": '"1"', "IfNoneMatch": "*"}],
    ids=["any-match", "other-than-one", "both"],
)
def test_a_condition_that_a_put_does_not_know_is_refused(
    s3: Any, which: dict[str, str], condition: dict[str, str]
) -> None:
    with refused("NotImplemented", status=501):
        s3.put_object(**which, **condition)


@scenario("s3.copy.if-none-match", aws="s3:CopyObject")
def test_a_copy_goes_only_where_there_is_no_object(s3: Any, name: str, which: dict[str, str]) -> None:
    s3.put_object(**which, Body=b"source")
    copy = {"Bucket": name, "Key": f"{which['Key']}-copy", "CopySource": which, "IfNoneMatch": "*"}
    s3.copy_object(**copy)
    assert refusal(s3.copy_object, **copy) == FAILED


@scenario("s3.copy.if-match", aws="s3:CopyObject")
def test_a_copy_replaces_only_the_object_that_was_read(s3: Any, name: str, which: dict[str, str]) -> None:
    s3.put_object(**which, Body=b"source")
    other = {"Bucket": name, "Key": f"{which['Key']}-copy"}
    tag = s3.put_object(**other, Body=b"first")["ETag"]
    assert refusal(s3.copy_object, **other, CopySource=which, IfMatch='"another"') == FAILED
    assert _body(s3, other) == b"first"
    s3.copy_object(**other, CopySource=which, IfMatch=tag)
    assert _body(s3, other) == b"source"


@scenario("s3.copy.if-match-missing", aws="s3:CopyObject")
def test_a_copy_that_replaces_nothing_is_not_found(s3: Any, name: str, which: dict[str, str]) -> None:
    tag = s3.put_object(**which, Body=b"source")["ETag"]
    other = {"Bucket": name, "Key": f"{which['Key']}-copy"}
    assert refusal(s3.copy_object, **other, CopySource=which, IfMatch=tag) == NO_KEY


def _source_conditions(s3: Any, which: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Conditions of a copy's source, by name; none of them holds."""
    tag = s3.put_object(**which, Body=b"data")["ETag"]
    yesterday = datetime.now(UTC) - timedelta(days=1)
    return {
        "if-match": {"CopySourceIfMatch": '"another"'},
        "if-none-match": {"CopySourceIfNoneMatch": tag},
        "if-unmodified-since": {"CopySourceIfUnmodifiedSince": yesterday},
    }


@scenario("s3.copy.source", feature="copies", aws="s3:CopyObject")
@pytest.mark.parametrize("condition", ["if-match", "if-none-match", "if-unmodified-since"])
def test_a_source_that_does_not_meet_its_condition_is_not_copied(
    s3: Any, name: str, which: dict[str, str], condition: str
) -> None:
    asked = _source_conditions(s3, which)[condition]
    copy = {"Bucket": name, "Key": f"{which['Key']}-copy"}
    assert refusal(s3.copy_object, **copy, CopySource=which, **asked) == FAILED
    assert refusal(s3.get_object, **copy) == NO_KEY


@scenario("s3.copy.source-unmodified", feature="copies", aws="s3:CopyObject")
def test_a_source_that_was_not_modified_since_is_not_copied(s3: Any, name: str, which: dict[str, str]) -> None:
    s3.put_object(**which, Body=b"data")
    time.sleep(2)  # Last-Modified counts whole seconds, and a time to come is ignored
    copy = {"Bucket": name, "Key": f"{which['Key']}-copy", "CopySource": which}
    assert refusal(s3.copy_object, **copy, CopySourceIfModifiedSince=datetime.now(UTC)) == FAILED


@scenario("s3.copy.source-future", feature="copies", aws="s3:CopyObject")
def test_a_time_to_come_is_no_condition_of_a_source(s3: Any, name: str, which: dict[str, str]) -> None:
    s3.put_object(**which, Body=b"data")
    copy = {"Bucket": name, "Key": f"{which['Key']}-copy"}
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    s3.copy_object(**copy, CopySource=which, CopySourceIfModifiedSince=tomorrow)
    assert _body(s3, copy) == b"data"


@scenario("s3.copy.part-source", feature="copies", aws="s3:UploadPartCopy")
@pytest.mark.parametrize("condition", ["if-match", "if-none-match", "if-unmodified-since"])
def test_a_part_is_not_copied_from_a_source_that_does_not_meet_its_condition(
    s3: Any, name: str, which: dict[str, str], condition: str
) -> None:
    asked = _source_conditions(s3, which)[condition]
    where = {"Bucket": name, "Key": f"{which['Key']}-copy"}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    part = {**where, "UploadId": upload, "PartNumber": 1, "CopySource": which}
    assert refusal(s3.upload_part_copy, **part, **asked) == FAILED
    s3.abort_multipart_upload(**where, UploadId=upload)


@scenario("s3.multipart.if-match", aws="s3:CompleteMultipartUpload")
def test_an_upload_replaces_only_the_object_that_was_read(s3: Any, which: dict[str, str]) -> None:
    tag = s3.put_object(**which, Body=b"first")["ETag"]
    assert s3.complete_multipart_upload(**_upload(s3, which), IfMatch=tag)["ETag"].endswith('-1"')
    assert refusal(s3.complete_multipart_upload, **_upload(s3, which), IfMatch=tag) == FAILED


@scenario("s3.multipart.if-none-match", aws="s3:CompleteMultipartUpload")
def test_an_upload_is_completed_only_where_there_is_no_object(s3: Any, which: dict[str, str]) -> None:
    upload = _upload(s3, which)
    s3.put_object(**which, Body=b"first")
    assert refusal(s3.complete_multipart_upload, **upload, IfNoneMatch="*") == FAILED
    assert _body(s3, which) == b"first"


@scenario("s3.multipart.put-between", aws="s3:CompleteMultipartUpload")
def test_an_object_written_during_an_upload_is_a_conflict_even_if_it_matches(s3: Any, which: dict[str, str]) -> None:
    s3.put_object(**which, Body=b"first")
    upload = _upload(s3, which)
    tag = s3.put_object(**which, Body=b"second")["ETag"]
    assert refusal(s3.complete_multipart_upload, **upload, IfMatch=tag) == CONFLICT
    assert _body(s3, which) == b"second"


@scenario("s3.multipart.deleted-between", aws="s3:CompleteMultipartUpload")
def test_an_object_deleted_during_an_upload_is_not_found(s3: Any, which: dict[str, str]) -> None:
    tag = s3.put_object(**which, Body=b"first")["ETag"]
    upload = _upload(s3, which)
    s3.delete_object(**which)
    assert refusal(s3.complete_multipart_upload, **upload, IfMatch=tag) == NO_KEY


@scenario("s3.multipart.delete-conflict", aws="s3:CompleteMultipartUpload")
def test_an_object_deleted_during_an_upload_is_a_conflict_where_there_should_be_none(
    s3: Any, which: dict[str, str]
) -> None:
    s3.put_object(**which, Body=b"first")
    upload = _upload(s3, which)
    s3.delete_object(**which)
    assert refusal(s3.complete_multipart_upload, **upload, IfNoneMatch="*") == CONFLICT


@scenario("s3.copy.onto-itself", feature="copies", aws="s3:CopyObject")
def test_a_copy_onto_itself_that_changes_nothing_is_refused(s3: Any, which: dict[str, str]) -> None:
    s3.put_object(**which, Body=b"data")
    assert refusal(s3.copy_object, **which, CopySource=which) == ("InvalidRequest", 400)
