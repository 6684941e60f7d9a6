"""`verify` on the running system: each violation, planted, is named by its record; its next command mends it where one does."""

import base64
import json
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from harness.deadline import wait_for
from harness.feed.records import account, buy, dividend, position
from harness.isin import fresh_isin
from harness.system import System
from harness.verification.invariants import judge
from harness.verification.look import look_at
from harness.verification.violation import Violation
from tests.facts import feed

pytestmark = [pytest.mark.engine, pytest.mark.exclusive]
SECONDS = 240
BAD = b'{"record_type": "position"'
Undo = Callable[[], object]


@dataclass(frozen=True)
class Life:
    """A system in which one account has a position, a lot and an entitlement, and one bad record was fed."""

    system: System
    holder: str
    isin: str
    event: str
    trade_id: str
    bad_id: str

    @property
    def entitlement(self) -> str:
        return f"{self.event}/{self.holder}/001"

    @property
    def key(self) -> dict[str, Any]:
        return {"safekeeping_account": {"S": self.holder}, "entitlement_key": {"S": f"{self.event}#001"}}

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self.system.database()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall()) if cursor.description else []

    def violations(self, bound: float = 0.0) -> set[tuple[str, Violation]]:
        findings = judge(look_at(self.system, bound))
        assert not [finding for finding in findings if finding.not_judged]
        return {(finding.name, violation) for finding in findings for violation in finding.violations}

    def table(self, output: str) -> tuple[Any, dict[str, str]]:
        return self.system.client("dynamodb"), {"TableName": self.system.outputs[output]}


@pytest.fixture(scope="module")
def life(system: System) -> Life:
    isin = fresh_isin()
    tag = isin[2:11]
    holder, event, trade_id = f"ACC-{tag}", f"CA-{tag}", f"T-{tag}"
    records = [account(holder), position(holder, isin, "100"), buy(trade_id, holder, isin, "100", "5"), BAD]
    states = feed(system, [*records, dividend(event, isin)], SECONDS)
    assert [state["state"] for state in states] == ["APPLIED"] * 3 + ["QUARANTINED", "APPLIED"]
    return Life(system, holder, isin, event, trade_id, str(states[3]["id"]))


@pytest.fixture(scope="module")
def before(life: Life) -> set[tuple[str, Violation]]:
    """What other tests left wrong, once nothing of this one's is under way; no violation names a record of ours."""

    def ours() -> list[Violation]:
        found.update({"all": life.violations()})
        return [one for _, one in found["all"] if life.holder[4:] in one.record or life.bad_id in one.record]

    found: dict[str, set[tuple[str, Violation]]] = {}
    wait_for("our records whole", ours, lambda wrong: not wrong, SECONDS)
    return found["all"]


def item_of(life: Life, item_id: str, **changes: str) -> Undo:
    """Changes a queue-state item, or removes it where no change is given."""
    dynamodb, where = life.table("queue_state_table_name")
    item = dynamodb.get_item(**where, Key={"id": {"S": item_id}}, ConsistentRead=True)["Item"]
    if changes:
        dynamodb.put_item(**where, Item=item | {name: {"S": value} for name, value in changes.items()})
    else:
        dynamodb.delete_item(**where, Key={"id": {"S": item_id}})
    return lambda: dynamodb.put_item(**where, Item=item)


def record_id(life: Life) -> str:
    return str(life.sql("SELECT record_id FROM inbox WHERE identity = %s", life.trade_id)[0][0])


def without_item(life: Life) -> Undo:
    return item_of(life, record_id(life))


def undecided(life: Life) -> Undo:
    return item_of(life, record_id(life), state="RECEIVED", received_at="2026-01-01T00:00:00Z")


def another_outcome(life: Life) -> Undo:
    return item_of(life, record_id(life), state="STALE")


def row_lost(life: Life, table: str, column: str, value: str) -> Undo:
    rows = life.sql(f"DELETE FROM {table} WHERE {column} = %s RETURNING to_jsonb({table})::text", value)
    again = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)"
    return lambda: [life.sql(again, row) for (row,) in rows]


def outcome_lost(life: Life) -> Undo:
    return row_lost(life, "inbox", "identity", life.trade_id)


def entitlement_lost(life: Life) -> Undo:
    return row_lost(life, "entitlements", "corporate_action_event_id", life.event)


def announcement_lost(life: Life) -> Undo:
    return row_lost(life, "announcements", "corporate_action_event_id", life.event)


def announced_in_vain(life: Life) -> Undo:
    life.sql("INSERT INTO announcements SELECT %s, %s, '001', 2, 1", life.event, life.holder)
    return lambda: life.sql("DELETE FROM announcements WHERE revision = 2 AND safekeeping_account = %s", life.holder)


def calculation_lost(life: Life) -> Undo:
    s3, bucket = life.system.client("s3"), life.system.outputs["calculations_bucket"]
    [(key,)] = life.sql("SELECT calculation_key FROM entitlements WHERE corporate_action_event_id = %s", life.event)
    body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.delete_object(Bucket=bucket, Key=key)
    return lambda: s3.put_object(Bucket=bucket, Key=key, Body=body)


def calculation_of_nobody(life: Life) -> Undo:
    where = {"Bucket": life.system.outputs["calculations_bucket"], "Key": f"calculations/{life.event}/nobody.json"}
    life.system.client("s3").put_object(**where, Body=b"{}")
    return lambda: life.system.client("s3").delete_object(**where)


def projected(life: Life, **changes: str) -> Undo:
    """Changes the projected entitlement, or removes it where no change is given."""
    dynamodb, where = life.table("entitlements_table_name")
    item = dynamodb.get_item(**where, Key=life.key, ConsistentRead=True)["Item"]
    if changes:
        dynamodb.put_item(**where, Item=item | {name: {"S": value} for name, value in changes.items()})
    else:
        dynamodb.delete_item(**where, Key=life.key)
    return lambda: dynamodb.put_item(**where, Item=item)


