"""Nothing secret is in what a report shows of a request or an answer."""

import json
from io import BufferedReader, BytesIO
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenarios.masking import LONGEST, MASK, masked_body, masked_headers

SECRET = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=8, max_size=60)
NAMES = st.sampled_from(
    ["SecretString", "SecretAccessKey", "MasterUserPassword", "password", "Plaintext", "SessionToken"]
)


@given(name=NAMES, secret=SECRET.map("zq9".__add__), deep=st.booleans(), padding=st.integers(0, 2 * LONGEST))
def test_a_secret_of_a_json_document_is_masked_however_long_it_is(
    name: str, secret: str, deep: bool, padding: int
) -> None:
    inner = {name: secret}
    document = {"Padding": "x" * padding, "Name": "shown", "Inner": json.dumps(inner) if deep else inner}
    assert secret[3:] not in masked_body(json.dumps(document).encode())


@given(name=NAMES, secret=SECRET.map("zq9".__add__))
def test_a_secret_of_an_xml_answer_or_a_query_is_masked(name: str, secret: str) -> None:
    assert secret not in masked_body(f"<Answer><{name}>{secret}</{name}></Answer>")
    assert secret not in masked_body(urlencode({"Action": "X", name: secret, "Other": "shown"}))


@pytest.mark.parametrize("name", ["Authorization", "X-Amz-Security-Token", "authorization", "Set-Cookie"])
def test_headers_that_carry_credentials_are_masked_and_others_shown(name: str) -> None:
    assert masked_headers({name: b"AWS4-HMAC", "Content-Type": "json"}) == {name: MASK, "Content-Type": "json"}


def test_what_is_no_secret_is_shown_and_a_long_body_is_cut_with_its_length() -> None:
    assert masked_body(b'{"QueueName": "requests"}') == '{"QueueName": "requests"}'
    assert masked_body("y" * 5000).endswith("… (5000 characters)")


def test_a_body_that_is_read_as_it_is_sent_is_shown_by_its_bytes_or_told_to_be_a_stream() -> None:
    body = BytesIO(b"part 1")
    body.read()
    assert masked_body(body) == "part 1"
    assert masked_body(BufferedReader(body)) == "(a stream)"
