"""Scans, indexes and pages: everything once, never more than a megabyte, in disjoint segments; and reads that no index can answer."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name
from tests.conformance.tables import FRESH, INDEXED, KEY, call, indexed_table, items_of, keys, refuse, row

pytestmark = scenario(service="dynamodb", lane="data plane", feature="pagination", aws="dynamodb:Scan")
PARTITION = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": FRESH}}}
COUNT = 20
SEGMENTS = 4


@pytest.fixture(scope="module")
def indexed(aws: AwsClients, module_cleanup: Cleanup) -> str:
    return indexed_table(aws, module_cleanup)


@pytest.fixture(scope="module")
def large(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """The name of a table without sort key whose twenty items of 60,000 bytes are more than a megabyte."""
    made = a_table(aws, new_name(), module_cleanup, **keys())
    for number in range(COUNT):
        item = {"pk": {"S": f"{number:02}"}, "n": {"N": str(number)}, "v": {"S": "x" * 60_000}}
        call(aws, "PutItem", made, Item=item)
    return made


def pages(aws: AwsClients, operation: str, name: str, fresh: str = "", **asked: Any) -> list[dict[str, Any]]:
    """Return the answers until one says that nothing follows; at most a hundred."""
    found = [call(aws, operation, name, fresh, **asked)]
    while "LastEvaluatedKey" in found[-1] and len(found) < 100:
        found.append(call(aws, operation, name, fresh, **asked, ExclusiveStartKey=found[-1]["LastEvaluatedKey"]))
    return found


def partitions(found: list[dict[str, Any]]) -> list[str]:
    return sorted(item["pk"]["S"] for page in found for item in page["Items"])


EVERY = [f"{number:02}" for number in range(COUNT)]


@scenario("dynamodb.scan.megabyte", feature="limits")
def test_a_scan_gives_at_most_a_megabyte_and_everything_in_the_end(aws: AwsClients, large: str) -> None:
    found = pages(aws, "Scan", large, ConsistentRead=True)
    assert 0 < found[0]["Count"] < COUNT
    assert partitions(found) == EVERY


@scenario("dynamodb.query.megabyte", feature="limits", aws="dynamodb-guide:Query.Pagination")
def test_a_query_gives_at_most_a_megabyte_and_everything_in_the_end(aws: AwsClients, indexed: str, fresh: str) -> None:
    for number in range(COUNT):
        item = {"pk": {"S": fresh}, "sk": {"S": f"{number:02}"}, "v": {"S": "x" * 60_000}}
        call(aws, "PutItem", indexed, Item=item)
    found = pages(aws, "Query", indexed, fresh, ConsistentRead=True, **PARTITION)
    assert 0 < found[0]["Count"] < COUNT
    assert [item["sk"]["S"] for page in found for item in page["Items"]] == EVERY


@scenario("dynamodb.scan.pages")
def test_a_scan_with_a_limit_shows_each_item_once(aws: AwsClients, large: str) -> None:
    found = pages(aws, "Scan", large, Limit=6, ProjectionExpression="pk", ConsistentRead=True)
    assert max(page["Count"] for page in found) <= 6
    assert partitions(found) == EVERY


@scenario("dynamodb.scan.filter", aws="dynamodb-guide:Scan")
def test_a_scan_counts_what_it_read_and_what_its_filter_kept(aws: AwsClients, large: str) -> None:
    few = {"FilterExpression": "n < :n", "ExpressionAttributeValues": {":n": {"N": "10"}}, "ProjectionExpression": "pk"}
    found = pages(aws, "Scan", large, ConsistentRead=True, **few)
    assert partitions(found) == EVERY[:10]
    assert sum(page["ScannedCount"] for page in found) == COUNT


@scenario("dynamodb.scan.count")
def test_a_scan_that_counts_gives_no_items(aws: AwsClients, large: str) -> None:
    answer = call(aws, "Scan", large, Select="COUNT", Limit=1, ConsistentRead=True)
    assert (answer["Count"], answer["ScannedCount"], answer.get("Items", [])) == (1, 1, [])
    assert "LastEvaluatedKey" in answer


@scenario("dynamodb.scan.segments", feature="parallel scan", aws="dynamodb-guide:Scan")
def test_segments_are_disjoint_and_together_the_whole(aws: AwsClients, large: str) -> None:
    asked = {"TotalSegments": SEGMENTS, "ProjectionExpression": "pk", "ConsistentRead": True}
    segments = [partitions(pages(aws, "Scan", large, Segment=number, **asked)) for number in range(SEGMENTS)]
    assert sorted(pk for segment in segments for pk in segment) == EVERY


@scenario("dynamodb.scan.wrong-segment", feature="parallel scan")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("without-total", "Scan", Segment=0),
        row("without-segment", "Scan", TotalSegments=4),
        row("as-large-as-total", "Scan", Segment=4, TotalSegments=4),
    ],
)
def test_a_segment_that_is_none_is_refused(
    aws: AwsClients, indexed: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, indexed, fresh, asked)


@pytest.fixture
def three(aws: AwsClients, indexed: str, fresh: str) -> str:
    """A partition of three items of which two have the attribute of the indexes; the fresh name is its value there."""
    for sort in "abc":
        more = {INDEXED: {"S": fresh}} if sort < "c" else {}
        call(
            aws,
            "PutItem",
            indexed,
            fresh,
            Item=KEY | {"sk": {"S": sort}, "kept": {"S": "k"}, "left": {"S": "l"}} | more,
        )
    return fresh


SHOWN = {"pk", "sk", INDEXED, "kept"}
INDEX_READS = {
    "global-query": ("Query", "by_global", f"{INDEXED} = :v"),
    "local-query": ("Query", "by_local", f"pk = :v AND {INDEXED} = :v"),
    "global-scan": ("Scan", "by_global", f"{INDEXED} = :v"),
    "local-scan": ("Scan", "by_local", f"{INDEXED} = :v"),
}


@scenario("dynamodb.index.shows", feature="secondary indexes", aws="dynamodb-guide:SecondaryIndexes")
@pytest.mark.parametrize(
    ("operation", "index", "condition"), [pytest.param(*read, id=name) for name, read in INDEX_READS.items()]
)
def test_an_index_shows_the_items_that_have_its_key_with_its_projection(
    aws: AwsClients, indexed: str, three: str, operation: str, index: str, condition: str
) -> None:
    expression = "KeyConditionExpression" if operation == "Query" else "FilterExpression"
    asked = {"IndexName": index, expression: condition, "ExpressionAttributeValues": {":v": {"S": three}}}
    found = wait_for(
        "two items in the index",
        lambda: [item for page in pages(aws, operation, indexed, **asked) for item in page["Items"]],
        lambda items: len(items) >= 2,
    )
    assert sorted(item["sk"]["S"] for item in found) == ["a", "b"]
    assert [set(item) for item in found] == [SHOWN, SHOWN]


@scenario("dynamodb.index.select", feature="secondary indexes", aws="dynamodb:Query")
@pytest.mark.parametrize(
    ("select", "shown"),
    [
        pytest.param("ALL_PROJECTED_ATTRIBUTES", SHOWN, id="projected"),
        pytest.param("ALL_ATTRIBUTES", SHOWN | {"left"}, id="all"),
    ],
)
def test_a_local_index_shows_as_much_as_is_selected_also_at_once(
    aws: AwsClients, indexed: str, three: str, select: str, shown: set[str]
) -> None:
    condition = {"KeyConditionExpression": f"pk = :pk AND {INDEXED} = :pk"}
    found = items_of(aws, indexed, three, IndexName="by_local", Select=select, **condition)
    assert [set(item) for item in found] == [shown, shown]


@scenario("dynamodb.query.wrong", feature="error codes", aws="dynamodb:Query")
@pytest.mark.parametrize(
    ("operation", "asked"),
    [
        row("unknown-index", "Query", IndexName="absent", **PARTITION),
        row("unknown-index-of-scan", "Scan", IndexName="absent"),
        row("key-of-the-table", "Query", IndexName="by_global", **PARTITION),
        row("key-of-an-index", "Query", **PARTITION | {"KeyConditionExpression": f"{INDEXED} = :pk"}),
        row("not-a-key", "Query", **PARTITION | {"KeyConditionExpression": "pk = :pk AND kept = :pk"}),
        row(
            "two-sort-conditions",
            "Query",
            **PARTITION | {"KeyConditionExpression": "pk = :pk AND sk > :pk AND sk < :pk"},
        ),
        row(
            "between-reversed",
            "Query",
            KeyConditionExpression="pk = :pk AND sk BETWEEN :b AND :a",
            ExpressionAttributeValues={":pk": {"S": FRESH}, ":a": {"S": "a"}, ":b": {"S": "b"}},
        ),
        row("filter-on-key", "Query", FilterExpression="sk = :pk", **PARTITION),
        row("start-without-sort-key", "Query", ExclusiveStartKey={"pk": {"S": FRESH}}, **PARTITION),
        row("start-elsewhere", "Query", ExclusiveStartKey=KEY | {"pk": {"S": "other"}}, **PARTITION),
        row("start-of-wrong-type", "Scan", ExclusiveStartKey=KEY | {"sk": {"N": "1"}}),
    ],
)
def test_a_read_that_the_keys_cannot_answer_is_refused(
    aws: AwsClients, indexed: str, fresh: str, operation: str, asked: dict[str, Any]
) -> None:
    refuse(aws, operation, indexed, fresh, asked)


@scenario("dynamodb.query.nested", feature="queries", aws="dynamodb-guide:Expressions.ProjectionExpressions")
@pytest.mark.parametrize(
    ("operation", "paths", "left"),
    [
        pytest.param("GetItem", "#doc.deep", {"M": {"deep": {"S": "i"}}}, id="map"),
        pytest.param("GetItem", "#doc.#list[1]", {"M": {"list": {"L": [{"S": "b"}]}}}, id="list"),
        pytest.param("BatchGetItem", "#doc.deep", {"M": {"deep": {"S": "i"}}}, id="batch"),
    ],
)
def test_a_projection_reaches_inside_maps_and_lists(
    aws: AwsClients, indexed: str, fresh: str, operation: str, paths: str, left: dict[str, Any]
) -> None:
    document = {"M": {"deep": {"S": "i"}, "list": {"L": [{"S": "a"}, {"S": "b"}]}}}
    call(aws, "PutItem", indexed, fresh, Item=KEY | {"doc": document})
    names = {f"#{name}": name for name in ("doc", "list") if f"#{name}" in paths}
    asked = {"ProjectionExpression": paths, "ExpressionAttributeNames": names, "ConsistentRead": True}
    if operation == "GetItem":
        found = call(aws, operation, indexed, fresh, Key=KEY, **asked)["Item"]
    else:
        [found] = call(aws, operation, indexed, fresh, RequestItems={indexed: {"Keys": [KEY], **asked}})["Responses"][
            indexed
        ]
    assert found == {"doc": left}


@scenario("dynamodb.query.binary-filter", feature="queries", aws="dynamodb-guide:Expressions.OperatorsAndFunctions")
@pytest.mark.parametrize(
    "condition",
    [pytest.param("begins_with(v, :b)", id="begins-with"), pytest.param("size(v) = :two", id="size")],
)
def test_a_filter_reads_bytes_as_bytes_and_leaves_out_items_that_have_none(
    aws: AwsClients, indexed: str, fresh: str, condition: str
) -> None:
    for sort, value in (("a", b"\x01\x02"), ("b", b"\xff")):
        call(aws, "PutItem", indexed, fresh, Item=KEY | {"sk": {"S": sort}, "v": {"B": value}})
    call(aws, "PutItem", indexed, fresh, Item=KEY | {"sk": {"S": "without"}})
    used = {":b": {"B": b"\x01"}} if ":b" in condition else {":two": {"N": "2"}}
    values = {":pk": {"S": fresh}} | used
    found = items_of(aws, indexed, fresh, FilterExpression=condition, ExpressionAttributeValues=values)
    assert [item["sk"]["S"] for item in found] == ["a"]