def projection_altered(life: Life) -> Undo:
    return projected(life, net_amount="0")


def projection_lost(life: Life) -> Undo:
    return projected(life)


def event_altered(life: Life) -> Undo:
    return item_of(life, f"corporate_action:{life.event}", state="HELD", reason="no_rate")


def open_quantity_altered(life: Life) -> Undo:
    return item_of(life, f"tax_lots:{life.holder}:{life.isin}", open_quantity="99")


def lots_altered(life: Life) -> Undo:
    change = "UPDATE tax_lots SET quantity = quantity + %s WHERE safekeeping_account = %s"
    life.sql(change, 1, life.holder)
    return lambda: life.sql(change, -1, life.holder)


def letter(life: Life, **changes: str | None) -> Undo:
    """Takes the quarantine message of our bad record away, and sends it again with changes, where any are given."""
    sqs, queue = life.system.client("sqs"), life.system.outputs["dead_letter_queue_url"]

    def ours() -> dict[str, Any]:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=1).get(
            "Messages", []
        ):
            if json.loads(message["Body"]).get("record_id") == life.bad_id:
                return dict(message)
        return {}

    message = wait_for("the quarantine message", ours, bool, SECONDS)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    if not changes:
        return lambda: sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(json.loads(message["Body"]) | changes))

    def put_back() -> None:
        letter(life)
        sqs.send_message(QueueUrl=queue, MessageBody=message["Body"])

    return put_back


def letter_lost(life: Life) -> Undo:
    return letter(life)


def letter_without_reason(life: Life) -> Undo:
    return letter(life, reason="")


def letter_of_other_bytes(life: Life) -> Undo:
    return letter(life, original_base64=base64.b64encode(BAD + b"}").decode())


def outbox_row_stuck(life: Life) -> Undo:
    """In a partition that no relay knows."""
    life.sql(
        "INSERT INTO outbox (kind, key, body, partition, created_at) VALUES ('stuck', %s, '{}', 99, now() - interval '1 hour')",
        life.holder,
    )
    return lambda: life.sql("DELETE FROM outbox WHERE kind = 'stuck'")


KNOWN = "each record that the stream accepted is in queue-state"
DECIDED = "each record has an outcome (APPLIED, DUPLICATE, HELD, QUARANTINED, STALE)"
ONE_OUTCOME = "queue-state and PostgreSQL know one outcome of each record"
STORED = "each entitlement is in PostgreSQL once, and its calculation in S3"
SHOWN = "each projected entitlement has its calculation in S3"
PROJECTED = "the projected entitlements are those that PostgreSQL gives"
EVENTS = "the states of events are those that PostgreSQL gives"
QUANTITIES = "the open quantities of lots are those that PostgreSQL gives"
ANNOUNCED = "each revision that became CALCULATED has a record of its announcement"
BALANCED = "lots add up to positions where the facts do"
CARRIED = "each quarantined record has its reason and its bytes"
PUBLISHED = "no outbox row waits too long"

PLANTED: list[tuple[Callable[[Life], Undo], set[str]]] = [
    (without_item, {KNOWN, ONE_OUTCOME}),
    (undecided, {DECIDED, ONE_OUTCOME}),
    (another_outcome, {ONE_OUTCOME}),
    (outcome_lost, {ONE_OUTCOME}),
    (entitlement_lost, {STORED, PROJECTED, EVENTS, ANNOUNCED}),
    (calculation_lost, {STORED, SHOWN}),
    (calculation_of_nobody, {STORED}),
    (projection_altered, {PROJECTED}),
    (projection_lost, {PROJECTED}),
    (event_altered, {EVENTS}),
    (open_quantity_altered, {QUANTITIES}),
    (announcement_lost, {ANNOUNCED}),
    (announced_in_vain, {ANNOUNCED}),
    (lots_altered, {BALANCED, QUANTITIES}),
    (letter_lost, {CARRIED}),
    (letter_without_reason, {CARRIED}),
    (letter_of_other_bytes, {CARRIED}),
    (outbox_row_stuck, {PUBLISHED}),
]
MENDED = (
    calculation_lost,
    projection_altered,
    projection_lost,
    event_altered,
    open_quantity_altered,
    announcement_lost,
)


@pytest.mark.parametrize(("plant", "invariants"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_what_is_planted_is_found(
    life: Life, before: set[tuple[str, Violation]], plant: Callable[[Life], Undo], invariants: set[str]
) -> None:
    undo = plant(life)
    try:
        found = life.violations() - before
        assert {name for name, _ in found} == invariants, found
    finally:
        undo()
    wait_for("no violation of it", lambda: life.violations() - before, lambda left: not left, SECONDS)


@pytest.mark.parametrize("plant", MENDED)
def test_the_next_command_mends_what_is_published_anew(
    life: Life, before: set[tuple[str, Violation]], plant: Callable[[Life], Undo]
) -> None:
    plant(life)
    for _, violation in life.violations() - before:
        if command := re.fullmatch(r'psql -c "(.*)"', violation.next):
            life.sql(command[1])
    wait_for("no violation of it", lambda: life.violations() - before, lambda left: not left, SECONDS)


def test_what_is_under_way_is_judged_by_nobody(life: Life) -> None:
    """A violation younger than the bound is none: the row waits, and its time has not come."""
    undo = outbox_row_stuck(life)
    try:
        life.sql("UPDATE outbox SET created_at = now() WHERE kind = 'stuck'")
        assert PUBLISHED not in {name for name, _ in life.violations(SECONDS)}
    finally:
        undo()
