"""The gate's verdict, by running it on small suites."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.gate import command, history
from harness.gate.outcomes import Outcome, Result
from harness.gate.part import in_part, part_of
from harness.gate.verdict import Judgement, judge

PASS, FAIL = Result(Outcome.PASS), Result(Outcome.FAIL, "assert 1 == 2")
UNSUPPORTED, INDETERMINATE = (
    Result(Outcome.UNSUPPORTED, "no such operation"),
    Result(Outcome.INDETERMINATE, "ReadTimeout"),
)

SMALL_SUITE = Path(__file__).parents[1] / "terraform_driver"
TARGET = "simfra"  # nothing is known of it, so no divergence of the list is missed in these small suites


@pytest.mark.parametrize(
    ("now", "accepted", "known", "expected"),
    [
        ({"a": PASS, "b": UNSUPPORTED}, {}, {}, Judgement.PASS),
        ({"a": PASS, "b": FAIL}, {}, {}, Judgement.REGRESSION),
        ({"a": PASS, "b": FAIL}, {}, {"b": "reason"}, Judgement.PASS),
        ({"a": PASS, "b": PASS}, {}, {"b": "reason"}, Judgement.REGRESSION),
        ({"a": PASS}, {}, {"b": "reason"}, Judgement.REGRESSION),
        ({"a": PASS}, {"a": PASS, "b": PASS}, {}, Judgement.REGRESSION),
        ({"a": PASS, "b": UNSUPPORTED}, {"b": PASS}, {}, Judgement.REGRESSION),
        ({"a": PASS}, {"a": PASS, "b": UNSUPPORTED}, {}, Judgement.PASS),
        ({"a": PASS, "b": INDETERMINATE}, {"b": PASS}, {}, Judgement.COULD_NOT_JUDGE),
        ({"a": FAIL, "b": INDETERMINATE}, {}, {}, Judgement.REGRESSION),
        ({"a": UNSUPPORTED}, {}, {}, Judgement.COULD_NOT_JUDGE),
        ({}, {}, {}, Judgement.COULD_NOT_JUDGE),
    ],
)
def test_the_verdict_follows_from_results_accepted_ones_and_known_divergences(
    now: dict[str, Result], accepted: dict[str, Result], known: dict[str, str], expected: Judgement
) -> None:
    assert judge(now, accepted, known).judgement is expected


def test_divergence_and_coverage_are_two_figures() -> None:
    verdict = judge({"a": PASS, "b": FAIL, "c": UNSUPPORTED, "d": INDETERMINATE}, {}, {})
    assert (str(verdict.divergence), str(verdict.coverage)) == ("1/2", "1/2")
    assert judge({"a": UNSUPPORTED}, {}, {}).divergence is None


def gate(folder: Path, suite: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    suites = folder / "suites"
    suites.mkdir(exist_ok=True)
    (suites / "test_target.py").write_text(suite)
    (suites / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--target')")
    options = argparse.Namespace(suites=suites, workers="0", history=folder / "history", target=TARGET)
    status = command.judge_suites(options)
    return status, capsys.readouterr().out.splitlines()


def test_a_pass_is_accepted_and_a_test_that_fails_afterwards_is_a_regression(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, lines = gate(tmp_path, "def test_a(): pass\ndef test_b(): pass", capsys)
    assert (status, lines[-1]) == (0, "verdict: pass")
    status, lines = gate(tmp_path, "def test_a(): pass\ndef test_b(): assert 1 == 2", capsys)
    assert (status, lines[-1]) == (1, "verdict: regression")
    assert any("fails:" in line and "test_b" in line for line in lines)
    kept = tmp_path / "history" / TARGET
    assert json.loads((kept / "latest.json").read_text())["verdict"] == "regression"
    assert json.loads((kept / "accepted.json").read_text())["counts"]["pass"] == 2


def test_a_test_that_is_no_longer_there_is_a_regression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gate(tmp_path, "def test_a(): pass\ndef test_b(): pass", capsys)
    status, lines = gate(tmp_path, "def test_a(): pass", capsys)
    assert (status, lines[-1]) == (1, "verdict: regression")


@pytest.mark.parametrize(
    "suite",
    [
        "import boto3\ndef test_a(): boto3.client('sqs', 'us-east-1', endpoint_url='http://127.0.0.1:9').list_queues()",
        "this is no Python",
        "",
    ],
    ids=["emulator unreachable", "session breaks off", "no test"],
)
def test_what_says_nothing_of_the_target_is_not_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, suite: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    status, lines = gate(tmp_path, suite, capsys)
    assert (status, lines[-1]) == (2, "verdict: could-not-judge")


def test_a_part_of_the_suites_answers_for_its_own_known_divergences_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a target of which divergences are known, with a real suite that needs no system."""
    assert history.known_divergences("embedded")
    part = argparse.Namespace(suites=SMALL_SUITE, workers="0", history=tmp_path, target="embedded")
    assert command.judge_suites(part) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "verdict: pass"
    assert not (tmp_path / "embedded" / "accepted.json").exists(), "a part is no accepted result of the whole"
    assert (tmp_path / "embedded" / "tests.unit.terraform_driver" / "accepted.json").exists()


