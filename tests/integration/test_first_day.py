"""The first day's feed on the running system, against the figures worked out by hand. Its ids are fixed: fed again, nothing changes."""

import base64
import json
import subprocess
import sys
from typing import Any

import pytest

from harness.deadline import wait_for
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.database import rows
from tests.first_day import EXPECTED, FEED, comparable

pytestmark = [pytest.mark.engine, scenario(service="lambda", lane="data plane")]

SECONDS = 60
STATES = {"APPLIED", "DUPLICATE", "STALE", "HELD", "QUARANTINED"}


@pytest.fixture(scope="module")
def fed(system: System) -> dict[str, Any]:
    """What `make feed` says in JSON."""
    command = [sys.executable, "-m", "harness", "feed", str(FEED), "--json", "--target", system.target]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


@scenario("lambda.first-day.accounted-for", feature="stream to function", aws="lambda-guide:with-kinesis")
def test_every_record_is_accounted_for_and_the_bad_ones_are_quarantined_with_their_reasons(fed: dict[str, Any]) -> None:
    assert {row["state"] for row in fed["records"]} <= STATES
    assert len(fed["records"]) == len(FEED.read_bytes().splitlines())
    quarantined = [row for row in fed["records"] if row["state"] == "QUARANTINED"]
    assert [{"line": row["line"], "reason": row["reason"]} for row in quarantined] == EXPECTED["quarantined"]


@scenario(
    "dynamodb.first-day.entitlements",
    feature="items written by conditions",
    aws="dynamodb:BatchWriteItem",
    service="dynamodb",
)
def test_entitlements_are_those_worked_out_by_hand(fed: dict[str, Any]) -> None:
    expected = EXPECTED["entitlements"]
    assert comparable(fed["entitlements"], expected) == comparable(expected, expected)


@scenario("rds.first-day.lots", feature="rows of a database", aws="rds:Endpoint", service="rds")
def test_open_lots_are_those_worked_out_by_hand(system: System, fed: dict[str, Any]) -> None:
    accounts = sorted({row["safekeeping_account"] for row in fed["entitlements"]})
    lots = rows(system, "SELECT * FROM tax_lots WHERE closed_at IS NULL AND safekeeping_account = ANY(%s)", accounts)
    expected = EXPECTED["open_tax_lots"]
    assert comparable(lots, expected) == comparable(expected, expected)


@scenario(
    "s3.first-day.objects", feature="objects written by tasks and functions", aws="s3:ListObjectsV2", service="s3"
)
def test_each_entitlement_has_its_calculation_and_each_account_its_reports(fed: dict[str, Any]) -> None:
    assert len(fed["calculations"]) == len(EXPECTED["entitlements"])
    reported = {key.rsplit("/", 1)[1].removesuffix(".json") for key in fed["reconciliation_reports"]}
    assert reported >= {row["safekeeping_account"] for row in fed["entitlements"]}


@scenario("sqs.first-day.dead-letters", feature="messages sent by a function", aws="sqs:ReceiveMessage", service="sqs")
@pytest.mark.exclusive
def test_the_dead_letter_queue_has_each_bad_record_with_its_reason_and_original_bytes(
    system: System, fed: dict[str, Any]
) -> None:
    """Exclusive: it hides what it looks at from others for a while."""
    lines, reasons = FEED.read_bytes().splitlines(), {row["line"]: row["reason"] for row in EXPECTED["quarantined"]}
    ids = {row["line"]: row["record_id"] for row in fed["records"]}
    wanted = {ids[number]: (reason, lines[number - 1]) for number, reason in reasons.items()}
    sqs, queue = system.client("sqs"), system.outputs["dead_letter_queue_url"]
    found: dict[str, tuple[str, bytes]] = {}

    def missing() -> set[str]:
        """One more batch, hidden from the next ones until the deadline has passed."""
        answer = sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=SECONDS, WaitTimeSeconds=1
        )
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        originals = [body for body in bodies if "original_base64" in body]
        found.update(
            {body["record_id"]: (body["reason"], base64.b64decode(body["original_base64"])) for body in originals}
        )
        return wanted.keys() - found.keys()

    wait_for("every bad record on the dead-letter queue", missing, lambda left: not left, SECONDS)
    assert {record_id: found.get(record_id) for record_id in wanted} == wanted
