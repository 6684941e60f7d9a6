"""Presigned requests: a PUT, a form's POST and its policy, and the end of both."""

import re
import time
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.plain_http import ask
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_bucket, new_name

pytestmark = scenario(service="s3", lane="security", feature="presigned URLs", aws="s3-guide:PresignedUrlUploadObject")
POLICY = "https://docs.aws.amazon.com/AmazonS3/latest/developerguide/sigv4-HTTPPOSTConstructPolicy.html"


@pytest.fixture(scope="module")
def name(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return a_bucket(aws, new_name(), module_cleanup)


def _ask(method: str, url: str, **more: Any) -> tuple[int, str]:
    """Status of a request without credentials, and the code of its error ("" without one)."""
    answer = ask(f"s3 {method.title()}Object", method, url, **more)
    found = re.search(r"<Code>(\w+)</Code>", answer.data.decode(errors="replace"))
    return answer.status, found[1] if found else ""


def _post(form: dict[str, Any], body: bytes = b"0123456789", **changed: str) -> tuple[int, str]:
    """What a form that uploads `body` is answered; `changed` fields are other than they were signed."""
    fields = [*(form["fields"] | {name.replace("_", "-"): text for name, text in changed.items()}).items()]
    return _ask("POST", form["url"], fields=[*fields, ("file", ("report.txt", body, "text/plain"))])


@scenario("s3.presigned.put", lane="data plane")
def test_a_presigned_url_puts_one_object(s3: Any, name: str, fresh: str) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": name, "Key": fresh})
    assert _ask("PUT", url, body=b"something") == (200, "")
    answer = s3.get_object(Bucket=name, Key=fresh)
    assert (answer["Body"].read(), answer["ContentLength"]) == (b"something", 9)


@scenario("s3.presigned.expired")
def test_a_presigned_url_ends_with_its_time(s3: Any, name: str, fresh: str) -> None:
    s3.put_object(Bucket=name, Key=fresh, Body=b"report")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": fresh}, ExpiresIn=2)
    wait_for("the end of the URL", lambda: _ask("GET", url), (403, "AccessDenied").__eq__, 10)


@scenario("s3.presigned.altered")
def test_a_presigned_url_is_good_for_its_own_key_only(s3: Any, name: str, fresh: str) -> None:
    s3.put_object(Bucket=name, Key=f"{fresh}-other", Body=b"secret")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": name, "Key": fresh})
    assert _ask("GET", url.replace(fresh, f"{fresh}-other")) == (403, "SignatureDoesNotMatch")


@scenario("s3.presigned.post", lane="data plane", aws=POLICY)
def test_a_form_uploads_its_file_with_its_metadata(s3: Any, name: str, fresh: str) -> None:
    fields = {"x-amz-meta-event": "EVT-1", "Content-Type": "text/csv"}
    conditions = [["eq", "$x-amz-meta-event", "EVT-1"], ["eq", "$Content-Type", "text/csv"]]
    form = s3.generate_presigned_post(Bucket=name, Key=fresh, Fields=fields, Conditions=conditions)
    assert _post(form) == (204, "")
    head = s3.head_object(Bucket=name, Key=fresh)
    assert (head["ContentType"], head["Metadata"], head["ContentLength"]) == ("text/csv", {"event": "EVT-1"}, 10)


@scenario("s3.presigned.post-status", lane="data plane", aws=POLICY)
def test_a_form_names_its_file_and_says_the_key_when_asked(s3: Any, name: str, fresh: str) -> None:
    form = s3.generate_presigned_post(
        Bucket=name,
        Key=f"{fresh}-${{filename}}",
        Fields={"success_action_status": "201"},
        Conditions=[["eq", "$success_action_status", "201"]],
    )
    fields = [*form["fields"].items(), ("file", ("report.txt", b"x", "text/plain"))]
    answer = ask("s3 PostObject", "POST", form["url"], fields=fields)
    assert (answer.status, re.findall("<Key>(.*)</Key>", answer.data.decode())) == (201, [f"{fresh}-report.txt"])


@scenario("s3.presigned.post-expired", aws=POLICY)
def test_a_form_ends_with_its_policy(s3: Any, name: str, fresh: str) -> None:
    form = s3.generate_presigned_post(Bucket=name, Key=fresh, ExpiresIn=2)
    time.sleep(3)  # the policy's own end
    wait_for("the end of the form", lambda: _post(form), (403, "AccessDenied").__eq__, 10)


@scenario("s3.presigned.post-size", aws=POLICY)
@pytest.mark.parametrize(
    ("length", "expected"),
    [(12, (400, "EntityTooLarge")), (1, (400, "EntityTooSmall")), (5, (204, "")), (10, (204, ""))],
    ids=["too-large", "too-small", "smallest", "largest"],
)
def test_a_form_takes_files_of_the_sizes_that_its_policy_says(
    s3: Any, name: str, fresh: str, length: int, expected: tuple[int, str]
) -> None:
    form = s3.generate_presigned_post(Bucket=name, Key=fresh, Conditions=[["content-length-range", 5, 10]])
    assert _post(form, b"a" * length) == expected


@scenario("s3.presigned.post-condition", aws=POLICY)
def test_a_form_whose_field_was_changed_is_denied(s3: Any, name: str, fresh: str) -> None:
    where = "https://example.org/done"
    form = s3.generate_presigned_post(
        Bucket=name,
        Key=fresh,
        Fields={"success_action_redirect": where},
        Conditions=[["eq", "$success_action_redirect", where]],
    )
    form["fields"]["success_action_redirect"] = "https://example.org/elsewhere"
    assert _post(form) == (403, "AccessDenied")


@scenario("s3.presigned.post-unsigned", aws=POLICY)
def test_a_form_without_its_signature_is_refused(s3: Any, name: str, fresh: str) -> None:
    form = s3.generate_presigned_post(Bucket=name, Key=fresh)
    for field in ("x-amz-signature", "signature"):
        form["fields"].pop(field, None)
    assert _post(form) == (400, "InvalidArgument")
