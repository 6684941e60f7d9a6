"""The gate by running it: small suites against a small target that can be killed or fall silent."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.embedded import processes
from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.gate import accept, command
from harness.gate.files import GateFiles
from harness.gate.judging import Judged
from harness.gate.lines import Progress
from harness.gate.selection import chosen
from harness.gate.session import minutes_from_now
from harness.gate.verdict import judge
from harness.progress import Ticker
from harness.results.deployment import APPLIED, REFUSED, Deployment, Refusal
from harness.results.document import Outcome, read_run
from harness.targets.hosts import unguard
from tests.unit.gate.making import KEYS, SCENARIO, a_run, result

TARGET = "simfra"  # nothing is known of it, so no divergence of the list is missed in these small suites
ANSWERS_ALL = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(501); self.send_header("Content-Length", "0"); self.end_headers()
    do_POST = do_GET
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
CONFTEST = """
import pytest
def pytest_addoption(parser): parser.addoption('--target')
@pytest.fixture
def system(): pass
"""
NO_PART = {"only": None, "lane": None, "service": None, "quick": False}
REFUSAL = Refusal("module.encryption.aws_kms_key.this", "kms:CreateKey", "400 ValidationException: no")
BEGUN = "\nimport pathlib\npathlib.Path({marker!r}).write_text('')\n"


@pytest.fixture
def server() -> Iterator[tuple[AwsClients, "subprocess.Popen[bytes]"]]:
    """A target that answers everything with nothing, and its process."""
    port = processes.free_port()
    process = subprocess.Popen([sys.executable, "-c", ANSWERS_ALL, str(port)])
    wait_for("the small target", lambda: processes.answers(port), bool)
    try:
        yield AwsClients(TARGET, {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"}), process
    finally:
        unguard()
        process.kill()
        process.wait()


def asked(folder: Path, suite: str, **changed: object) -> argparse.Namespace:
    """Arguments of a gate on a suite of one module."""
    suites = folder / "suites"
    suites.mkdir(exist_ok=True)
    (suites / "test_target.py").write_text(f"import pytest\n{suite}")
    (suites / "evidence").mkdir(exist_ok=True)
    (suites / "evidence" / "target.yaml").write_text(
        "small.a: &it [{op: ListQueues, fact: answers, documented: true}]\nsmall.b: *it"
    )
    (suites / "conftest.py").write_text(CONFTEST)
    standard = {
        **NO_PART,
        "workers": "0",
        "history": folder / "history",
        "target": TARGET,
        "baseline": None,
        "out": None,
        "until": minutes_from_now(),
    }
    return argparse.Namespace(**{**standard, **changed})


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a small suite stands for all that judge."""
    monkeypatch.setattr(command, "judging_suites", lambda: [tmp_path / "suites"])
    return tmp_path


def judged(
    folder: Path,
    suite: str,
    clients: AwsClients,
    capsys: pytest.CaptureFixture[str],
    deployment: Deployment = Deployment(APPLIED),  # noqa: B008 - frozen
    **changed: object,
) -> tuple[int, list[str]]:
    arguments = asked(folder, suite, **changed)
    target, part = (
        Judged(clients, (("a small target", "1.0"),), deployment),
        chosen(arguments, command.judging_suites()),
    )
    status = command.judge_target(arguments, target, command.accepted(arguments), part)
    return status, capsys.readouterr().out.splitlines()


