"""What event source mappings of several services have in common: each service is a row, with the id of its own scenario."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from harness.terminal_states import MAPPING
from tests.conformance.invocations import Witness, batches, ids_of
from tests.conformance.makers import (
    Cleanup,
    a_mapping,
    a_queue,
    a_stream,
    a_table,
    new_name,
    queue_arn,
    stream_active,
    table_active,
)  # fmt: skip
from tests.conformance.receiving import receive_once

pytestmark = scenario(service="lambda")
IMAGES = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
FROM_THE_START = {"StartingPosition": "TRIM_HORIZON"}
POISON, AFTER = ("poison", "fail"), ("after", "")
"""Records: an id, and what the function does with it."""
Put = Callable[[Sequence[tuple[str, str]]], None]


@dataclass(frozen=True)
class Stream:
    """A service whose records come in batches from shards. `make` returns a stream's ARN, and what puts records into it."""

    service: str
    feature: str
    guide: str
    batch_info: str
    make: Callable[[AwsClients, Cleanup], tuple[str, Put]]


def _kinesis(aws: AwsClients, cleanup: Cleanup) -> tuple[str, Put]:
    name = a_stream(aws, new_name(), cleanup)

    def put(records: Sequence[tuple[str, str]]) -> None:
        data = [json.dumps({"id": one, "do": do}).encode() for one, do in records]
        entries = [{"Data": one, "PartitionKey": "k"} for one in data]
        aws.client("kinesis").put_records(StreamName=name, Records=entries)

    return str(stream_active(aws, name)["StreamARN"]), put


def _dynamodb(aws: AwsClients, cleanup: Cleanup) -> tuple[str, Put]:
    name = a_table(aws, new_name(), cleanup, StreamSpecification=IMAGES)

    def put(records: Sequence[tuple[str, str]]) -> None:
        for sort, do in records:
            item = {"pk": "p", "sk": sort, "do": do}
            aws.client("dynamodb").put_item(TableName=name, Item={key: {"S": text} for key, text in item.items()})

    return str(table_active(aws, name)["LatestStreamArn"]), put


STREAMS = (
    Stream("kinesis", "Kinesis event source mapping", "kinesis-on-failure-destination", "KinesisBatchInfo", _kinesis),
    Stream("dynamodb", "DynamoDB event source mapping", "services-dynamodb-errors", "DDBStreamBatchInfo", _dynamodb),
)


def each(behaviour: str) -> pytest.MarkDecorator:
    """Return the rows of a behaviour: a stream each."""
    return pytest.mark.parametrize(
        "stream",
        [
            pytest.param(
                stream,
                id=stream.service,
                marks=scenario(
                    f"lambda.{stream.service}.{behaviour}",
                    lane="resilience",
                    feature=stream.feature,
                    aws=f"lambda-guide:{stream.guide}",
                ),
            )
            for stream in STREAMS
        ],
    )


@each("blocked")
def test_a_failed_batch_holds_its_shard_until_it_succeeds_or_is_given_up(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, stream: Stream
) -> None:
    arn, put = stream.make(aws, cleanup)
    put([POISON, AFTER])
    a_mapping(aws, teller.name, cleanup, arn, **FROM_THE_START, BatchSize=1)
    assert batches(teller.until(arn, lambda found: len(found) >= 2)) == [["poison"]] * 2


@each("retries")
def test_a_failed_batch_comes_again_as_often_as_allowed_and_is_then_given_up(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, stream: Stream
) -> None:
    arn, put = stream.make(aws, cleanup)
    put([POISON, AFTER])
    a_mapping(aws, teller.name, cleanup, arn, **FROM_THE_START, BatchSize=1, MaximumRetryAttempts=1)
    ids = ids_of(teller.until(arn, lambda found: "after" in ids_of(found) or len(found) > 3))
    assert (ids[-1], ids.count("poison") in {2, 3}) == ("after", True), f"came: {ids}"


