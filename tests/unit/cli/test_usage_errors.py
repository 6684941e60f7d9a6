"""What people get wrong is told in one line on standard error, without a traceback, with the exit status of the contracts."""

import json
from pathlib import Path

import pytest

from harness.cli import status
from harness.cli.main import main
from harness.embedded.processes import free_port
from harness.targets import registry

ONE_LINE = 1


@pytest.fixture(autouse=True)
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path / "run"))
    for name in ("TARGET", "ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "run"


def error_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = main(arguments)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == ONE_LINE
    return status, printed.err


def test_an_unknown_target_names_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    status, line = error_of(["status", "--target", "nope"], capsys)
    assert status == 3
    assert "unknown target 'nope'" in line
    assert all(name in line for name in registry.load())


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    status, line = error_of(["frobnicate"], capsys)
    assert status == 3
    assert "frobnicate" in line


def test_a_target_that_does_not_answer_is_named_with_its_endpoint(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    file = tmp_path / "targets.yaml"
    file.write_text(
        f"there: {{endpoint: '{endpoint}', started_by: user, credentials: test, provider: registry, tls: plain, "
        "runs: {lambda: record, ecs: record, rds: record}, identity: [{name: X}]}"
    )
    monkeypatch.setattr(registry.choose, "__defaults__", (file,))
    status, line = error_of(["up", "--target", "there"], capsys)
    assert status == 2
    assert f"nothing answers at {endpoint}" in line


def test_aws_wants_a_confirmation(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSET_SERVICING_AWS_CONFIRMED", raising=False)
    status, line = error_of(["up", "--target", "aws"], capsys)
    assert status == 2
    assert "set ASSET_SERVICING_AWS_CONFIRMED=1" in line


def test_a_run_folder_that_cannot_be_made_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path / "file" / "run"))
    status, line = error_of(["up"], capsys)
    assert status == 2
    assert str(tmp_path / "file" / "run") in line


def test_env_without_a_running_target_says_what_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    status, line = error_of(["env"], capsys)
    assert status == 2
    assert "type `make apply`" in line


def test_a_state_file_that_is_no_json_says_how_to_discard_it(
    capsys: pytest.CaptureFixture[str], run_folder: Path
) -> None:
    run_folder.mkdir()
    (run_folder / "state.json").write_text("{half")
    status, line = error_of(["env"], capsys)
    assert status == 2
    assert "state.json is not JSON" in line


def test_status_and_down_without_a_target_are_no_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == 0
    assert '"status": "DOWN"' in capsys.readouterr().out
    assert main(["down"]) == 0
    assert "nothing was running" in capsys.readouterr().out


def test_outputs_before_anything_is_applied_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    status, line = error_of(["outputs"], capsys)
    assert status == 2
    assert "its infrastructure is not applied" in line


def test_outputs_are_one_flat_object_of_names_and_values(capsys: pytest.CaptureFixture[str], run_folder: Path) -> None:
    run_folder.mkdir()
    outputs = {
        "aws_region": {"value": "us-east-1", "type": "string"},
        "function_names": {"value": {"api_handler": "a"}},
    }
    (run_folder / "terraform.tfstate").write_text(json.dumps({"version": 4, "outputs": outputs}))
    assert main(["outputs"]) == 0
    assert json.loads(capsys.readouterr().out) == {"aws_region": "us-east-1", "function_names": {"api_handler": "a"}}


def test_a_feed_file_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, line = error_of(["feed", "no-such-file.jsonl"], capsys)
    assert status == 3
    assert "no-such-file.jsonl" in line


def test_status_shows_the_last_verdict_of_the_gate(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "CHECKOUT", tmp_path)
    latest = tmp_path / ".run" / "gate" / "embedded" / "latest.json"
    latest.parent.mkdir(parents=True)
    document = {"verdict": {"judgement": "pass"}, "stamp": {"finished_at": "2026-11-24T02:00:00Z"}}
    latest.write_text(json.dumps(document))
    assert main(["status", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["last_verdict"]
    assert told == {"verdict": "pass", "at": "2026-11-24T02:00:00Z"}