def test_a_scenario_that_fails_against_the_baseline_is_a_regression_with_was_and_now(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = judged(whole, f"{SCENARIO}\ndef test_a(): pass", server[0], capsys)
    assert (status, lines[-1]) == (0, "verdict: pass")
    files = GateFiles(whole / "history" / TARGET)
    files.latest.rename(files.baseline)
    status, lines = judged(whole, f"{SCENARIO}\ndef test_a(): assert 1 == 2", server[0], capsys)
    assert (status, lines[-1]) == (1, "verdict: regression")
    assert any(line.startswith("fails (was pass): small.a") for line in lines)
    assert "changed: small.a: was pass, now fail" in lines
    assert read_run(files.latest).scenarios["small.a"].detail == "the test gave 1 where AWS documents 2 (a)"


def test_without_a_baseline_a_failure_is_told_with_the_command_that_accepts(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = judged(whole, f"{SCENARIO}\ndef test_a(): assert 1 == 2", server[0], capsys)
    assert (status, lines[-1]) == (2, "verdict: no-baseline")
    assert lines[-2] == f"nothing was accepted yet; to accept this result: make baseline TARGET={TARGET} ACCEPT=1"
    assert lines[-3] == (
        "failures that are no known divergence: 1, by the evidence for what AWS answers: 0 recorded, 0 quoted, 1 documented, 0 none"
    )
    assert lines[-4].startswith("0 pass, 1 fail, 0 unsupported")
    assert any(line.startswith("fails: small.a: the test gave 1 where AWS documents 2") for line in lines[:-4])


def test_the_gate_goes_on_without_the_system_that_the_target_refused(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str]
) -> None:
    suite = (
        f"{SCENARIO}\ndef test_a(): pass\n{SCENARIO.replace('small.a', 'small.b')}\ndef test_b(system): assert False"
    )
    refused = Deployment(REFUSED, "terraform apply failed", REFUSAL)
    status, lines = judged(whole, suite, server[0], capsys, refused)
    said = "the system is not deployed: module.encryption.aws_kms_key.this: kms:CreateKey was answered 400 ValidationException: no"
    found = read_run(GateFiles(whole / "history" / TARGET).latest).scenarios
    assert (found["small.a"].outcome, found["small.b"].outcome, found["small.b"].detail) == (
        "pass",
        "unsupported",
        said,
    )
    assert f"deployment: {said}" in lines
    assert (status, lines[-1]) == (0, "verdict: pass")


def test_without_a_terminal_a_line_now_and_then_tells_how_far_it_is(
    whole: Path,
    server: tuple[AwsClients, object],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.gate.session.Ticker", partial(Ticker, seconds=0.1))
    waits = "import threading\n" + "\n".join(
        f"{SCENARIO.replace('small.a', f'small.{name}')}\ndef test_{name}(): {does}"
        for name, does in {"failing": "assert 1 == 2", "waiting": "threading.Event().wait(3)"}.items()
    )
    arguments = asked(whole, waits)
    command.judge_target(arguments, Judged(server[0], (("small", "1"),), Deployment(APPLIED)), None)
    told = capsys.readouterr().err
    assert re.search(r"^judging: 1 of 2 done, 1 failing, \d s; now \S+::test_waiting$", told, re.MULTILINE)


def test_a_test_that_is_no_scenario_is_not_judged(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = judged(whole, "def test_a(): pass", server[0], capsys)
    assert (status, lines[-1]) == (2, "verdict: could-not-judge")
    log = (whole / "history" / TARGET / "session.log").read_text()
    assert "test_a: the scenario mark has no id, no service, no feature, no lane, no aws" in log


@pytest.mark.parametrize("suite", ["this is no Python", ""], ids=["session breaks off", "no scenario"])
def test_a_session_that_breaks_off_is_not_judged(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str], suite: str
) -> None:
    status, lines = judged(whole, suite, server[0], capsys)
    assert (status, lines[-1]) == (2, "verdict: could-not-judge")


def test_what_a_broken_connection_left_open_is_tried_once_more_alone(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str]
) -> None:
    once = f"""
import pathlib
{SCENARIO}
def test_a():
    flag = pathlib.Path({str(whole / "flag")!r})
    if not flag.exists():
        flag.write_text("")
        raise ConnectionResetError("the first time")
"""
    status, _ = judged(whole, once, server[0], capsys)
    found = read_run(GateFiles(whole / "history" / TARGET).latest).scenarios["small.a"]
    assert (status, found.outcome, found.attempts) == (0, "pass", 2)
    status, lines = judged(whole, f"{SCENARIO}\ndef test_a(): raise ConnectionResetError('always')", server[0], capsys)
    assert (status, lines[-1]) == (2, "verdict: could-not-judge")


def test_what_was_judged_within_the_time_limit_is_reported_though_there_is_no_verdict(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str]
) -> None:
    waits = f"{SCENARIO.replace('small.a', 'small.b')}\ndef test_b(): threading.Event().wait(120)"
    suite = f"import threading\n{SCENARIO}\ndef test_a(): pass\n{waits}"
    status, lines = judged(whole, suite, server[0], capsys, until=minutes_from_now("0.1"))
    assert (status, lines[-1]) == (2, "verdict: could-not-judge")
    assert any("the time limit is over, last with" in line and "test_b" in line for line in lines), lines
    folder = whole / "history" / TARGET
    assert read_run(GateFiles(folder).latest).scenarios["small.a"].outcome is Outcome.PASS
    assert "the time limit is over" in (folder / "report.md").read_text()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "silent"])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_target_that_dies_is_not_judged_and_the_scenario_during_which_it_did_is_named(
    whole: Path,
    server: tuple[AwsClients, "subprocess.Popen[bytes]"],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    workers: str,
) -> None:
    monkeypatch.setattr("harness.gate.watchdog.PATIENCE_SECONDS", 1.0)
    waits = f"""
import os, threading
{SCENARIO}
def test_a():
    os.kill({server[1].pid}, {int(number)})
    threading.Event().wait(120)
"""
    status, lines = judged(whole, waits, server[0], capsys, workers=workers)
    assert (status, lines[-1]) == (2, "verdict: could-not-judge")
    assert any("stopped answering during" in line and "test_a" in line for line in lines), lines


