"""`.ci/gate` and the workflow that calls it: they agree, and what goes wrong before there is a verdict is could-not-judge."""

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.embedded.processes import answers, free_port
from harness.embedded.run_folder import CHECKOUT

SCRIPT = CHECKOUT / ".ci" / "gate"
WORKFLOW = CHECKOUT / ".github" / "workflows" / "gate.yml"
OWN_INPUTS = {"baseline-artifact", "setup", "harness-repository", "harness-ref", "artifact"}
"""What the workflow needs around the script: where the baseline and the emulator come from, which harness, what its artifact is called."""


def gate(*arguments: str, cwd: Path = CHECKOUT) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "MAKE": "make -o .venv/.installed"}  # the packages are there: this test runs on them
    return subprocess.run([SCRIPT, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def options() -> set[str]:
    return set(re.findall(r"^  --([a-z-]+)", gate("--help").stdout, re.M))


def workflow() -> Any:
    return yaml.safe_load(WORKFLOW.read_text())


def judging_step() -> Any:
    return next(step for step in workflow()["jobs"]["gate"]["steps"] if step.get("name") == "Judge")


def test_the_workflows_inputs_are_the_scripts_options() -> None:
    inputs = set(workflow()[True]["workflow_call"]["inputs"])  # YAML reads `on` as true
    assert inputs - OWN_INPUTS == options() - {"out"}


def test_the_workflow_hands_every_option_on_from_its_input() -> None:
    step = judging_step()
    handed = dict(re.findall(r'--([a-z-]+) "\$([A-Z_]+)"', step["run"]))
    assert handed.keys() == options() - {"out"}
    for option, variable in handed.items():
        assert f"inputs.{option}" in step["env"][variable]


def test_no_input_is_pasted_into_a_script() -> None:
    """It would be run there. Inputs come as variables."""
    assert [step["run"] for step in workflow()["jobs"]["gate"]["steps"] if "${{" in step.get("run", "")] == []


def test_every_action_is_pinned_by_a_commit_with_its_version_said() -> None:
    used = re.findall(r"uses: (actions/\S+.*)", WORKFLOW.read_text())
    assert used
    assert all(re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in used)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--frobnicate", "x"], "unknown option --frobnicate"),
        (["--target"], "--target wants a value"),
        (["--image", "a", "--command", "b"], "--image and --command exclude each other"),
        (["--target", "custom"], "give --target, --image, --command or --endpoint"),
        (["--endpoint", "http://127.0.0.1:1", "--baseline", "nowhere.json"], "no baseline at nowhere.json"),
    ],
)
def test_a_wrong_option_is_a_usage_error(arguments: list[str], told: str, tmp_path: Path) -> None:
    ran = gate(*arguments, cwd=tmp_path)
    assert ran.returncode == 3
    assert ran.stderr.startswith(f"error: {told}\n")
    assert "usage: .ci/gate" in ran.stderr


def test_an_emulator_that_is_not_there_is_could_not_judge_with_a_report(tmp_path: Path) -> None:
    ran = gate(
        "--command",
        "no-such-emulator",
        "--endpoint",
        f"http://127.0.0.1:{free_port()}",
        "--out",
        "reports",
        cwd=tmp_path,
    )
    assert ran.returncode == 2
    assert ran.stdout.splitlines()[-1] == "verdict: could-not-judge"
    report = (tmp_path / "reports" / "report.md").read_text()
    assert "could not judge" in report
    assert "no-such-emulator cannot be run" in report
    assert not (tmp_path / "reports" / "run").exists()


def test_another_version_than_expected_is_not_judged_and_what_was_started_is_stopped(tmp_path: Path) -> None:
    """On a real emulator, the one that we depend on."""
    port = free_port()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "ministack").symlink_to(Path(sys.executable).with_name("ministack"))
    ran = gate(
        *("--target", "ministack", "--command", "bin/ministack"),
        *("--endpoint", f"http://127.0.0.1:{port}", "--expect-version", "0.0.0", "--out", str(tmp_path)),
        cwd=tmp_path,
    )
    assert ran.returncode == 2
    assert f"MiniStack {version('ministack')} answers, and version 0.0.0 was expected" in ran.stdout
    assert ran.stdout.splitlines()[-1] == "verdict: could-not-judge"
    assert not answers(port)
    assert (tmp_path / "logs" / "emulator.log").exists()


def test_what_an_earlier_run_left_is_not_published_as_the_result_of_one_that_could_not_judge(tmp_path: Path) -> None:
    left = [tmp_path / name for name in ("result.json", "junit.xml", "report.html", "history/custom/latest.json")]
    for file in left:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("an earlier run's")
    ran = gate("--command", "no-such-emulator", "--endpoint", f"http://127.0.0.1:{free_port()}", "--out", str(tmp_path))
    assert ran.returncode == 2
    assert [file.name for file in left if file.exists()] == []


def test_a_target_that_is_unknown_is_a_usage_error_with_the_names_that_there_are(tmp_path: Path) -> None:
    ran = gate("--target", "nope", "--out", str(tmp_path))
    assert ran.returncode == 3
    assert "unknown target 'nope': TARGET is one of embedded" in ran.stdout
