"""A known divergence in a session and at the gate: shown by running a small suite in a pytest of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.failure import HarnessError
from harness.gate import divergences
from harness.gate.lines import Progress
from harness.results.document import Outcome
from harness.targets.registry import load

CHECKOUT = Path(__file__).resolve().parents[3]
CONFTEST = """
from tests.divergences import KnownDivergences
def pytest_configure(config):
    config.pluginmanager.register(KnownDivergences(lambda: {"suite.answer[rds]": "RDS says otherwise"}))
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
        "-rxX",
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


def test_one_that_passes_is_told_with_its_reason_and_the_session_is_green(tmp_path: Path) -> None:
    status, output, outcomes = session(tmp_path, "assert True")
    assert "XPASS suite/test_target.py::test_answer[rds] - RDS says otherwise" in output
    assert (status, outcomes) == (0, {"rds": Outcome.PASS, "sqs": Outcome.PASS})


def test_a_failure_that_nobody_knows_of_fails_the_session(tmp_path: Path) -> None:
    status, _, outcomes = session(tmp_path, "assert service == 'other'")
    assert (status, outcomes) == (1, {"rds": Outcome.FAIL, "sqs": Outcome.FAIL})


@pytest.mark.parametrize("error", ["ConnectionError('reset')", "KeyError('x')"])
def test_an_error_that_is_no_answer_is_not_excused(tmp_path: Path, error: str) -> None:
    status, _, _ = session(tmp_path, f"if service == 'rds': raise {error}")
    assert status == 1


ENTRY = {"scenario": "a.b", "reason": "because", "link": "https://docs.aws.amazon.com/", "since": "1.5.9"}


def known(
    folder: Path, entries: list[dict[str, Any]], version: str = "1.5.9", target: str = "custom"
) -> dict[str, str]:
    """What is known of an emulator of that version, and of a second one, on a target."""
    path = folder / "known.yaml"
    path.write_text(json.dumps({"Small": entries, "Other": [{**ENTRY, "scenario": "c.d"}]}))
    return divergences.known_divergences(target, [("Small", version)], path)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        *(([{**ENTRY, name: ""}], f"Small, entry 1: {name} is missing") for name in ENTRY),
        ([{**ENTRY, "link": "somewhere"}], "entry 1: link 'somewhere' is no https address"),
        ([ENTRY, ENTRY], "entry 2: a second entry of a.b"),
        ([ENTRY, {**ENTRY, "scenario": ["a.c", "a.b"]}], "entry 2: a second entry of a.b"),
    ],
)
def test_a_known_divergence_needs_a_scenario_a_reason_a_link_and_since_when(
    tmp_path: Path, entries: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(HarnessError, match=said):
        known(tmp_path, entries)


@pytest.mark.parametrize("target", ["embedded", "ministack", "custom"])
def test_what_is_known_of_an_emulator_is_known_wherever_it_runs(tmp_path: Path, target: str) -> None:
    assert known(tmp_path, [ENTRY], target=target) == {
        "a.b": "since Small 1.5.9: because, see https://docs.aws.amazon.com/"
    }


def test_scenarios_that_fail_for_one_reason_are_one_entry(tmp_path: Path) -> None:
    found = known(tmp_path, [{**ENTRY, "scenario": ["a.b", "a.c"]}])
    assert found == dict.fromkeys(("a.b", "a.c"), "since Small 1.5.9: because, see https://docs.aws.amazon.com/")


@pytest.mark.parametrize(
    ("version", "counts"),
    [("1.5.8", False), ("1.5.9", True), ("1.5.10", True), ("2.0.0rc1", True), ("unknown", True), ("sha256:ab", True)],
)
def test_it_counts_from_the_version_in_which_it_was_seen(tmp_path: Path, version: str, counts: bool) -> None:
    assert bool(known(tmp_path, [ENTRY], version)) is counts


def test_one_that_a_targets_own_settings_make_true_is_known_there_only(tmp_path: Path) -> None:
    own = [{**ENTRY, "targets": ["embedded", "ministack"]}]
    assert [bool(known(tmp_path, own, target=name)) for name in ("embedded", "custom")] == [True, False]


def test_what_is_on_file_is_in_order_and_of_emulators_that_the_registry_names() -> None:
    named = {part.name for target in load().values() for part in target.identity}
    on_file = yaml.safe_load(divergences.KNOWN_DIVERGENCES.read_text())
    assert on_file.keys() <= named
    for name, entries in on_file.items():
        listed = [entry["scenario"] for entry in entries]
        ids = [name for one in listed for name in (one if isinstance(one, list) else [one])]
        known = [divergences.known_divergences(target, [(name, "unknown")]) for target in ("embedded", "ministack")]
        assert sorted({*known[0], *known[1]}) == sorted(ids)
