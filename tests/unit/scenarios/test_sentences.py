"""The sentence on a scenario that did not pass: asked, came, and what AWS answers; never the raw text of a test."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from botocore.parsers import ResponseParserError

from harness.deadline import DeadlineError
from harness.results.document import Exchange, Outcome
from harness.scenarios.evidence import Grade
from harness.scenarios.sentences import Compared, UnexpectedAnswerError, claim_of, sentence

CALL = Exchange("kms", "DescribeKey", "POST", "", {}, "", 200, {}, "", "0")
SAYS = "kms DescribeKey gave"
RAW = AssertionError("assert None == ('DisabledException', 400)\n +  where None = <function refusal at 0x7f>()")
ARN = "arn:aws:lambda:us-east-1:000000000000:function:conformance-0123456789-0123456789-0123456789"


def of(
    error: BaseException,
    compared: Compared | None = None,
    outcome: Outcome = Outcome.FAIL,
    grade: Grade = Grade.DOCUMENTED,
) -> str:
    return sentence(error, compared, CALL, claim_of("test_a_disabled_key_is_of_no_use[encrypt]"), outcome, grade)


@pytest.mark.parametrize(
    ("grade", "expects", "holds"),
    [
        (Grade.RECORDED, "AWS answers DisabledException 400 (a", "on AWS a disabled key"),
        (Grade.QUOTED, "AWS answers DisabledException 400 (a", "on AWS a disabled key"),
        (Grade.DOCUMENTED, "AWS documents DisabledException 400 (a", "AWS documents that a disabled key"),
        (Grade.NONE, "unproven: DisabledException 400 (a", "unproven: a disabled key"),
    ],
)
def test_a_sentence_says_no_more_of_aws_than_is_proved(grade: Grade, expects: str, holds: str) -> None:
    refusal = Compared("==", None, ("DisabledException", 400))
    assert f"kms DescribeKey was answered 200 where {expects}" in of(RAW, refusal, grade=grade)
    assert f"kms DescribeKey was answered 200 where {holds}" in of(RAW, grade=grade)


def refused(code: str, message: str, status: int) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "CreateKey")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("op", "left", "right", "said"),
    [
        ("==", None, ("DisabledException", 400), "kms DescribeKey was answered 200 where AWS documents DisabledException 400"),
        ("==", ("NotFound", 404), ("NotFound", 400), "kms DescribeKey was refused with NotFound 404 where AWS documents NotFound 400"),
        ("==", ("500", 500), ("NotFound", 400), "kms DescribeKey was answered 500 where AWS documents NotFound 400"),
        ("==", 2, 1, f"{SAYS} 2 where AWS documents 1"),
        ("==", {}, {"a": b"b"}, f'{SAYS} {{}} where AWS documents {{"a": "b"}}'),
        ("==", {"Id": "x" * 90, "Use": None}, {"Id": "x" * 90, "Use": "ENCRYPT"}, f'{SAYS} Use nothing where AWS documents "ENCRYPT"'),
        ("==", {"List": [{"Id": "x" * 90, "Use": 1}]}, {"List": [{"Id": "x" * 90}]}, f"{SAYS} List[0].Use 1 where AWS documents nothing"),
        ("==", (True, "x" * 90, None), (True, "x" * 90, 180), f"{SAYS} nothing where AWS documents 180"),
        ("==", ["x" * 90, "y"], ["x" * 90], f'{SAYS} 2 elements, among them ["y"] where AWS documents 1 element'),
        ("==", f"{ARN}:1", f"{ARN}:live", f'{SAYS} "…123456789:1" where AWS documents "…123456789:live"'),
        ("==", {"x" * 90, "y"}, {"x" * 90}, f'{SAYS} 2 elements, among them ["y"] where AWS documents 1 element'),
        ("<=", 18, 2, f"{SAYS} 18 where AWS documents at most 2"),
        ("!=", 5, 5, f"{SAYS} 5 where AWS documents another value than 5"),
        ("is not", None, None, f"{SAYS} nothing where AWS documents another value than nothing"),
        ("in", "c", ("a", "b"), f'{SAYS} "c" where AWS documents one of ["a", "b"]'),
        ("in", "c", ["a", "b"], f'{SAYS} ["a", "b"] where AWS documents "c" in it'),
        ("not in", "a", ["a", "b"], f'{SAYS} ["a", "b"] where AWS documents no "a" in it'),
    ],
)  # fmt: skip
def test_a_comparison_says_what_came_and_what_aws_documents(op: str, left: object, right: object, said: str) -> None:
    assert of(RAW, Compared(op, left, right)) == f"{said} (a disabled key is of no use)"


def test_a_refusal_of_what_should_be_answered_is_told_with_the_claim() -> None:
    said = of(RAW, Compared("==", ("NotFound", 400), None))
    assert said == "kms DescribeKey was refused with NotFound 400 where AWS documents that a disabled key is of no use"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RAW, "kms DescribeKey was answered 200 where AWS documents that a disabled key is of no use"),
        (AssertionError("no\nassert 1 == 2"), "no (kms DescribeKey was answered 200) where AWS documents that a disabled"),
        (AssertionError("{'a': 1}\nassert 1 == 2"), "kms DescribeKey was answered 200 where AWS documents that a disabled"),
        (KeyError("KeyState"), 'the answer of kms DescribeKey has no field "KeyState" where AWS documents that a disabled'),
        (IndexError("list index"), "the answer of kms DescribeKey has too few elements where AWS documents that"),
        (TypeError("not a list"), "what came after kms DescribeKey has another form (not a list) where AWS documents that"),
        (refused("NoKey", "No such key.", 400), "kms CreateKey was refused with NoKey 400 (No such key) where AWS documents that a disabled key"),
        (refused("500", "<html>\n<title>Server error</title>\n<p>Sorry.</p>", 500), "kms CreateKey was answered 500 (Server error) where AWS"),
        (refused("404", "<?xml version='1'?><Error><Code>No</Code><Message>No bucket</Message></Error>", 404), "kms CreateKey was answered 404 (No bucket) where AWS"),
        (UnexpectedAnswerError(None, ("A", "B"), None), "kms DescribeKey was answered 200 where AWS documents A or B (a disabled"),
        (UnexpectedAnswerError(("C", 409), ("A",), 400), "kms DescribeKey was refused with C 409 where AWS documents A 400 (a disabled"),
        (DeadlineError("disabled: not so after 8 s", {"a": 1}), 'disabled: not so after 8 s, kms DescribeKey having given {"a": 1} where'),
        (DeadlineError("no key: not so after 8 s", ("No", 400)), "no key: not so after 8 s, kms DescribeKey being refused with No 400 where"),
        (ResponseParserError("no XML"), "the answer of kms DescribeKey cannot be read (no XML) where AWS documents that a disabled"),
        (RuntimeError("gone"), "kms DescribeKey: RuntimeError: gone where AWS documents that a disabled key is of no use"),
    ],
)  # fmt: skip
def test_every_other_error_says_what_came_and_the_claim(error: Exception, said: str) -> None:
    assert of(error).startswith(said)
    assert of(error).rstrip(")").endswith("a disabled key is of no use")


def test_what_is_not_known_is_said_to_be_so() -> None:
    said = of(EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), outcome=Outcome.INDETERMINATE)
    assert said.startswith("kms DescribeKey: EndpointConnectionError: Could not connect to the endpoint URL")
    assert said.endswith(", so it is not known whether a disabled key is of no use")


def test_a_long_value_is_cut_with_its_length() -> None:
    assert f'"{"y" * 159}… (3002 characters)' in of(RAW, Compared("==", "y" * 3000, 1))
