"""Event source mappings of a Kinesis stream, behaviour by behaviour, told by the function itself."""

import base64
import json
import time
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.invocations import Witness, batches, ids_of
from tests.conformance.makers import (
    Cleanup,
    a_mapping,
    a_stream,
    mapping_state,
    new_name,
    stream_active,
)

pytestmark = scenario(
    service="lambda",
    lane="data plane",
    feature="Kinesis event source mapping",
    aws="lambda-guide:services-kinesis-parameters",
)


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_stream(aws, new_name(), cleanup)


@pytest.fixture
def arn(aws: AwsClients, name: str) -> str:
    return str(stream_active(aws, name)["StreamARN"])


def _put(aws: AwsClients, name: str, *orders: dict[str, str], key: str = "k") -> None:
    records = [{"Data": json.dumps(order).encode(), "PartitionKey": order.get("key", key)} for order in orders]
    aws.client("kinesis").put_records(StreamName=name, Records=records)


def _orders(*ids: str) -> list[dict[str, str]]:
    return [{"id": one} for one in ids]


def _from_the_start(aws: AwsClients, teller: Witness, cleanup: Cleanup, arn: str, **options: Any) -> str:
    return a_mapping(aws, teller.name, cleanup, arn, StartingPosition="TRIM_HORIZON", **options)


@scenario("lambda.kinesis.record", aws="lambda-guide:with-kinesis")
def test_the_function_gets_the_documented_record(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    data = json.dumps({"id": "Ü"}).encode()
    put = aws.client("kinesis").put_record(StreamName=name, PartitionKey="key-7", Data=data)
    _from_the_start(aws, teller, cleanup, arn)
    told, *_ = teller.until(arn, bool)
    [record] = told["records"]
    expected = {
        "eventSource": "aws:kinesis",
        "eventName": "aws:kinesis:record",
        "eventVersion": "1.0",
        "eventSourceARN": arn,
        "awsRegion": aws.region,
        "eventID": f"{put['ShardId']}:{put['SequenceNumber']}",
    }
    assert {field: record.get(field) for field in expected} == expected
    kinesis = record["kinesis"]
    assert (base64.b64decode(kinesis["data"]), kinesis["partitionKey"]) == (data, "key-7")
    assert kinesis["sequenceNumber"] == put["SequenceNumber"]
    assert kinesis["approximateArrivalTimestamp"] > 0


@scenario("lambda.kinesis.order", aws="lambda-guide:with-kinesis")
def test_records_of_a_shard_come_in_order_each_once(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    ids = [f"{number}" for number in range(30)]
    _put(aws, name, *_orders(*ids[:15]))
    _from_the_start(aws, teller, cleanup, arn, BatchSize=4)
    _put(aws, name, *_orders(*ids[15:]))
    assert teller.ids(arn, len(ids)) == ids


@scenario("lambda.kinesis.batch-size")
def test_a_batch_holds_at_most_its_size(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, *_orders(*"abcdefg"))
    _from_the_start(aws, teller, cleanup, arn, BatchSize=3)
    told = teller.until(arn, lambda found: len(ids_of(found)) >= 7)
    assert 1 < max(map(len, batches(told))) <= 3


@scenario("lambda.kinesis.window", aws="lambda-guide:invocation-eventsourcemapping")
def test_a_window_gathers_what_comes_within_it(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _from_the_start(aws, teller, cleanup, arn, BatchSize=100, MaximumBatchingWindowInSeconds=4)
    _put(aws, name, {"id": "a"})
    later = time.monotonic() + 1.5
    wait_for(
        "the first alone, or 1.5 s",
        lambda: (teller.so_far(arn), time.monotonic()),
        lambda seen: bool(seen[0]) or seen[1] > later,
    )
    _put(aws, name, {"id": "b"})
    assert batches(teller.until(arn, lambda found: len(ids_of(found)) >= 2)) == [["a", "b"]]


@scenario("lambda.kinesis.latest")
def test_a_mapping_from_latest_does_not_see_what_was_there(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, {"id": "old"})
    a_mapping(aws, teller.name, cleanup, arn, StartingPosition="LATEST")

    def told() -> list[dict[str, Any]]:
        _put(aws, name, {"id": "new"})  # AWS takes a while until it reads: what comes before is not seen
        return teller.so_far(arn)

    assert "old" not in ids_of(wait_for("a new record", told, bool, seconds=60))


@scenario(
    "lambda.kinesis.batch-item-failures", lane="resilience", aws="lambda-guide:services-kinesis-batchfailurereporting"
)
def test_a_batch_comes_again_from_the_first_item_that_failed(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, {"id": "a"}, {"id": "bad", "do": "item"}, {"id": "b"})
    options = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 1}
    _from_the_start(aws, teller, cleanup, arn, **options)
    teller.until(arn, bool)
    _put(aws, name, {"id": "end"})
    failed, then = teller.after(arn, "bad")
    assert then[0] == "bad", f"after {failed} came {then}"


@scenario("lambda.kinesis.filter", feature="event filters", aws="lambda-guide:with-kinesis-filtering")
def test_only_records_that_match_the_filter_come(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, {"id": "a", "kind": "no"}, {"id": "b", "kind": "yes"}, {"id": "c"}, {"id": "d", "kind": "yes"})
    criteria = {"Filters": [{"Pattern": json.dumps({"data": {"kind": ["yes"]}})}]}
    _from_the_start(aws, teller, cleanup, arn, FilterCriteria=criteria)
    assert teller.ids(arn, 2) == ["b", "d"]


@scenario("lambda.kinesis.parallel", aws="lambda-guide:with-kinesis")
def test_parallel_batches_keep_the_order_of_each_key(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, *({"id": f"{key}{number}", "key": key} for number in range(8) for key in "abc"))
    _from_the_start(aws, teller, cleanup, arn, ParallelizationFactor=3, BatchSize=3)
    ids = teller.ids(arn, 24)
    for key in "abc":
        assert [one for one in ids if one[0] == key] == [f"{key}{number}" for number in range(8)]


@scenario("lambda.kinesis.disabled", aws="lambda-guide:invocation-eventsourcemapping")
def test_a_disabled_mapping_sends_nothing_and_goes_on_where_it_stood_when_enabled(
    aws: AwsClients, cleanup: Cleanup, functions: Any, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, {"id": "a"})
    uid = _from_the_start(aws, teller, cleanup, arn)
    assert teller.ids(arn, 1) == ["a"]
    functions.update_event_source_mapping(UUID=uid, Enabled=False)
    mapping_state(aws, uid, "Disabled")
    _put(aws, name, {"id": "b"})
    functions.update_event_source_mapping(UUID=uid, Enabled=True)
    mapping_state(aws, uid, "Enabled")
    _put(aws, name, {"id": "c"})
    assert teller.ids(arn, 3) == ["a", "b", "c"]
