"""`trace` and `audit` on the running system: each hop of a record, and what people did."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from harness.cli.main import main
from harness.feed.records import account, dividend, position
from harness.isin import fresh_isin
from harness.system import System
from tests.facts import feed

pytestmark = [pytest.mark.engine, pytest.mark.exclusive]
SECONDS = 240
CALCULATED = ["entitlement", "calculation", "projection", "notification"]


@dataclass(frozen=True)
class Life:
    """An account with an entitlement, one record that waits, one that is quarantined, and a released election."""

    system: System
    tag: str
    ids: dict[str, str]


@pytest.fixture(scope="module")
def life(system: System) -> Life:
    isin = fresh_isin()
    tag = isin[2:11]
    holder, nobody = f"ACC-{tag}", f"ACC-NOBODY-{tag}"
    release = {"record_type": "election_release", "election_id": f"E-{tag}", "released_by": f"second-{tag}"}
    states = feed(
        system,
        [
            account(holder),
            position(holder, isin, "100"),
            dividend(f"CA-{tag}", isin),
            position(nobody, isin, "7"),
            b'{"record_type": "weather"}',
            release,
        ],
        SECONDS,
    )
    assert [state["state"] for state in states] == ["APPLIED"] * 3 + ["HELD", "QUARANTINED", "HELD"]
    names = ("account", "position", "event", "held", "bad", "release")
    return Life(system, tag, {name: str(state["id"]) for name, state in zip(names, states, strict=True)})


def told(capsys: pytest.CaptureFixture[str], system: System, command: str, *options: str) -> tuple[int, Any]:
    """Return the exit status of a command of the trail, and its JSON."""
    capsys.readouterr()
    status = main([command, *options, "--json", "--target", system.target])
    return status, json.loads(capsys.readouterr().out)


def test_an_event_is_followed_from_the_stream_to_its_notification(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    status, hops = told(capsys, life.system, "trace", f"CA-{life.tag}")
    seen = [hop for hop in hops if hop["name"] != "log"]
    assert (status, [hop["name"] for hop in seen]) == (0, ["stream", "record", "request", "inbox", *CALCULATED])
    assert (seen[0]["key"], seen[1]["said"][:7]) == (life.ids["event"], "APPLIED")
    assert seen[-1]["key"] == f"CA-{life.tag}/ACC-{life.tag}/001/1"
    instants = [hop["at"] for hop in (seen[0], seen[4], seen[-1])]
    assert instants == sorted(instants)


def test_log_lines_of_the_engine_name_the_request(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    hops = told(capsys, life.system, "trace", life.ids["event"])[1]
    [request] = [hop["key"] for hop in hops if hop["name"] == "request"]
    assert any(f"request {request} of" in hop["said"] for hop in hops if hop["name"] == "log")


def test_a_record_that_waits_says_for_what_and_where_to_look(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    status, hops = told(capsys, life.system, "trace", life.ids["held"])
    [inbox] = [hop for hop in hops if hop["name"] == "inbox"]
    assert (status, inbox["said"].startswith("HELD (unknown_account: "), inbox["next"][:7]) == (1, True, "psql -c")


def test_a_quarantined_record_leads_to_its_letter_and_then_to_who_discarded_it(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    status, hops = told(capsys, life.system, "trace", life.ids["bad"])
    [letter] = [hop for hop in hops if hop["name"] == "dead letter"]
    assert (status, letter["next"]) == (1, f"make redrive DO='show {letter['key']}'")
    note = f"followed {life.tag}"
    assert main(["redrive", "--target", life.system.target, "discard", letter["key"], "--note", note]) == 0
    hops = told(capsys, life.system, "trace", life.ids["bad"])[1]
    assert [note in hop["said"] for hop in hops if hop["name"] == "redrive"] == [True]
    deeds = told(capsys, life.system, "audit")[1]["deeds"]
    assert [deed["what"] for deed in deeds if note in deed["about"]] == ["letter discarded"]


def test_what_never_was_is_not_found_anywhere(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    status, hops = told(capsys, life.system, "trace", "shardId-000000000000:1")
    assert (status, {hop["said"].partition(":")[0] for hop in hops}) == (1, {"not found"})
    assert main(["trace", f"T-{life.tag}", "--target", life.system.target]) == 2
    assert f"no record has the identity 'T-{life.tag}'" in capsys.readouterr().err


def test_the_audit_names_who_released_an_election_and_what_is_not_known_of_rules(
    life: Life, capsys: pytest.CaptureFixture[str]
) -> None:
    status, told_of = told(capsys, life.system, "audit")
    by = {deed["by"] for deed in told_of["deeds"] if f"election E-{life.tag}," in deed["about"]}
    assert (status, by) == (0, {f"second-{life.tag} (says the record)"})
    rules = [deed for deed in told_of["deeds"] if deed["what"].startswith("rules deployed")]
    assert rules
    assert all(deed["by"].startswith(("arn:", "not known (")) for deed in rules)
    at = [deed["at"] for deed in told_of["deeds"]]
    assert at == sorted(at)


@pytest.mark.parametrize("when", ["yesterday", "2026-11-30T12:00"])
def test_an_instant_without_its_zone_is_refused(life: Life, capsys: pytest.CaptureFixture[str], when: str) -> None:
    assert main(["audit", "--since", when, "--target", life.system.target]) == 3
    assert "give a date (2026-11-30) or an instant with its zone" in capsys.readouterr().err


def test_only_what_was_done_since_is_listed(life: Life, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, life.system, "audit", "--since", "2100-01-01")[1]["deeds"] == []
