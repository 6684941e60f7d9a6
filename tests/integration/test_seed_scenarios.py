"""The seed's five scenarios on the running system, seen only through its contracts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from harness.deadline import wait_for
from harness.feed.records import LISTED_ON, account, buy, dividend, position
from harness.isin import fresh_isin
from harness.notification_tap import NotificationTap, notification_tap
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.api_calls import signed_call
from tests.database import rows
from tests.facts import feed

pytestmark = [pytest.mark.engine, scenario(service="lambda", lane="data plane")]


SECONDS = 90
"""What is fed waits its turn behind what other scenarios feed to the same stream."""


@pytest.fixture
def tap(system: System) -> Iterator[NotificationTap]:
    with notification_tap(system) as opened:
        yield opened


def items_of(system: System, table: str, holder: str) -> list[dict[str, Any]]:
    tables = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    return list(
        tables.Table(system.outputs[table]).query(
            KeyConditionExpression=Key("safekeeping_account").eq(holder), ConsistentRead=True
        )["Items"]
    )


@scenario(
    "kinesis.feed.conditional-write",
    feature="stream to function to table",
    aws="lambda-guide:with-kinesis",
    service="kinesis",
)
def test_a_position_fed_through_kinesis_is_in_the_positions_table_and_an_older_sequence_changes_nothing(
    system: System, fresh: str
) -> None:
    holder, isin = f"ACC-{fresh}", fresh_isin()
    assert feed(system, [account(holder), position(holder, isin, "1000", 2)])[1]["state"] == "APPLIED"
    states = feed(system, [position(holder, isin, "1000", 2), position(holder, isin, "900", 1)])
    assert [item["state"] for item in states] == ["DUPLICATE", "STALE"]
    found = items_of(system, "positions_table_name", holder)
    assert [(item["isin"], item["settled_quantity"], item["safekeeping_place"]) for item in found] == [
        (isin, "1000", LISTED_ON)
    ]


@scenario("lambda.feed.quarantine", feature="stream to function", aws="lambda-guide:with-kinesis")
def test_what_cannot_be_read_is_quarantined_with_a_reason(system: System) -> None:
    states = feed(
        system,
        [b"not JSON", {"record_type": "weather"}, position("ACC-X", fresh_isin(), "1") | {"on_loan_quantity": "-1"}],
    )
    assert [(item["state"], item.get("reason")) for item in states] == [
        ("QUARANTINED", "not_json"),
        ("QUARANTINED", "unknown_record_type"),
        ("QUARANTINED", "negative_quantity"),
    ]


@scenario(
    "ecs.dividend.alike-everywhere",
    feature="a task reached by a queue",
    aws="ecs-guide:task_definitions",
    service="ecs",
)
def test_a_dividend_is_calculated_alike_in_database_projection_object_and_event(
    system: System, tap: NotificationTap, fresh: str
) -> None:
    holder, event, isin = f"ACC-{fresh}", f"CA-{fresh}", fresh_isin()
    feed(
        system,
        [
            account(holder),
            position(holder, isin, "1000"),
            buy(f"T-{fresh}", holder, isin, "1000", "12.34"),
            dividend(event, isin),
        ],
    )
    announced = wait_for(
        "the announcement", lambda: [d for d in tap.drain() if d["corporate_action_event_id"] == event], bool, SECONDS
    )
    [projected] = wait_for("the projection", lambda: items_of(system, "entitlements_table_name", holder), bool, SECONDS)
    [stored] = rows(system, "SELECT * FROM entitlements WHERE corporate_action_event_id = %s", event)
    [lot] = rows(system, "SELECT * FROM tax_lots WHERE safekeeping_account = %s", holder)
    kept = system.client("s3").get_object(
        Bucket=system.outputs["calculations_bucket"], Key=projected["calculation_key"]
    )
    figures = {"gross_amount": "250.00", "withholding_tax_amount": "37.50", "net_amount": "212.50"}
    calculation = json.loads(kept["Body"].read())
    for source in (announced[0], projected, calculation, {name: str(value) for name, value in stored.items()}):
        assert {name: source[name] for name in figures} == figures
    assert len({d["notification_id"] for d in announced}) == 1  # announced once, delivered at least once
    assert (str(lot["quantity"]), str(lot["cost_basis"])) == ("1000", "12340.00")


@scenario(
    "events.entitlement.notified", feature="bus to topic to queue", aws="events-guide:eb-events", service="events"
)
def test_a_completed_entitlement_is_notified_with_source_and_detail_type(
    system: System, tap: NotificationTap, fresh: str
) -> None:
    holder, event, isin = f"ACC-{fresh}", f"CA-{fresh}", fresh_isin()
    feed(system, [account(holder), position(holder, isin, "400"), dividend(event, isin)])
    wait_for(
        "the notification", lambda: [d for d in tap.drain() if d["corporate_action_event_id"] == event], bool, SECONDS
    )
    notified = next(event_ for event_ in tap.events if event_["detail"]["corporate_action_event_id"] == event)
    assert (notified["source"], notified["detail-type"]) == ("asset-servicing", "EntitlementCompleted")


@scenario(
    "dynamodb.reconciliation.break-reported",
    feature="table stream to function",
    aws="lambda-guide:with-ddb",
    service="dynamodb",
)
def test_a_position_without_lots_is_a_break_in_the_accounts_report(system: System, fresh: str) -> None:
    holder, isin = f"ACC-{fresh}", fresh_isin()
    feed(system, [account(holder), position(holder, isin, "75")])
    s3, bucket, key = system.client("s3"), system.outputs["reports_bucket"], f"reports/2026-03-16/{holder}.json"
    wait_for("the report", lambda: s3.list_objects_v2(Bucket=bucket, Prefix=key).get("KeyCount", 0), bool, SECONDS)
    report = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    assert isin in json.dumps(report["breaks"])


@scenario(
    "apigateway.positions.life-cycle",
    feature="proxy integration",
    aws="apigateway-guide:set-up-lambda-proxy-integrations",
    service="apigateway",
)
def test_the_api_creates_reads_updates_and_deletes_a_position(system: System, fresh: str) -> None:
    holder, isin = f"ACC-{fresh}", fresh_isin()
    feed(system, [account(holder)])
    path, left_out = f"/positions/{holder}/{isin}", ("record_type", "safekeeping_account", "isin")

    def quantities() -> list[str]:
        status, document, _ = signed_call(system, "GET", path)
        return [item["settled_quantity"] for item in document["positions"]] if status == 200 else []

    for sequence, quantity in ((1, "10"), (2, "25")):
        body = {
            name: value for name, value in position(holder, isin, quantity, sequence).items() if name not in left_out
        }
        assert signed_call(system, "PUT", path, body)[0] == 202
        wait_for(f"a position of {quantity}", quantities, [quantity].__eq__, SECONDS)
    assert (
        signed_call(system, "DELETE", f"{path}?as_of_date=2026-03-16&safekeeping_place={LISTED_ON}&sequence=3")[0]
        == 202
    )
    wait_for("a position of 0", quantities, ["0"].__eq__, SECONDS)


@scenario(
    "apigateway.corporate-actions.accepted",
    feature="proxy integration",
    aws="apigateway-guide:set-up-lambda-proxy-integrations",
    service="apigateway",
)
def test_the_api_takes_a_corporate_action_and_shows_its_entitlements(system: System, fresh: str) -> None:
    holder, event, isin = f"ACC-{fresh}", f"CA-{fresh}", fresh_isin()
    feed(system, [account(holder), position(holder, isin, "1000")])
    body = {name: value for name, value in dividend(event, isin).items() if name != "record_type"}
    status, _, headers = signed_call(system, "POST", "/corporate-actions", body)
    assert status == 202
    assert headers["Location"].endswith(f"/corporate-actions/{event}")
    wait_for(
        "the event's state",
        lambda: signed_call(system, "GET", f"/corporate-actions/{event}")[1].get("state"),
        "CALCULATED".__eq__,
        SECONDS,
    )

    def amounts() -> list[str]:
        found = signed_call(system, "GET", f"/entitlements/{event}/{holder}")[1].get("entitlements", [])
        return [each["net_amount"] for each in found]

    wait_for("the projected entitlement", amounts, ["212.50"].__eq__, SECONDS)


@scenario(
    "apigateway.errors.problem-document",
    feature="error shapes",
    aws="apigateway-guide:set-up-lambda-proxy-integrations",
    service="apigateway",
)
def test_the_api_refuses_with_a_problem_document(system: System, fresh: str) -> None:
    status, document, headers = signed_call(system, "GET", f"/entitlements/CA-{fresh}/ACC-{fresh}")
    assert (status, document["status"]) == (404, 404)
    assert headers["Content-Type"].startswith("application/problem+json")
