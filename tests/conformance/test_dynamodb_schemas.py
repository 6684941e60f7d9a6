"""What no table can be and no table becomes: names, keys, indexes, capacity, expiry and tags that are refused; and names in order."""

from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from tests.conformance.makers import Cleanup, a_table, new_name, table_active
from tests.conformance.refusing import refused
from tests.conformance.tables import FRESH, call, filled, keys, row

pytestmark = scenario(service="dynamodb", lane="control plane", feature="error codes", aws="dynamodb:CreateTable")
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
WHOLE = {"Projection": {"ProjectionType": "ALL"}}


def element(name: str, role: str = "HASH") -> dict[str, str]:
    return {"AttributeName": name, "KeyType": role}


def index(name: str, *elements: dict[str, str]) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": list(elements), **WHOLE}


TEXT_KEY = keys()
SORTED = keys("S", other="S")
SCHEMAS = {
    "name-of-two": TEXT_KEY | {"TableName": "ab"},
    "name-of-256": TEXT_KEY | {"TableName": "a" * 256},
    "name-with-blank": TEXT_KEY | {"TableName": "no name!"},
    "name-empty": TEXT_KEY | {"TableName": ""},
    "no-name": TEXT_KEY | {"TableName": None},
    "no-key": TEXT_KEY | {"KeySchema": []},
    "one-attribute-twice": TEXT_KEY | {"KeySchema": [element("pk"), element("pk", "RANGE")]},
    "three-keys": SORTED | {"KeySchema": [element("pk"), element("sk", "RANGE"), element("other", "RANGE")]},
    "unknown-key-type": TEXT_KEY | {"KeySchema": [element("pk", "OTHER")]},
    "unknown-attribute-type": TEXT_KEY | {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "OTHER"}]},
    "unknown-billing": TEXT_KEY | {"KeySchema": [element("pk", "OTHER")], "BillingMode": "OTHER"},
    "local-index-without-sort-key": keys(other="S")
    | {"LocalSecondaryIndexes": [index("one", element("pk"), element("other", "RANGE"))]},
    "local-index-of-another-partition": SORTED
    | {"LocalSecondaryIndexes": [index("one", element("other"), element("sk", "RANGE"))]},
    "one-index-name-twice": keys("S", other="S", more="S")
    | {"GlobalSecondaryIndexes": [index("one", element("other")), index("one", element("more"))]},
}


@scenario("dynamodb.table.refused")
@pytest.mark.parametrize("schema", [pytest.param(schema, id=name) for name, schema in SCHEMAS.items()])
def test_a_table_that_cannot_be_is_refused_and_not_made(aws: AwsClients, fresh: str, schema: dict[str, Any]) -> None:
    asked = {"TableName": FRESH, "BillingMode": "PAY_PER_REQUEST"} | schema
    try:
        with refused("ValidationException", status=400):
            call(aws, "CreateTable", "", fresh, **asked)
    except AssertionError:
        if asked["TableName"] is not None:
            wait_for(
                "the table that was made is gone",
                lambda: _removed(aws, filled(asked["TableName"], table="", fresh=fresh)),
                bool,
            )
        raise


def _removed(aws: AwsClients, name: str) -> bool:
    """Delete a table that should have been refused, lest its name disturb others; return True once that was possible."""
    client = aws.client("dynamodb")
    try:
        call(aws, "DeleteTable", name)
    except client.exceptions.ResourceInUseException:
        return False
    except client.exceptions.ClientError:
        return True
    return True


@pytest.fixture(scope="module")
def provisioned(aws: AwsClients, module_cleanup: Cleanup) -> str:
    """The name of a table with five units of each kind and the index `there`."""
    there = index("there", element("other")) | {"ProvisionedThroughput": UNITS}
    capacity = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS}
    return a_table(aws, new_name(), module_cleanup, **keys(other="S"), **capacity, GlobalSecondaryIndexes=[there])


def adding(*elements: dict[str, str], name: str = "new") -> dict[str, Any]:
    create = index(name, *elements) | {"ProvisionedThroughput": UNITS}
    return {"GlobalSecondaryIndexUpdates": [{"Create": create}]}