@pytest.mark.parametrize(
    ("suites", "expected"),
    [
        ("tests", {"tests.a.test_b::test_c", "tests.a.test_bc::test_d", "tests.e.test_f::test_g[x]"}),
        ("tests/a", {"tests.a.test_b::test_c", "tests.a.test_bc::test_d"}),
        ("tests/a/test_b.py", {"tests.a.test_b::test_c"}),
        ("elsewhere", {"tests.a.test_b::test_c", "tests.a.test_bc::test_d", "tests.e.test_f::test_g[x]"}),
    ],
)
def test_a_divergence_that_is_known_in_the_part_counts_whether_or_not_its_test_is_still_there(
    tmp_path: Path, suites: str, expected: set[str]
) -> None:
    known = dict.fromkeys(("tests.a.test_b::test_c", "tests.a.test_bc::test_d", "tests.e.test_f::test_g[x]"), "reason")
    counted = in_part(known, part_of(tmp_path / suites, tmp_path / "tests"))
    assert set(counted) == expected
    assert judge({"tests.a.test_b::test_z": PASS}, {}, counted).judgement is Judgement.REGRESSION


def test_a_system_that_cannot_be_brought_up_is_not_judged(tmp_path: Path) -> None:
    unwritable = tmp_path / "a file where the run folder should be"
    unwritable.write_text("")
    told = subprocess.run(
        [sys.executable, "-m", "harness", "gate", "--target", "embedded", "--history", str(tmp_path / "history")],
        env={**os.environ, "RUN_FOLDER": str(unwritable)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = told.stdout.splitlines()
    assert "cannot be brought up" in lines[0]
    assert (told.returncode, lines[-1]) == (2, "verdict: could-not-judge")


def test_a_broken_accepted_result_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "accepted.json").write_text("{}")
    with pytest.raises(HarnessError, match="remove it to accept afresh"):
        history.History(tmp_path).accepted_results()


ENTRY = {"scenario": "a.b", "reason": "because", "link": "https://docs.aws.amazon.com/", "seen": "emulator 1.0"}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        *(([{**ENTRY, name: ""}], f"entry 1: {name} is missing") for name in ENTRY),
        ([{**ENTRY, "link": "somewhere"}], "entry 1: link 'somewhere' is no https address"),
        ([ENTRY, ENTRY], "entry 2: a second entry of a.b"),
    ],
)
def test_a_known_divergence_needs_a_scenario_a_reason_a_link_and_where_it_was_seen(
    tmp_path: Path, entries: list[dict[str, str]], said: str
) -> None:
    path = tmp_path / "known.yaml"
    path.write_text(json.dumps({"embedded": entries}))
    with pytest.raises(HarnessError, match=said):
        history.known_divergences("embedded", path)
    assert history.known_divergences("aws", path) == {}
