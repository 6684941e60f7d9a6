"""The first day's figures, worked out by hand in first-day.expected.md, against what `calculate` makes of the feed."""

import json
import random
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.first_day import EXPECTED, FEED, comparable

CHECKOUT = Path(__file__).resolve().parents[3]
PARTS = {"account": "accounts", "position": "positions", "trade": "trades", "corporate_action": "corporate_actions"}
RULES = {
    name: json.loads((CHECKOUT / "rules" / f"{name}.json").read_text())
    for name in ("withholding_rates", "market_calendars")
}


def calculated(lines: Iterable[str], folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = {part: [] for part in PARTS.values()} | {"rules": RULES}
    for record in map(json.loads, lines):
        document[PARTS[record["record_type"]]].append(record)
    path = folder / "document.json"
    path.write_text(json.dumps(document))
    command = [sys.executable, "-m", "servicing_engine", "calculate", "--keep-going", str(path)]
    return dict(json.loads(subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout))


def readable_lines() -> list[str]:
    unreadable = {
        item["line"] for item in EXPECTED["quarantined"] if item["reason"] in ("not_json", "unknown_record_type")
    }
    return [line for number, line in enumerate(FEED.read_text().splitlines(), 1) if number not in unreadable]


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_entitlements_and_open_lots_are_those_worked_out_by_hand_in_any_order(tmp_path: Path, seed: int | None) -> None:
    lines = readable_lines()
    if seed is not None:
        random.Random(seed).shuffle(lines)
    result = calculated(lines, tmp_path)
    current = [row for row in result["entitlements"] if row["status"] == "CALCULATED"]
    still_open = [row for row in result["tax_lots"] if row["closed_at"] is None]
    for rows, expected in ((current, EXPECTED["entitlements"]), (still_open, EXPECTED["open_tax_lots"])):
        assert comparable(rows, expected) == comparable(expected, expected)


def test_the_bad_records_are_rejected_with_their_reasons(tmp_path: Path) -> None:
    rejected = calculated(readable_lines(), tmp_path)["rejected"]
    assert sorted(item["reason"] for item in rejected) == ["invalid_isin", "negative_quantity"]


def test_the_feed_is_as_varied_as_a_first_day_should_be() -> None:
    records = [json.loads(line) for line in readable_lines()]
    of = {kind: [record for record in records if record["record_type"] == kind] for kind in PARTS}
    assert len(FEED.read_text().splitlines()) >= 40
    assert len({account["residence"] for account in of["account"]}) >= 5
    assert {event["event_type"] for event in of["corporate_action"]} == {"DVCA", "SPLF", "SPLR", "BONU", "DVSE"}
    assert len({position["source"] for position in of["position"]}) == 2
    assert len({position["safekeeping_place"] for position in of["position"]}) == 2
    assert len({json.dumps(record) for record in records}) < len(records)
