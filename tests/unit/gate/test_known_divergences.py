"""A known divergence in a session and at the gate: shown by running a small suite in a pytest of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.gate import divergences
from harness.gate.lines import Progress
from harness.gate.results import Outcome

CHECKOUT = Path(__file__).resolve().parents[3]
CONFTEST = """
from tests.divergences import KnownDivergences
def pytest_configure(config):
    config.pluginmanager.register(KnownDivergences({"suite.answer[rds]": "RDS says otherwise"}))
"""
MARKED = """
import pytest
@pytest.mark.scenario('suite.answer', service='rds', feature='answers', lane='control plane', aws='https://docs.aws.amazon.com/')
"""


def session(folder: Path, body: str, workers: str = "-n0") -> tuple[int, str, dict[str, Outcome]]:
    """Exit status, output and outcomes by parameter of a suite of two cases, of which the one called rds is known to diverge."""
    (folder / "suite").mkdir()
    (folder / "suite" / "__init__.py").write_text("")
    (folder / "conftest.py").write_text(CONFTEST)
    suite = f"{MARKED}@pytest.mark.parametrize('service', ['rds', 'sqs'])\ndef test_answer(service):\n    {body}\n"
    (folder / "suite" / "test_target.py").write_text(suite)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-rx",
        "-p",
        "no:cacheprovider",
        "-p",
        "harness.scenarios.recorder",
        workers,
    ]
    run = subprocess.run(
        [*command, "--gate-results", "lines"], cwd=folder, env={"PYTHONPATH": str(CHECKOUT), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    told = Progress()
    told.follow(folder / "lines")
    results = {name.split("[")[1].rstrip("]"): one.outcome for name, one in told.results.items()}
    return run.returncode, run.stdout, results


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_one_that_fails_is_reported_with_its_reason_and_the_session_is_green(tmp_path: Path, workers: str) -> None:
    status, output, outcomes = session(tmp_path, "assert service != 'rds'", workers)
    assert status == 0
    assert "RDS says otherwise" in output
    assert outcomes == {"rds": Outcome.FAIL, "sqs": Outcome.PASS}


def test_one_that_passes_again_fails_the_session_and_has_passed_for_the_gate(tmp_path: Path) -> None:
    status, _, outcomes = session(tmp_path, "assert True")
    assert (status, outcomes) == (1, {"rds": Outcome.PASS, "sqs": Outcome.PASS})


def test_a_failure_that_nobody_knows_of_fails_the_session(tmp_path: Path) -> None:
    status, _, outcomes = session(tmp_path, "assert service == 'other'")
    assert (status, outcomes) == (1, {"rds": Outcome.FAIL, "sqs": Outcome.FAIL})


@pytest.mark.parametrize("error", ["ConnectionError('reset')", "KeyError('x')"])
def test_an_error_that_is_no_answer_is_not_excused(tmp_path: Path, error: str) -> None:
    status, _, _ = session(tmp_path, f"if service == 'rds': raise {error}")
    assert status == 1


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
        divergences.known_divergences("embedded", path)
    assert divergences.known_divergences("aws", path) == {}


def test_what_is_told_of_a_known_divergence_names_the_version_and_the_link(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    path.write_text(json.dumps({"embedded": [ENTRY]}))
    told = "because (emulator 1.0, https://docs.aws.amazon.com/)"
    assert divergences.known_divergences("embedded", path) == {"a.b": told}
