"""The workflows: gate.yml agrees with .ci/gate, its steps do what they say (run here, with fakes of gh and docker), callers fit it."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.embedded.run_folder import CHECKOUT
from harness.results.document import Outcome, read_run
from tests.unit.ci.test_gate_script import options
from tests.unit.gate.making import a_run, result

GATE = CHECKOUT / ".github" / "workflows" / "gate.yml"
EXAMPLES = sorted((CHECKOUT / "examples" / "ci").glob("*.yml"))
ALL = [*sorted(GATE.parent.glob("*.yml")), *EXAMPLES]
AROUND = {
    "artifact", "baseline-artifact", "baseline-release", "baseline-run", "candidate-artifact", "harness-ref",
    "harness-repository", "job-time-limit", "runner", "setup",
}  # fmt: skip
"""Inputs around the script: which harness and machine, where baseline and emulator come from, what the artifact is called."""
ENVIRONMENT = {"credentials": "EMULATOR_CREDENTIALS", "engine-image": "ENGINE_IMAGE", "provider": "PROVIDER"}
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
TYPES = {"string": str, "number": int, "boolean": bool}
RECORDS = """#!/bin/sh
printf '%s\\n' "$(basename "$0")" "$@" >>"$RECORD"
env | grep -E '^(ENGINE_IMAGE|PROVIDER|EMULATOR_CREDENTIALS|AWS_[A-Z_]+)=' | sort >>"$RECORD"
"""


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def called(file: Path = GATE) -> Any:
    return read(file)[True]["workflow_call"]  # YAML reads `on` as true


def steps(file: Path = GATE) -> list[Any]:
    return [step for job in read(file)["jobs"].values() for step in job.get("steps", [])]


def step(name: str, file: Path = GATE) -> Any:
    return next(step for step in steps(file) if step.get("name", "").startswith(name))


def program(folder: Path, name: str, text: str = RECORDS) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def run_step(workspace: Path, name: str, file: Path = GATE, **given: str) -> "subprocess.CompletedProcess[str]":
    """Run a step's script as GitHub does, with empty variables but for `given`, and with the programs in workspace/bin."""
    found = step(name, file)
    variables = dict.fromkeys(found.get("env", {}), "") | given
    path = f"{workspace / 'bin'}:{os.environ['PATH']}"
    record = {"RECORD": str(workspace / "record"), "PATH": path, "HOME": str(workspace)}
    command = ["bash", "-e", "-c", found["run"]]
    return subprocess.run(
        command, cwd=workspace, env=record | variables, capture_output=True, text=True, check=False, timeout=60
    )


def recorded(workspace: Path) -> list[str]:
    return (workspace / "record").read_text().splitlines()


def test_the_gates_inputs_are_the_scripts_options() -> None:
    assert set(called()["inputs"]) - AROUND - set(ENVIRONMENT) == options() - {"out"}


def test_every_option_variable_and_key_is_handed_on_from_its_input_or_secret() -> None:
    judge = step("Judge")
    handed = dict(re.findall(r'--([a-z-]+) "\$([A-Z_]+)"', judge["run"]))
    assert handed.keys() == options() - {"out"}
    for name, variable in (handed | ENVIRONMENT).items():
        assert f"inputs.{name}" in judge["env"][variable]
    assert {key: judge["env"][key] for key in KEYS} == {key: f"${{{{ secrets.{key} }}}}" for key in KEYS}


def test_the_judging_step_hands_on_what_is_given_and_no_empty_variable(tmp_path: Path) -> None:
    program(tmp_path, "harness/.ci/gate")
    given = {"TARGET_NAME": "ministack", "ARCHIVE": "a b.tar", "TIME_LIMIT": "65", "PROVIDER": "embedded"}
    assert run_step(tmp_path, "Judge", **given).returncode == 0
    words = ["gate", "--target", "ministack", "--out", "reports", "--time-limit", "65", "--image-archive", "a b.tar"]
    assert recorded(tmp_path) == [*words, "PROVIDER=embedded"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"TIME_LIMIT": "65", "JOB_TIME_LIMIT": "80", "BASELINES": "1"}, ""),
        ({"TIME_LIMIT": "75", "JOB_TIME_LIMIT": "80"}, "job-time-limit is 80 and time-limit 75"),
        ({"TIME_LIMIT": "65", "JOB_TIME_LIMIT": "80", "BASELINES": "11"}, "exclude each other"),
    ],
)
def test_inputs_that_do_not_fit_together_are_told_at_once(tmp_path: Path, given: dict[str, str], told: str) -> None:
    ran = run_step(tmp_path, "Inputs", **given)
    assert (bool(ran.returncode), told in ran.stdout) == (bool(told), True)


def test_the_limits_by_default_leave_time_for_set_up_and_reports(tmp_path: Path) -> None:
    limits = {
        name: str(called()["inputs"][name.lower().replace("_", "-")]["default"])
        for name in ("TIME_LIMIT", "JOB_TIME_LIMIT")
    }
    assert run_step(tmp_path, "Inputs", **limits).returncode == 0


@pytest.mark.parametrize(("release", "tag"), [("latest", []), ("v1.2", ["v1.2"])])
def test_the_baseline_of_a_release_is_that_releases_asset(tmp_path: Path, release: str, tag: list[str]) -> None:
    program(tmp_path, "bin/gh")
    assert run_step(tmp_path, "The baseline of a release", RELEASE=release).returncode == 0
    words = ["gh", "release", "download", *tag, "--pattern", "gate-baseline.json", "--dir", "baseline"]
    assert recorded(tmp_path) == words
    assert "'baseline/gate-baseline.json'" in step("Judge")["env"]["BASELINE"]