@each("bisect")
def test_a_failed_batch_is_halved_until_the_poison_stands_alone(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, stream: Stream
) -> None:
    arn, put = stream.make(aws, cleanup)
    put([("a", ""), ("b", ""), POISON, ("c", "")])
    options = {"BatchSize": 4, "BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1}
    a_mapping(aws, teller.name, cleanup, arn, **FROM_THE_START, **options)
    failed, then = teller.after(arn, "poison", least=2)
    assert then == failed[: len(then)] != failed, f"after {failed} came {then}"


@each("on-failure")
def test_what_is_given_up_is_told_to_the_destination(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, stream: Stream
) -> None:
    arn, put = stream.make(aws, cleanup)
    put([POISON])
    dead = a_queue(aws, new_name(), cleanup)
    destination = {"OnFailure": {"Destination": queue_arn(aws, dead)}}
    options = {"MaximumRetryAttempts": 0, "DestinationConfig": destination}
    a_mapping(aws, teller.name, cleanup, arn, **FROM_THE_START, **options)
    found: list[Any] = []

    def observe() -> tuple[int, int]:
        found.extend(receive_once(aws, dead, wait=0))
        return len(found), len(teller.so_far(arn))

    wait_for("a message, or a second attempt", observe, lambda seen: seen[0] > 0 or seen[1] > 1, seconds=60)
    assert found, "the batch came again, and nothing was told"
    told = json.loads(found[0]["Body"])
    assert told["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert told["requestContext"]["functionArn"].rsplit(":", 1)[-1] in {teller.name, "$LATEST"}
    batch = told[stream.batch_info]
    assert (batch["streamArn"], batch["batchSize"]) == (arn, 1)
    assert batch["startSequenceNumber"] == batch["endSequenceNumber"]
    assert told["responseContext"]["functionError"] == "Unhandled"


def _a_stream(aws: AwsClients, cleanup: Cleanup) -> tuple[str, dict[str, Any]]:
    arn, _ = _kinesis(aws, cleanup)
    dead = a_queue(aws, new_name(), cleanup)
    return arn, {
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 25,
        "MaximumBatchingWindowInSeconds": 2,
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 4,
        "MaximumRecordAgeInSeconds": 3600,
        "ParallelizationFactor": 2,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": queue_arn(aws, dead)}},
        "FilterCriteria": {"Filters": [{"Pattern": '{"data": {"kind": ["a"]}}'}]},
    }


def _a_queue(aws: AwsClients, cleanup: Cleanup) -> tuple[str, dict[str, Any]]:
    return queue_arn(aws, a_queue(aws, new_name(), cleanup, Attributes={"VisibilityTimeout": "180"})), {
        "BatchSize": 50,
        "MaximumBatchingWindowInSeconds": 5,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 2},
        "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"kind": ["a"]}}'}]},
    }


@pytest.mark.parametrize(
    ("make", "change"),
    [
        pytest.param(
            _a_stream,
            {"MaximumRetryAttempts": 9},
            id="kinesis",
            marks=scenario("lambda.kinesis.settings", aws="lambda-guide:services-kinesis-parameters"),
        ),
        pytest.param(
            _a_queue,
            {"BatchSize": 20},
            id="sqs",
            marks=scenario("lambda.sqs.settings", aws="lambda-guide:services-sqs-configure"),
        ),
    ],
)
@scenario(lane="control plane", feature="event source mappings")
def test_a_mapping_keeps_what_it_was_made_with_and_what_an_update_changes(
    aws: AwsClients,
    cleanup: Cleanup,
    functions: Any,
    teller: Witness,
    make: Callable[[AwsClients, Cleanup], tuple[str, dict[str, Any]]],
    change: dict[str, int],
) -> None:
    arn, made = make(aws, cleanup)
    uid = a_mapping(aws, teller.name, cleanup, arn, Enabled=False, **made)
    found = functions.get_event_source_mapping(UUID=uid)
    assert {field: found.get(field) for field in made} == made
    assert (found.get("TumblingWindowInSeconds") or 0) == 0
    functions.update_event_source_mapping(UUID=uid, **change)
    changed = wait_for(
        "the change",
        lambda: functions.get_event_source_mapping(UUID=uid),
        lambda one: change.items() <= one.items(),
        ended=MAPPING,
    )
    assert {field: changed.get(field) for field in made} == made | change
