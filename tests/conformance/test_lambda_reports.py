"""What a mapping makes of a function's report about its batch, also where the report is none."""

import json
import time
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import stretched, wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.invocations import STREAM_ACTIONS, Witness, ids_of
from tests.conformance.makers import (
    Cleanup,
    a_function,
    a_mapping,
    a_queue,
    a_role,
    a_stream,
    new_name,
    queue_arn,
    require_runs,
)
from tests.conformance.receiving import receive_once
from tests.conformance.signed_call import SIGNED_CALL

pytestmark = scenario(service="lambda", lane="resilience", feature="batch item failures")
KINESIS = scenario(aws="lambda-guide:services-kinesis-batchfailurereporting")
SQS = scenario(aws="lambda-guide:services-sqs-errorhandling")
SOURCE = (
    SIGNED_CALL
    + """
import base64, json, uuid
SEEN = set()


def handle(event, context):
    [record] = event["Records"]
    order = json.loads(base64.b64decode(record["kinesis"]["data"]) if "kinesis" in record else record["body"])
    message = {
        "QueueUrl": os.environ["WITNESS"],
        "MessageBody": json.dumps({"ids": [order["id"]]}),
        "MessageGroupId": record["eventSourceARN"],
        "MessageDeduplicationId": str(uuid.uuid4()),
    }
    kind = {"content_type": "application/x-amz-json-1.0", "x_amz_target": "AmazonSQS.SendMessage"}
    status, answer = call("sqs", json.dumps(message).encode(), **kind)
    if status != 200:
        raise RuntimeError(f"the witness was not told: {status} {answer}")
    if order["id"] in SEEN and not order.get("always"):
        return {}
    SEEN.add(order["id"])
    if "raise" in order:
        raise Exception(order["raise"])
    return order["answer"]
"""
)
"""Tells its witness of its one record, and answers what the record says: the first time, unless it says always."""
FAILURES: dict[str, dict[str, Any]] = {
    "empty-id": {"answer": {"batchItemFailures": [{"itemIdentifier": ""}]}},
    "null-id": {"answer": {"batchItemFailures": [{"itemIdentifier": None}]}},
    "other-field": {"answer": {"batchItemFailures": [{"foo": 123}]}},
    "other-field-null": {"answer": {"batchItemFailures": [{"foo": None}]}},
    "number": {"answer": {"batchItemFailures": [{"itemIdentifier": 123}]}},
}
SUCCESSES: dict[str, Any] = {
    "empty-text": "",
    "empty-list": [],
    "null": None,
    "empty-object": {},
    "no-failures": {"batchItemFailures": []},
    "null-failures": {"batchItemFailures": None},
}
AGE = 60
"""The shortest age that AWS takes for a limit, in seconds."""
REPORTS = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "BatchSize": 1}


def _reporter(aws: AwsClients, cleanup: Cleanup, **more: Any) -> Witness:
    require_runs(aws, "lambda")
    url = a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true"})
    actions = [f"{service}:{action}" for service in ("kinesis", "sqs") for action in STREAM_ACTIONS[service]]
    role = a_role(aws, new_name(), cleanup, "lambda", {"Action": actions})
    told = {"Variables": {"WITNESS": url}}
    return Witness(aws, a_function(aws, new_name(), cleanup, SOURCE, Role=role, Environment=told, **more), url, {})


@pytest.fixture(scope="module")
def reporter(aws: AwsClients, module_cleanup: Cleanup) -> Witness:
    return _reporter(aws, module_cleanup, Timeout=5)


class Stream:
    """A stream of one shard, whose records a mapping gives one by one to a function."""

    def __init__(self, aws: AwsClients, cleanup: Cleanup, **more: Any) -> None:
        self.aws, self.name, self.reporter = aws, a_stream(aws, new_name(), cleanup), _reporter(aws, cleanup)
        found = aws.client("kinesis").describe_stream_summary(StreamName=self.name)["StreamDescriptionSummary"]
        self.arn = str(found["StreamARN"])
        a_mapping(aws, self.reporter.name, cleanup, self.arn, StartingPosition="TRIM_HORIZON", **more)

    def order(self, **order: Any) -> str:
        """Put a record, and return its id."""
        name = new_name()
        data = json.dumps({"id": name, **order}).encode()
        self.aws.client("kinesis").put_record(StreamName=self.name, PartitionKey="k", Data=data)
        return name

    def tries(self, name: str) -> int:
        """How often the function got the record, once it got a later one."""
        end = self.order(answer={})
        told = self.reporter.until(self.arn, lambda found: end in ids_of(found))
        return ids_of(told).count(name)