def test_the_scenario_that_killed_the_target_is_named_though_others_have_failed_since(
    whole: Path, server: tuple[AwsClients, "subprocess.Popen[bytes]"], capsys: pytest.CaptureFixture[str]
) -> None:
    does = {
        "broken_once": "raise ConnectionResetError('once')",
        "answered": "pass",
        "killer": f"os.kill({server[1].pid}, 9); raise ConnectionResetError('reset')",
        "after": "raise ConnectionRefusedError('refused')",
        "running": "threading.Event().wait(120)",
    }
    tests = [
        f"{SCENARIO.replace('small.a', f'small.{name}')}\ndef test_{name}(): {body}" for name, body in does.items()
    ]
    _, lines = judged(whole, "\n".join(("import os, threading", *tests)), server[0], capsys)
    assert [line.rpartition("::")[2] for line in lines if "stopped answering during" in line] == ["test_killer"]


def test_of_a_part_only_what_belongs_to_it_is_run_expected_and_kept_apart(
    whole: Path, server: tuple[AwsClients, object], capsys: pytest.CaptureFixture[str]
) -> None:
    accepted = whole / "baseline.json"
    accepted.write_text(json.dumps(a_run(result("small.b"), result("small.a")).as_json()))
    suite = f"{SCENARIO}\ndef test_a(): pass\n{SCENARIO.replace('small.a', 'small.b')}\ndef test_b(): assert 1 == 2"
    status, lines = judged(whole, suite, server[0], capsys, baseline=accepted, only="small.a")
    assert (status, lines[0], lines[-1]) == (0, "part: 1 of 2 scenarios, 1 of 1 features", "verdict: pass")
    folder = whole / "history" / TARGET
    assert [list(read_run(GateFiles(folder / "part").latest).scenarios)] == [["small.a"]]
    assert not GateFiles(folder).latest.exists()
    assert judged(whole, suite, server[0], capsys, baseline=accepted)[0] == 1


def test_an_unknown_id_is_one_line_before_anything_is_brought_up(
    whole: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "Judged", None)
    arguments = asked(whole, f"{SCENARIO}\ndef test_a(): pass", target="embedded", only="small.aa")
    assert command.run(arguments) == 2
    assert capsys.readouterr().out.splitlines() == [
        "there is no scenario 'small.aa': give small.a",
        "verdict: could-not-judge",
    ]


