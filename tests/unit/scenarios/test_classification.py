"""A wrong answer, a missing operation, or no answer: what an error says."""

from dataclasses import replace

import psycopg2
import pytest
import urllib3
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from harness.deadline import DeadlineError
from harness.results.document import Exchange, Outcome
from harness.scenarios.classification import outcome_of_error


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Operation")


def answer(status: int, body: str) -> Exchange:
    return Exchange("sqs", "Operation", "POST", "", {}, "", status, {}, body, "0")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (AssertionError("1 == 2"), Outcome.FAIL),
        (DeadlineError("not so after 8 s"), Outcome.FAIL),
        (KeyError("Attributes"), Outcome.FAIL),
        (refused("AccessDenied"), Outcome.FAIL),
        (refused("ThrottlingException"), Outcome.INDETERMINATE),
        (EndpointConnectionError(endpoint_url="x"), Outcome.INDETERMINATE),
        (ConnectTimeoutError(endpoint_url="x"), Outcome.INDETERMINATE),
        (ReadTimeoutError(endpoint_url="x"), Outcome.INDETERMINATE),
        (urllib3.exceptions.ProtocolError("reset"), Outcome.INDETERMINATE),
        (ConnectionResetError("reset"), Outcome.INDETERMINATE),
        (psycopg2.OperationalError("gone"), Outcome.INDETERMINATE),
        (psycopg2.ProgrammingError("no such column"), Outcome.FAIL),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_error_is_a_wrong_answer_or_none(error: Exception, expected: Outcome) -> None:
    assert outcome_of_error(error, answer(400, "{}"), lambda *_: True) is expected


@pytest.mark.parametrize(
    "last",
    [
        answer(501, ""),
        answer(400, '{"__type": "UnknownOperationException"}'),
        answer(400, "<Code>InvalidAction</Code>"),
        answer(500, "The tag_queue action has not been implemented"),
        answer(400, '{"__type": "UnknownService", "message": "Unknown service: CodeBuild_20161006"}'),
        answer(404, "<Error><Code>NoSuchBucket</Code></Error>"),
        answer(405, "Method Not Allowed"),
    ],
    ids=["501", "code of JSON", "code of XML", "words", "service", "another service's S3", "no such route"],
)
@pytest.mark.parametrize(("probed", "expected"), [(True, Outcome.UNSUPPORTED), (False, Outcome.FAIL)])
def test_an_operation_is_missing_only_when_the_probe_says_so_too(
    last: Exchange, probed: bool, expected: Outcome
) -> None:
    assert outcome_of_error(refused("Whatever"), last, lambda *_: probed) is expected
    assert outcome_of_error(ResponseParserError("no XML"), last, lambda *_: probed) is expected


@pytest.mark.parametrize(("status", "code"), [(404, "NoSuchBucket"), (405, "MethodNotAllowed")])
def test_what_s3_itself_answers_of_buckets_and_delete_markers_is_no_missing_operation(status: int, code: str) -> None:
    own = replace(answer(status, f"<Error><Code>{code}</Code></Error>"), service="s3")
    assert outcome_of_error(refused(code), own, lambda *_: True) is Outcome.FAIL


def test_an_answer_that_names_no_missing_operation_is_not_probed() -> None:
    def probe(*_: str) -> bool:
        raise AssertionError("probed")

    assert outcome_of_error(refused("QueueDoesNotExist"), answer(400, "no such queue"), probe) is Outcome.FAIL