def test_the_registrys_password_is_given_on_standard_input_only_and_taken_away_again(tmp_path: Path) -> None:
    program(tmp_path, "bin/docker", f"{RECORDS}[ $1 = logout ] || cat >>'{tmp_path / 'stdin'}'\n")
    login = {"REGISTRY": "registry.example", "REGISTRY_USERNAME": "ann", "REGISTRY_PASSWORD": "a secret"}
    ran = run_step(tmp_path, "The registry's login", **login)
    words = ["docker", "login", "registry.example", "--username", "ann", "--password-stdin"]
    assert (recorded(tmp_path), ran.stdout, ran.stderr) == (words, "", "")
    assert (tmp_path / "stdin").read_text() == "a secret"
    assert run_step(tmp_path, "The registry's logout", **login).returncode == 0
    assert recorded(tmp_path)[len(words) :] == ["docker", "logout", "registry.example"]


def test_without_a_password_there_is_no_login_and_no_docker_needed(tmp_path: Path) -> None:
    program(tmp_path, "bin/docker", "#!/bin/sh\nexit 1\n")
    assert [run_step(tmp_path, f"The registry's {what}").returncode for what in ("login", "logout")] == [0, 0]


@pytest.mark.parametrize("report", [None, "## Gate on moto: pass\n"], ids=["none", "the gate's own"])
def test_there_are_a_report_and_a_verdict_even_if_a_step_before_the_gate_failed(
    tmp_path: Path, report: str | None
) -> None:
    if report:
        (tmp_path / "reports").mkdir()
        (tmp_path / "reports" / "report.md").write_text(report)
        (tmp_path / "reports" / "gate.log").write_text("judged\nverdict: pass\n")
    files = {name: str(tmp_path / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    assert run_step(tmp_path, "Reports", TARGET_NAME="moto", **files).returncode == 0
    expected = report or "## Gate on moto: could not judge"
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text().startswith(expected)
    output = (tmp_path / "GITHUB_OUTPUT").read_text()
    assert output.startswith(f"verdict={'pass' if report else 'could-not-judge'}\ncomment<<end-")
    assert expected.strip() in output


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_no_input_is_pasted_into_a_script(file: Path) -> None:
    """It would be run there. Inputs come as variables."""
    assert [one["run"] for one in steps(file) if "${{" in one.get("run", "")] == []


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_every_action_is_pinned_by_a_commit_with_its_version_said(file: Path) -> None:
    used = [line for line in file.read_text().splitlines() if re.search(r"^\s+(- )?uses: (?!OWNER/)", line)]
    assert [line for line in used if not re.search(r"uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_an_example_gives_the_gate_what_it_takes(file: Path) -> None:
    for job in read(file)["jobs"].values():
        if "uses" in job:
            fits(job, called())


def fits(job: Mapping[str, Any], gate: Mapping[str, Any]) -> None:
    """Check a caller's job: the workflow, its inputs and their types, its secrets, its permissions."""
    assert job["uses"] == "OWNER/asset-servicing-operations/.github/workflows/gate.yml@REF"
    given, taken = job["with"], gate["inputs"]
    assert [name for name, told in taken.items() if told.get("required") and name not in given] == []
    for name, value in given.items():
        assert name in taken
        assert type(value) is TYPES[taken[name]["type"]], f"{name} is {value!r}, not a {taken[name]['type']}"
    assert set(job.get("secrets", {})) <= set(gate["secrets"])
    assert read(GATE)["permissions"].items() <= job["permissions"].items()
    limits = {name: given.get(name, taken[name]["default"]) for name in ("time-limit", "job-time-limit")}
    assert limits["job-time-limit"] >= limits["time-limit"] + 10


def test_there_is_an_example_of_each_kind() -> None:
    assert [file.stem for file in EXAMPLES] == ["accept", "ministack", "simfra"]


@pytest.mark.parametrize("baseline", [None, Outcome.FAIL], ids=["the first", "over another"])
def test_the_accepting_example_makes_the_result_the_releases_baseline(tmp_path: Path, baseline: Outcome | None) -> None:
    (tmp_path / "harness").symlink_to(CHECKOUT)
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "result.json").write_text(json.dumps(a_run(result("small.a")).as_json()))
    program(tmp_path, "bin/make", "#!/bin/sh\n")  # the packages are there
    program(tmp_path, "bin/gh", f"{RECORDS}[ $2 != download ] || [ -f gate-baseline.json ]\n")
    if baseline:
        (tmp_path / "gate-baseline.json").write_text(json.dumps(a_run(result("small.a", baseline)).as_json()))
    accepting = CHECKOUT / "examples" / "ci" / "accept.yml"
    ran = run_step(tmp_path, "Accept", accepting, TARGET="simfra", RELEASE="v2")
    assert ran.returncode == 0, ran.stderr
    file = tmp_path / "gate-baseline.json"
    assert read_run(file).scenarios["small.a"].outcome is Outcome.PASS
    download = ["gh", "release", "download", "--pattern", "gate-baseline.json"]
    assert recorded(tmp_path) == [*download, "gh", "release", "upload", "v2", str(file), "--clobber"]
    assert ("small.a" if baseline else "everything is new") in ran.stdout