@pytest.mark.parametrize(("fixture", "reason"), [("", "none of the chosen scenarios asks for it"), ("system", "")])
def test_nothing_is_deployed_for_scenarios_that_do_not_ask_for_the_system(
    whole: Path, monkeypatch: pytest.MonkeyPatch, fixture: str, reason: str
) -> None:
    brought_up: list[str] = []

    def bring_up(_target: object, no_system: str) -> Judged:
        brought_up.append(no_system)
        raise HarnessError("enough seen")

    monkeypatch.setattr(command.Judged, "brought_up", bring_up)
    suite = (
        f"{SCENARIO}\ndef test_a({fixture}): pass\n{SCENARIO.replace('small.a', 'small.b')}\ndef test_b(system): pass"
    )
    asked_for = asked(whole, suite, only="small.a", without_system=False, expect_version=None)
    assert command.run(asked_for) == 2
    assert brought_up == [reason]


def test_what_was_judged_at_an_endpoint_is_accepted_without_naming_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENDPOINT", raising=False)
    files, run = GateFiles(tmp_path / "custom"), a_run(result("small.a"))
    kept = replace(run, stamp=replace(run.stamp, target="custom"), verdict=judge(run, None))
    files.keep(kept)
    arguments = {"target": "custom", "history": tmp_path, "result": None, "baseline": None, "accept": True}
    assert accept.run(argparse.Namespace(**arguments)) == 0
    assert read_run(files.baseline).scenarios.keys() == {"small.a"}
    with pytest.raises(HarnessError, match="unknown target 'costum': TARGET is one of embedded"):
        accept.run(argparse.Namespace(**{**arguments, "target": "costum"}))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "No such file"), ("{", "not JSON"), ("{}", "not a result of the gate")],
    ids=["missing", "broken", "of another form"],
)
def test_a_wrong_baseline_is_one_clear_line_before_anything_is_brought_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    monkeypatch.setattr(command, "Judged", None)
    file = tmp_path / "wrong.json"
    if content is not None:
        file.write_text(content)
    status = command.run(asked(tmp_path, "", target="embedded", baseline=file))
    lines = capsys.readouterr().out.splitlines()
    assert (status, lines[-1]) == (2, "verdict: could-not-judge")
    assert "wrong.json" in lines[0]
    assert said in lines[0]


def test_a_system_that_cannot_be_brought_up_is_not_judged(tmp_path: Path) -> None:
    unwritable = tmp_path / "a file where the run folder should be"
    unwritable.write_text("")
    told = subprocess.run(
        [sys.executable, "-m", "harness", "gate", "--target", "embedded", "--history", str(tmp_path / "history")],
        env={**os.environ, "RUN_FOLDER": str(unwritable)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = told.stdout.splitlines()
    assert told.stderr.startswith("bringing up target embedded")
    assert "make it writable" in lines[0]
    assert (told.returncode, lines[-1]) == (2, "verdict: could-not-judge")


def test_a_session_does_not_start_an_emulator_again_that_is_gone(tmp_path: Path) -> None:
    started, emulator, lines = tmp_path / "started", tmp_path / "emulator", tmp_path / "lines"
    emulator.write_text(f"#!/bin/sh\ntouch '{started}'\n")
    emulator.chmod(0o755)
    where = {"ENDPOINT": f"http://127.0.0.1:{processes.free_port()}", "EMULATOR_COMMAND": str(emulator)}
    options = ["-n0", "-p", "no:cacheprovider", "--target", "ministack", "--gate-results", str(lines)]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests/conformance/test_sts.py"], cwd=CHECKOUT,
        env={**os.environ, **where, "RUN_FOLDER": str(tmp_path / "run")}, capture_output=True, check=False,
    )  # fmt: skip
    assert not started.exists()
    told = Progress()
    told.follow(lines)
    assert {one.outcome for one in told.results.values()} == {Outcome.INDETERMINATE}
