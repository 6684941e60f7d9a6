"""Which changed requests get a signature that fits."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.credentials import Credentials

from harness.faults.signing import Keyring, fits
from tests.unit.faults.boto3_requests import sent_by_boto3

KEY = Credentials("AKIDEXAMPLE", "secret")
CALLS = [
    ("sqs", "send_message", {"QueueUrl": "http://127.0.0.1:4566/q", "MessageBody": "\u00fc b"}),
    ("s3", "put_object", {"Bucket": "b", "Key": "a b/\u00fc+c", "Body": b"x"}),
    ("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "a b"}),
    ("lambda", "list_tags", {"Resource": "arn:aws:lambda:us-east-1:000000000000:function:f"}),
    ("apigateway", "get_tags", {"resourceArn": "arn:aws:apigateway:us-east-1::/restapis/a1b2c3"}),
    ("iam", "get_role", {"RoleName": "r"}),
]


@pytest.mark.parametrize(("service", "method", "parameters"), CALLS, ids=lambda value: str(value)[:20])
def test_a_signature_fits_the_key_that_made_it_and_no_other(
    service: str, method: str, parameters: dict[str, Any]
) -> None:
    request, _ = sent_by_boto3(service, method, parameters)
    assert fits(request, KEY)
    assert not fits(sent_by_boto3(service, method, parameters, secret="another")[0], KEY)
    assert not fits(replace(request, body=b"other", target=f"{request.target}x"), KEY)


@pytest.mark.parametrize(("secret", "fitting"), [("secret", True), ("another", False)])
def test_a_changed_request_is_signed_again_where_its_signature_fitted_before(secret: str, fitting: bool) -> None:
    """Else a caller with a wrong signature would be let in by the layer, and that seen in place of the defect."""
    keyring = Keyring()
    keyring.keep("AKIDEXAMPLE", "secret", "user/deployer")
    original, _ = sent_by_boto3("iam", "get_role", {"RoleName": "r"}, secret)
    changed = replace(original, body=original.body + b"x")
    assert fits(keyring.sign_again(changed, original, "AKIDEXAMPLE"), KEY) is fitting
