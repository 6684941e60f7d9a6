"""Event source mappings of a table's stream, behaviour by behaviour, told by the function itself."""

import json
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.scenarios.scenario import scenario
from tests.conformance.invocations import Witness, batches, ids_of
from tests.conformance.makers import Cleanup, a_mapping, a_table, new_name, table_active

pytestmark = scenario(
    service="lambda", lane="data plane", feature="DynamoDB event source mapping", aws="lambda-guide:services-ddb-params"
)


@pytest.fixture
def name(aws: AwsClients, cleanup: Cleanup) -> str:
    return a_table(
        aws, new_name(), cleanup, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )


@pytest.fixture
def arn(aws: AwsClients, name: str) -> str:
    return str(table_active(aws, name)["LatestStreamArn"])


def _put(aws: AwsClients, name: str, sort: str, **attributes: str) -> None:
    item = {"pk": {"S": "p"}, "sk": {"S": sort}} | {key: {"S": value} for key, value in attributes.items()}
    aws.client("dynamodb").put_item(TableName=name, Item=item)


def _from_the_start(aws: AwsClients, teller: Witness, cleanup: Cleanup, arn: str, **options: Any) -> str:
    return a_mapping(aws, teller.name, cleanup, arn, StartingPosition="TRIM_HORIZON", **options)


@scenario("lambda.dynamodb.record", aws="lambda-guide:with-ddb")
def test_the_function_gets_the_documented_record(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, "a", v="1")
    _from_the_start(aws, teller, cleanup, arn)
    told, *_ = teller.until(arn, bool)
    [record] = told["records"]
    expected = {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": arn,
        "awsRegion": aws.region,
        "eventVersion": "1.1",
    }
    assert {field: record.get(field) for field in expected} == expected
    assert record["eventID"]
    change = record["dynamodb"]
    assert change["Keys"] == {"pk": {"S": "p"}, "sk": {"S": "a"}}
    assert change["NewImage"] == change["Keys"] | {"v": {"S": "1"}}
    assert "OldImage" not in change
    assert (change["StreamViewType"], change["SequenceNumber"].isdigit()) == ("NEW_AND_OLD_IMAGES", True)


@scenario("lambda.dynamodb.order", aws="lambda-guide:with-ddb")
def test_changes_of_an_item_come_in_their_order_each_once(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    for number in range(9):
        _put(aws, name, "a", v=str(number))
    _from_the_start(aws, teller, cleanup, arn, BatchSize=2)
    for number in range(9, 14):
        _put(aws, name, "a", v=str(number))

    def values(found: list[dict[str, Any]]) -> list[str]:
        return [record["dynamodb"]["NewImage"]["v"]["S"] for one in found for record in one["records"]]

    told = teller.until(arn, lambda found: len({*values(found)}) >= 14)
    assert list(dict.fromkeys(values(told))) == [str(number) for number in range(14)]
    assert len(values(told)) <= 16  # at least once: a batch may come twice
    assert max(map(len, batches(told))) == 2


@scenario("lambda.dynamodb.images", aws="lambda-guide:with-ddb")
def test_a_change_and_a_removal_carry_the_old_image(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    for value in ("1", "2"):
        _put(aws, name, "a", v=value)
    aws.client("dynamodb").delete_item(TableName=name, Key={"pk": {"S": "p"}, "sk": {"S": "a"}})
    _from_the_start(aws, teller, cleanup, arn)
    told = teller.until(arn, lambda found: len(ids_of(found)) >= 3)
    records = [record for one in told for record in one["records"]]
    assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
    olds = [record["dynamodb"].get("OldImage", {}).get("v", {}).get("S") for record in records]
    assert olds == [None, "1", "2"]
    assert "NewImage" not in records[2]["dynamodb"]


@scenario("lambda.dynamodb.filter", feature="event filters", aws="lambda-guide:with-ddb-filtering")
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param({"eventName": ["MODIFY"]}, ["a"], id="event-name"),
        pytest.param({"dynamodb": {"NewImage": {"kind": {"S": ["yes"]}}}}, ["b", "d"], id="image"),
        pytest.param({"dynamodb": {"NewImage": {"sk": {"S": [{"prefix": "d"}]}}}}, ["d"], id="key-prefix"),
        pytest.param({"dynamodb": {"Keys": {"sk": {"S": ["d"]}}}}, ["d"], id="keys"),
    ],
)
def test_only_changes_that_match_the_filter_come(
    aws: AwsClients,
    cleanup: Cleanup,
    teller: Witness,
    name: str,
    arn: str,
    pattern: dict[str, Any],
    expected: list[str],
) -> None:
    for sort, kind in (("a", "no"), ("b", "yes"), ("a", "never"), ("d", "yes")):
        _put(aws, name, sort, kind=kind)
    criteria = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    _from_the_start(aws, teller, cleanup, arn, FilterCriteria=criteria)
    assert teller.ids(arn, len(expected)) == expected


@scenario(
    "lambda.dynamodb.batch-item-failures", lane="resilience", aws="lambda-guide:services-ddb-batchfailurereporting"
)
def test_a_batch_comes_again_from_the_first_item_that_failed(
    aws: AwsClients, cleanup: Cleanup, teller: Witness, name: str, arn: str
) -> None:
    _put(aws, name, "a")
    _put(aws, name, "bad", do="item")
    _put(aws, name, "b")
    options = {"FunctionResponseTypes": ["ReportBatchItemFailures"], "MaximumRetryAttempts": 1}
    _from_the_start(aws, teller, cleanup, arn, **options)
    teller.until(arn, bool)
    _put(aws, name, "end")
    failed, then = teller.after(arn, "bad")
    assert then[0] == "bad", f"after {failed} came {then}"
