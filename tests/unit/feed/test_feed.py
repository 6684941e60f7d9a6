"""Feeding a file, against a scratch emulator."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.failure import HarnessError
from harness.feed.command import feed
from harness.feed.lines import Line, read_lines
from harness.feed.stream import put_lines
from harness.system import System

FIRST_DAY = Path(__file__).parents[3] / "examples" / "feeds" / "first-day.jsonl"
Follow = Callable[[Callable[[bytes], dict[str, Any] | None]], Any]


def file_of(folder: Path, content: bytes) -> Path:
    path = folder / "feed.jsonl"
    path.write_bytes(content)
    return path


def test_every_lines_bytes_reach_the_stream_unchanged_and_are_accounted_for(
    system: System, follow: Follow, capsys: pytest.CaptureFixture[str]
) -> None:
    follower = follow(
        lambda data: {"state": "QUARANTINED", "reason": "any"} if b"weather" in data else {"state": "APPLIED"}
    )
    lines = read_lines(FIRST_DAY)
    assert feed(system, lines, 30, as_json=True) == 0
    assert sorted(follower.seen) == sorted(FIRST_DAY.read_bytes().splitlines())
    printed = json.loads(capsys.readouterr().out)
    assert printed["states"] == {"APPLIED": 54, "QUARANTINED": 1}
    assert [row["line"] for row in printed["records"]] == list(range(1, 56))


def test_bytes_that_are_no_text_and_a_carriage_return_are_put_as_they_are(
    system: System, follow: Follow, tmp_path: Path
) -> None:
    follower = follow(lambda _data: {"state": "QUARANTINED", "reason": "not_json"})
    lines = read_lines(file_of(tmp_path, b'\xff\xfe\x00\n{"a": 1}\r\n  \n'))
    assert feed(system, lines, 20, as_json=True) == 0
    assert sorted(follower.seen) == sorted([b"\xff\xfe\x00", b'{"a": 1}\r'])


def test_a_record_without_a_final_state_is_lost_and_said_so(
    system: System, follow: Follow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    follow(lambda data: {"state": "RECEIVED"} if b"slow" in data else {"state": "APPLIED"} if b"good" in data else None)
    lines = read_lines(file_of(tmp_path, b'{"x": "good"}\n{"x": "slow"}\n{"x": "gone"}'))
    assert feed(system, lines, 2, as_json=False) == 1
    printed = capsys.readouterr().out
    assert "1 APPLIED, 2 LOST" in printed
    assert "last seen: RECEIVED" in printed
    assert "last seen: nothing" in printed


def test_no_queue_is_left_behind(system: System, follow: Follow, tmp_path: Path) -> None:
    follow(lambda _data: {"state": "APPLIED"})
    feed(system, read_lines(file_of(tmp_path, b"{}")), 20, as_json=True)
    assert not system.client("sqs").list_queues(QueueNamePrefix="notification-tap").get("QueueUrls")
    assert (
        system.client("sns").list_subscriptions_by_topic(TopicArn=system.outputs["notifications_topic_arn"])[
            "Subscriptions"
        ]
        == []
    )


ENTITLEMENT = {
    "safekeeping_account": "A-1", "entitlement_key": "E-1#001", "corporate_action_event_id": "E-1", "option_number": "001", "version": 1,
    "revision": 0, "event_type": "DVCA", "net_amount": "229.50", "calculated_at": "2999-01-01T00:00:00Z", "calculation_key": "calculations/E-1/v1/A-1/001-r0.json",
}  # fmt: skip


def test_what_came_out_is_shown_once_the_new_entitlement_is_announced(
    system: System, follow: Follow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = system.outputs
    tables = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))

    def engine(_data: bytes) -> dict[str, Any]:
        tables.Table(outputs["positions_table_name"]).put_item(Item={"safekeeping_account": "A-1", "position_key": "X"})
        tables.Table(outputs["entitlements_table_name"]).put_item(Item=ENTITLEMENT)
        lots = {
            "id": "tax_lots:A-1:X",
            "kind": "tax_lots",
            "safekeeping_account": "A-1",
            "isin": "X",
            "open_quantity": "7",
        }
        tables.Table(outputs["queue_state_table_name"]).put_item(Item=lots)
        system.client("s3").put_object(
            Bucket=outputs["calculations_bucket"], Key=ENTITLEMENT["calculation_key"], Body=b"{}"
        )
        for account in ("A-1", "B-2"):
            system.client("s3").put_object(
                Bucket=outputs["reports_bucket"], Key=f"reports/2026-05-11/{account}.json", Body=b"{}"
            )
        system.client("sns").publish(
            TopicArn=outputs["notifications_topic_arn"], Message=json.dumps({"detail": ENTITLEMENT})
        )
        return {"state": "APPLIED"}

    follow(engine)
    lines = read_lines(file_of(tmp_path, b'{"record_type": "position", "safekeeping_account": "A-1"}'))
    assert feed(system, lines, 20, as_json=False) == 0
    printed = capsys.readouterr()
    assert "229.50" in printed.out
    assert "positions: 1  entitlements: 1  notifications: 1" in printed.out
    assert "calculations in S3: 1  reconciliation reports in S3: 1" in printed.out
    assert "not so after" not in printed.err


def test_a_new_entitlements_account_without_a_report_is_waited_for_and_said_so(
    system: System, follow: Follow, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report of another account does not stand for it."""
    monkeypatch.setattr("harness.feed.command.SECONDS_UNTIL_ANNOUNCED", 2)
    tables = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))

    def engine(_data: bytes) -> dict[str, Any]:
        tables.Table(system.outputs["entitlements_table_name"]).put_item(Item=ENTITLEMENT)
        reports = system.outputs["reports_bucket"]
        system.client("s3").put_object(Bucket=reports, Key="reports/2026-05-11/B-2.json", Body=b"{}")
        detail = json.dumps({"detail": ENTITLEMENT})
        system.client("sns").publish(TopicArn=system.outputs["notifications_topic_arn"], Message=detail)
        return {"state": "APPLIED"}

    follow(engine)
    lines = read_lines(file_of(tmp_path, b'{"record_type": "position", "safekeeping_account": "A-1"}'))
    assert feed(system, lines, 20, as_json=False) == 0
    assert "{'entitlements not announced': 0, 'accounts without a report': 1}" in capsys.readouterr().err


