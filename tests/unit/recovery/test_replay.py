"""`replay`: which records reach the ingest function again, how, and what is said of it."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import main
from harness.feed.lines import Line
from harness.feed.stream import put_lines, retained
from harness.recovery import replay
from harness.system import System

Replay = Callable[..., tuple[int, str]]


@pytest.fixture
def run(system: System, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Replay:
    """Run the command and return its exit status and what it printed."""
    monkeypatch.setattr(replay, "running_system", lambda _target: system)

    def run(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        status = main(["replay", *arguments])
        return status, capsys.readouterr().out

    return run


def put(system: System, *texts: str) -> list[str]:
    lines = [Line.of(number, text.encode()) for number, text in enumerate(texts, 1)]
    return put_lines(system.client("kinesis"), system.outputs["position_stream_name"], lines)


def calls(called: Path) -> list[list[dict[str, Any]]]:
    return [json.loads(line)["Records"] for line in called.read_text().splitlines()]


def note(system: System, record_id: str, **item: Any) -> None:
    tables = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    tables.Table(system.outputs["queue_state_table_name"]).put_item(Item={"id": record_id, "kind": "record", **item})


def test_every_record_of_all_shards_is_sent_once_under_its_id_in_batches_as_a_mapping_makes_them(
    system: System, run: Replay, called: Path
) -> None:
    texts = [json.dumps({"record_type": "account", "safekeeping_account": f"ACC-{number}"}) for number in range(130)]
    record_ids = put(system, *texts)
    status, out = run("--from", "oldest")
    assert (status, out.splitlines()[0]) == (0, "130 records sent again, 0 left out as they were quarantined")
    sent = {record["eventID"]: record for batch in calls(called) for record in batch}
    assert [len(batch) for batch in calls(called)] == [100, 30]
    assert {name: base64.b64decode(sent[name]["kinesis"]["data"]).decode() for name in record_ids} == dict(
        zip(record_ids, texts, strict=True)
    )
    shards = {name.partition(":")[0] for name in record_ids}
    assert len(shards) == 2
    for shard in shards:
        of_shard = [
            record["eventID"] for batch in calls(called) for record in batch if record["eventID"].startswith(shard)
        ]
        assert of_shard == [name for name in record_ids if name.startswith(shard)]


def test_a_record_is_given_with_the_instant_of_its_arrival(system: System, run: Replay, called: Path) -> None:
    put(system, "{}")
    [record] = retained(system.client("kinesis"), system.outputs["position_stream_name"])
    assert run("--from", "oldest")[0] == 0
    [[sent]] = calls(called)
    assert sent["kinesis"]["approximateArrivalTimestamp"] == record.arrived.timestamp()
    assert sent["eventSource"] == "aws:kinesis"


def test_what_arrived_before_the_instant_is_left_out(system: System, run: Replay, called: Path) -> None:
    put(system, "{}")
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert run("--from", later)[1].startswith("0 records sent again")
    assert calls(called) == []


def test_what_ingest_quarantined_is_left_out_and_what_the_engine_did_is_sent(
    system: System, run: Replay, called: Path
) -> None:
    of_ingest, of_engine = put(system, '{"safekeeping_account": "A"}', '{"safekeeping_account": "B"}')
    note(system, of_ingest, state="QUARANTINED", reason="not_json")
    note(system, of_engine, state="QUARANTINED", reason="unprocessable", state_version=7)
    assert run("--from", "oldest")[1].startswith("1 records sent again, 1 left out as they were quarantined")
    assert [record["eventID"] for [record] in calls(called)] == [of_engine]


def test_a_dry_run_counts_and_calls_nothing(system: System, run: Replay, called: Path) -> None:
    put(system, "{}", "[]")
    assert run("--from", "oldest", "--dry-run") == (
        0,
        "2 records would be sent again, 0 left out as they were quarantined\n",
    )
    assert calls(called) == []


def test_a_function_that_fails_ends_the_run_which_says_where_to_go_on(
    system: System, run: Replay, called: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(system, '{"safekeeping_account": "poison"}')
    [record] = retained(system.client("kinesis"), system.outputs["position_stream_name"])
    status, out = run("--from", "oldest")
    assert (status, out) == (2, f"0 records sent; go on with --from {record.arrived.isoformat()}\n")
    assert run("--from", record.arrived.isoformat())[0] == 2
    assert len(calls(called)) == 2


@pytest.mark.parametrize("given", [("--from", "yesterday"), ("--from", "2026-03-27T09:00:00"), ()])
def test_without_an_instant_with_a_time_zone_nothing_is_done(given: tuple[str, ...], run: Replay) -> None:
    assert run(*given)[0] == 3
