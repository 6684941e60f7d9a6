"""What `status` calls stuck, on queues and a table of a real MiniStack that stand for the system's."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from harness import queues
from harness.cli.main import main
from harness.cli.stuck import BUSY_BOUND, IDLE_BOUND
from harness.embedded.clients import ROOT, client
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder, write_json
from harness.embedded.state import TargetState
from harness.redrive.audit import Entry

Status = Callable[[], tuple[int, dict[str, Any]]]
QUEUES = ("entitlement_requests", "dead_letter", "notifications")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunFolder]:
    made = RunFolder(tmp_path_factory.mktemp("target") / "run")
    made.make()
    bring_up(made)
    yield made
    take_down(made)


@pytest.fixture
def sqs(run: RunFolder) -> Any:
    return client("sqs", endpoint(run), ROOT)


@pytest.fixture
def dynamodb(run: RunFolder) -> Any:
    return client("dynamodb", endpoint(run), ROOT)


@pytest.fixture
def s3(run: RunFolder) -> Any:
    return client("s3", endpoint(run), ROOT)


def endpoint(run: RunFolder) -> str:
    state = TargetState.read(run)
    assert state is not None
    return state.endpoint


@pytest.fixture
def outputs(run: RunFolder, sqs: Any, dynamodb: Any, s3: Any) -> Iterator[dict[str, str]]:
    made = {f"{name}_queue_url": sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
    key = {"AttributeName": "id"}
    dynamodb.create_table(
        TableName="queue-state", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{**key, "KeyType": "HASH"}], AttributeDefinitions=[{**key, "AttributeType": "S"}],
    )  # fmt: skip
    s3.create_bucket(Bucket="reports")
    made |= {"queue_state_table_name": "queue-state", "reports_bucket": "reports"}
    write_json(run.terraform_state, {"version": 4, "outputs": {name: {"value": value} for name, value in made.items()}})
    yield made
    dynamodb.delete_table(TableName="queue-state")
    for item in s3.list_objects_v2(Bucket="reports").get("Contents", []):
        s3.delete_object(Bucket="reports", Key=item["Key"])
    s3.delete_bucket(Bucket="reports")
    for name in QUEUES:
        sqs.delete_queue(QueueUrl=made[f"{name}_queue_url"])


@pytest.fixture
def status(run: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Status:
    """Runs `status --json`: exit status and content."""
    monkeypatch.setenv("RUN_FOLDER", str(run.path))

    def told() -> tuple[int, dict[str, Any]]:
        returned = main(["status", "--json"])
        return returned, json.loads(capsys.readouterr().out)

    return told


def put(dynamodb: Any, kind: str, state: str, age: timedelta, detail: str = "") -> None:
    moved = (datetime.now(UTC) - age).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    item = {"id": f"{kind}-{state}", "kind": kind, "state": state, "updated_at": moved, "detail": detail}
    dynamodb.put_item(TableName="queue-state", Item={name: {"S": value} for name, value in item.items()})


OLD, NEW = IDLE_BOUND * 1.5, IDLE_BOUND / 4


@pytest.mark.parametrize(
    ("kind", "state", "age", "detail", "is_stuck"),
    [
        ("record", "RECEIVED", OLD, "", True),
        ("request", "RECEIVED", OLD, "", True),
        ("request", "CLAIMED", OLD, "", True),
        ("request", "FAILED", OLD, "ValueError: x", True),
        ("request", "FAILED", OLD, "split into 2 requests", False),
        ("record", "RECEIVED", NEW, "", False),
        ("request", "CLAIMED", NEW, "", False),
        ("record", "APPLIED", OLD, "", False),
        ("record", "HELD", OLD, "", False),
        ("record", "QUARANTINED", OLD, "", False),
        ("request", "PUBLISHED", OLD, "", False),
        ("corporate_action", "RECEIVED", OLD, "", False),
    ],
)
def test_what_is_under_way_too_long_is_stuck(
    outputs: dict[str, str],
    dynamodb: Any,
    status: Status,
    kind: str,
    state: str,
    age: timedelta,
    detail: str,
    is_stuck: bool,
) -> None:
    put(dynamodb, kind, state, age, detail)
    returned, told = status()
    assert (returned, told["status"]) == ((1, "STUCK") if is_stuck else (0, "READY"))
    assert [
        line for line in told["stuck"] if f"{kind}-{state}" not in line or f"1 {kind}s are {state}" not in line
    ] == []


def test_while_requests_wait_a_record_may_be_under_way_for_longer(
    outputs: dict[str, str], sqs: Any, dynamodb: Any, status: Status
) -> None:
    sqs.send_message(QueueUrl=outputs["entitlement_requests_queue_url"], MessageBody="{}")
    put(dynamodb, "record", "RECEIVED", OLD)
    assert status()[0] == 0
    put(dynamodb, "record", "RECEIVED", BUSY_BOUND * 1.5)
    assert status()[0] == 1


def test_a_request_that_was_given_up_is_stuck_and_stays_where_it_is_and_a_quarantined_record_is_no_loss(
    outputs: dict[str, str], sqs: Any, status: Status
) -> None:
    queue = outputs["dead_letter_queue_url"]
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({"kind": "quarantine", "record_id": "r"}))
    assert status()[0] == 0
    for body in (json.dumps({"kind": "facts", "facts": []}), "no JSON"):
        sqs.send_message(QueueUrl=queue, MessageBody=body)
    for _ in range(2):  # looking at them takes nothing away
        returned, told = status()
        assert (returned, told["status"]) == (1, "STUCK")
        [line] = told["stuck"]
        assert (
            line
            == "2 messages or batches were given up (1 of kind request, 1 of kind unknown); to see them: make redrive TARGET=embedded"
        )
    visible = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert visible["ApproximateNumberOfMessages"] == "3"


def test_a_batch_that_was_given_up_is_stuck(outputs: dict[str, str], s3: Any, status: Status) -> None:
    s3.put_object(Bucket=outputs["reports_bucket"], Key="aws/lambda/m/s/2026/11/30/b", Body=b"{}")
    returned, told = status()
    assert (returned, told["stuck"][0].partition(";")[0]) == (
        1,
        "1 messages or batches were given up (1 of kind batch)",
    )


@pytest.mark.parametrize(("deed", "returned"), [("discarded", 0), ("sent", 1)])
def test_a_record_whose_request_was_discarded_is_not_stuck(
    outputs: dict[str, str], dynamodb: Any, s3: Any, status: Status, deed: str, returned: int
) -> None:
    put(dynamodb, "record", "RECEIVED", OLD)
    entry = Entry(deed, "", "", "L", "request", "given_up", "", "", ["record-RECEIVED"], "", "{}")
    s3.put_object(Bucket=outputs["reports_bucket"], Key="audit/redrive/L.json", Body=json.dumps(asdict(entry)).encode())
    assert status()[0] == returned


def test_what_was_applied_and_is_gone_from_the_target_is_said(
    outputs: dict[str, str], sqs: Any, status: Status
) -> None:
    sqs.delete_queue(QueueUrl=outputs["dead_letter_queue_url"])
    returned, told = status()
    sqs.create_queue(QueueName="dead_letter")
    assert (returned, told["status"]) == (1, "STUCK")
    assert (
        "what was applied is gone from the target, as after its reset: type `make apply TARGET=embedded`"
        in told["stuck"][0]
    )


def test_a_letter_that_shows_again_while_others_are_read_is_given_once(
    sqs: Any, outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "HIDDEN_SECONDS", 0)
    url = outputs["dead_letter_queue_url"]
    for number in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    with queues.peek(sqs, url) as messages:
        assert sorted(message["Body"] for message in islice(messages(), 20)) == ["0", "1", "2"]


def test_the_more_letters_there_are_the_longer_each_stays_hidden_so_that_the_last_is_reached(
    sqs: Any, outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "HIDDEN_SECONDS", 0)
    url, bodies = outputs["dead_letter_queue_url"], {str(number) for number in range(100)}
    for tens in range(10):
        entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(tens * 10, tens * 10 + 10)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    with queues.peek(sqs, url) as messages:
        assert {message["Body"] for message in islice(messages(), 200)} == bodies