@scenario("dynamodb.table.refused-update")
@pytest.mark.parametrize(
    ("operation", "codes", "asked"),
    [
        row("same-capacity", "UpdateTable", ("ValidationException",), BillingMode="PROVISIONED", ProvisionedThroughput=UNITS),
        row(
            "on-demand-with-capacity",
            "UpdateTable",
            ("ValidationException",),
            BillingMode="PAY_PER_REQUEST",
            ProvisionedThroughput=UNITS,
        ),
        row("no-units", "UpdateTable", ("ValidationException",), ProvisionedThroughput=UNITS | {"ReadCapacityUnits": 0}),
        row("index-there", "UpdateTable", ("ValidationException", "ResourceInUseException"), **adding(element("other"), name="there"), AttributeDefinitions=keys(other="S")["AttributeDefinitions"]),
        row("index-of-undefined", "UpdateTable", ("ValidationException",), **adding(element("undefined"))),
        row("index-not-there", "UpdateTable", ("ResourceNotFoundException", "ValidationException"), GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "absent"}}]),
        row("expiry-of-empty-name", "UpdateTimeToLive", ("ValidationException",), TimeToLiveSpecification={"Enabled": True, "AttributeName": ""}),
    ],
)  # fmt: skip
def test_an_update_that_cannot_be_is_refused(
    aws: AwsClients, provisioned: str, fresh: str, operation: str, codes: tuple[str, ...], asked: dict[str, Any]
) -> None:
    with refused(*codes, status=400):
        call(aws, operation, provisioned, fresh, **asked)


@scenario("dynamodb.table.capacity", feature="tables", aws="dynamodb:UpdateTable")
def test_a_table_gets_the_capacity_it_is_updated_to(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_table(aws, new_name(), cleanup, **keys(), BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    call(aws, "UpdateTable", name, ProvisionedThroughput={"ReadCapacityUnits": 8, "WriteCapacityUnits": 7})
    found = table_active(aws, name)["ProvisionedThroughput"]
    assert (found["ReadCapacityUnits"], found["WriteCapacityUnits"]) == (8, 7)


@scenario("dynamodb.index.removed", feature="secondary indexes", aws="dynamodb:UpdateTable")
def test_an_index_is_taken_away_and_the_table_stays(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_table(aws, new_name(), cleanup, **keys(other="S"), GlobalSecondaryIndexes=[index("one", element("other"))])
    call(aws, "UpdateTable", name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "one"}}])
    wait_for(
        "the index is gone",
        lambda: table_active(aws, name).get("GlobalSecondaryIndexes", []),
        [].__eq__,
        seconds=300,
    )


@scenario("dynamodb.tags.refused", feature="tagging")
@pytest.mark.parametrize(
    ("operation", "code", "asked"),
    [
        row("no-arn", "TagResource", "ValidationException", ResourceArn="no-arn", Tags=[{"Key": "a", "Value": "b"}]),
        row(
            "of-another-account",
            "ListTagsOfResource",
            "AccessDeniedException",
            ResourceArn="arn:aws:dynamodb:us-east-1:111122223333:table/absent",
        ),
    ],
)
def test_tags_of_what_is_no_table_of_ours_are_refused(
    aws: AwsClients, fresh: str, operation: str, code: str, asked: dict[str, Any]
) -> None:
    with refused(code, status=400):
        call(aws, operation, "", fresh, **asked)


@scenario("dynamodb.tags.overwritten", feature="tagging", aws="dynamodb:TagResource")
def test_a_tag_given_again_is_listed_once_with_its_new_value(aws: AwsClients, cleanup: Cleanup) -> None:
    name = a_table(aws, new_name(), cleanup, Tags=[{"Key": "desk", "Value": "a"}])
    arn = table_active(aws, name)["TableArn"]
    call(aws, "TagResource", name, ResourceArn=arn, Tags=[{"Key": "desk", "Value": "b"}])
    wait_for(
        "one tag with its new value",
        lambda: call(aws, "ListTagsOfResource", name, ResourceArn=arn)["Tags"],
        [{"Key": "desk", "Value": "b"}].__eq__,
    )


@scenario("dynamodb.list.order", feature="pagination", aws="dynamodb:ListTables")
def test_tables_are_listed_in_the_order_of_their_names(aws: AwsClients, name: str, cleanup: Cleanup) -> None:
    for letter in "bca":
        a_table(aws, f"{name}-{letter}", cleanup)
    pages = aws.client("dynamodb").get_paginator("list_tables").paginate(Limit=2)
    listed = [table for page in pages for table in page["TableNames"]]
    assert [table for table in listed if table.startswith(name)] == [f"{name}-{letter}" for letter in "abc"]