class RefusingOnce:
    """Kinesis that throttles every second record the first time that it is put."""

    def __init__(self, for_ever: bool = False) -> None:
        self.for_ever = for_ever
        self.put: list[bytes] = []
        self.refused: set[bytes] = set()

    def put_records(self, StreamName: str, Records: list[dict[str, Any]]) -> dict[str, Any]:
        return {"Records": [self.answer(number, record["Data"]) for number, record in enumerate(Records)]}

    def answer(self, number: int, data: bytes) -> dict[str, str]:
        if self.for_ever or (number % 2 and data not in self.refused):
            self.refused.add(data)
            return {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": "slow down"}
        self.put.append(data)
        return {"ShardId": "shardId-000000000000", "SequenceNumber": data.decode()}


def test_a_record_that_the_stream_refused_is_put_again_and_ids_keep_the_lines_order() -> None:
    kinesis = RefusingOnce()
    lines = [Line(number, str(number).encode(), {}) for number in range(1, 1202)]
    assert put_lines(kinesis, "stream", lines) == [f"shardId-000000000000:{number}" for number in range(1, 1202)]
    assert sorted(kinesis.put) == sorted(line.data for line in lines)


@pytest.mark.parametrize(
    ("record", "key"),
    [
        ({"record_type": "position", "safekeeping_account": "A"}, "A"),
        ({"record_type": "corporate_action", "corporate_action_event_id": "E", "safekeeping_account": "A"}, "E"),
        ({"record_type": "election", "corporate_action_event_id": "E", "safekeeping_account": "A"}, "A"),
        ({"record_type": "election_release", "corporate_action_event_id": "E"}, "E"),
    ],
)
def test_the_partition_key_is_the_account_or_the_event(record: dict[str, str], key: str) -> None:
    assert Line(1, b"", record).partition_key == key


@pytest.mark.parametrize(
    ("content", "text"),
    [(None, "No such file"), (b"\n \n", "holds no record"), (b'"' + b"x" * 1_048_576 + b'"', "line 1: 1048578 bytes")],
)
def test_a_file_that_cannot_be_fed_is_one_line_and_exit_status_3(
    tmp_path: Path, content: bytes | None, text: str
) -> None:
    path = tmp_path / "feed.jsonl" if content is None else file_of(tmp_path, content)
    with pytest.raises(HarnessError, match=text) as caught:
        read_lines(path)
    assert caught.value.exit_status == 3
    assert "\n" not in str(caught.value)


def test_the_harness_can_be_imported_without_the_system() -> None:
    code = "import harness.feed.command, sys; assert not {'domain', 'functions', 'servicing_engine'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["holdings.fin", "holdings.xml"])
def test_a_messages_file_is_one_record_with_all_its_lines(name: str) -> None:
    path = FIRST_DAY.parent / "messages" / name
    assert [(line.number, line.data) for line in read_lines(path)] == [(1, path.read_bytes())]