@pytest.fixture(scope="module")
def stream(aws: AwsClients, module_cleanup: Cleanup) -> Stream:
    return Stream(aws, module_cleanup, **REPORTS)


@KINESIS
@scenario("lambda.kinesis.report-fails")
@pytest.mark.parametrize("order", FAILURES.values(), ids=FAILURES)
def test_a_report_that_names_no_record_fails_the_whole_batch(stream: Stream, order: dict[str, Any]) -> None:
    assert stream.tries(stream.order(**order)) == 2


@KINESIS
@scenario("lambda.kinesis.report-succeeds", lane="data plane")
@pytest.mark.parametrize("answer", SUCCESSES.values(), ids=SUCCESSES)
def test_a_report_without_failures_is_a_success(stream: Stream, answer: Any) -> None:
    assert stream.tries(stream.order(answer=answer, always=True)) == 1


@pytest.fixture
def queue(aws: AwsClients, cleanup: Cleanup, reporter: Witness) -> tuple[str, str]:
    """URL and ARN of a queue whose messages the function gets one by one, again after five seconds."""
    url = a_queue(aws, new_name(), cleanup, Attributes={"VisibilityTimeout": "5"})
    arn = queue_arn(aws, url)
    a_mapping(aws, reporter.name, cleanup, arn, **REPORTS)
    return url, arn


@SQS
@scenario("lambda.sqs.report-fails")
@pytest.mark.parametrize("order", [FAILURES["other-field"], {"raise": "unhandled"}], ids=["other-field", "exception"])
def test_a_message_whose_report_names_none_is_a_failure(
    aws: AwsClients, reporter: Witness, queue: tuple[str, str], order: dict[str, Any]
) -> None:
    url, arn = queue
    name = new_name()
    aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"id": name, **order}))
    told = reporter.until(arn, lambda found: len(found) >= 2, 20)
    assert ids_of(told) == [name, name]


@SQS
@scenario("lambda.sqs.report-succeeds", lane="data plane")
def test_a_message_with_an_empty_report_is_a_success(
    aws: AwsClients, reporter: Witness, queue: tuple[str, str]
) -> None:
    url, arn = queue
    for order in ({"answer": {}, "always": True}, {"raise": "the first time"}):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"id": "-".join(order), **order}))
    told = reporter.until(arn, lambda found: len(found) >= 3, 30)
    assert sorted(ids_of(told)) == ["answer-always", "raise", "raise"]


@scenario("lambda.sqs.fifo-record", lane="data plane", feature="SQS event source mapping", aws="lambda-guide:with-sqs")
def test_a_record_of_a_fifo_queue_names_its_group_and_deduplication_id(
    aws: AwsClients, cleanup: Cleanup, teller: Witness
) -> None:
    url = a_queue(aws, new_name(".fifo"), cleanup, Attributes={"FifoQueue": "true", "VisibilityTimeout": "30"})
    arn, which = queue_arn(aws, url), {"MessageGroupId": "group-7", "MessageDeduplicationId": "once"}
    sent = aws.client("sqs").send_message(QueueUrl=url, MessageBody='{"id": "a"}', **which)
    a_mapping(aws, teller.name, cleanup, arn)
    [told] = teller.until(arn, bool)
    attributes = told["records"][0]["attributes"]
    expected = {**which, "SequenceNumber": sent["SequenceNumber"]}
    assert {name: attributes.get(name) for name in expected} == expected


@scenario(
    "lambda.kinesis.record-age",
    feature="Kinesis event source mapping",
    aws="lambda-guide:kinesis-on-failure-destination",
)
def test_a_record_that_is_too_old_is_given_up_however_often_it_may_be_tried(aws: AwsClients, cleanup: Cleanup) -> None:
    url = a_queue(aws, new_name(), cleanup)
    to = {"OnFailure": {"Destination": queue_arn(aws, url)}}
    limits = {"MaximumRecordAgeInSeconds": AGE, "MaximumRetryAttempts": -1, "DestinationConfig": to, "BatchSize": 1}
    stream = Stream(aws, cleanup, **limits)
    began = time.monotonic()
    stream.order(**{"raise": "always", "always": True})

    def observe() -> tuple[list[dict[str, Any]], bool]:
        """Messages, and whether the record was tried long after its time."""
        tries = len(stream.reporter.so_far(stream.arn))
        late = time.monotonic() - began > stretched(AGE + 15)
        return receive_once(aws, url), late and len(stream.reporter.so_far(stream.arn)) > tries

    messages, tried = wait_for("the end of the record", observe, lambda seen: bool(seen[0]) or seen[1], 120)
    assert messages, f"the record is tried after its time: {tried}"
    assert json.loads(messages[0]["Body"])["requestContext"]["condition"] == "RecordAgeExceeded"
