"""The system brought up, and what reading its outputs says, where not all of it is there."""

import json
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness import system
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.failure import HarnessError
from harness.results.deployment import APPLIED, IMPOSSIBLE, REFUSED, Deployment
from harness.system import AbsentServiceError, Outputs, System, deployment_brought_up

APPLY = """
import pathlib, sys
print("packages     engine.zip  0.1 s", file=sys.stderr)
print("aws_region = us-east-1")
record = {record!r}
record and pathlib.Path({file!r}).write_text(record)
sys.exit({status})
"""
Apply = Callable[[Deployment | None], RunFolder]


@pytest.fixture
def apply(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Apply:
    """Put a small program in the place of `harness apply`, which leaves the record that is given, or none."""
    run = RunFolder(tmp_path / "run")
    monkeypatch.setenv("RUN_FOLDER", str(run.path))
    run.make()

    def leaves(record: Deployment | None) -> RunFolder:
        if record:
            record.write(run)
        written = run.deployment_file.read_text() if record else ""
        run.deployment_file.unlink(missing_ok=True)
        text = APPLY.format(record=written, file=str(run.deployment_file), status=0 if record else 2)
        ours, others = [sys.executable, "-c", text], system._command
        monkeypatch.setattr(system, "_command", lambda target, name: ours if name == "apply" else others(target, name))
        return run

    return leaves


def test_applys_progress_is_seen_and_its_record_is_what_became_of_the_system(
    apply: Apply, capfd: pytest.CaptureFixture[str]
) -> None:
    apply(Deployment(REFUSED, "the target said no"))
    assert deployment_brought_up("embedded").outcome == REFUSED
    assert capfd.readouterr() == ("", "packages     engine.zip  0.1 s\n")


@pytest.mark.parametrize(
    ("before", "there"),
    [
        (Deployment(REFUSED, "then"), True),
        (Deployment(APPLIED, engine="then it had no image"), True),
        (Deployment(APPLIED, absent={"ecs": "then it was absent"}), True),
        (Deployment(APPLIED), False),
    ],
    ids=["refused", "no engine", "a service absent", "another emulator"],
)
def test_what_is_not_wholly_there_is_applied_again(
    apply: Apply, monkeypatch: pytest.MonkeyPatch, before: Deployment, there: bool
) -> None:
    monkeypatch.setattr(system, "_is_there", lambda _: there)
    before.write(apply(Deployment(IMPOSSIBLE, "now")))
    assert deployment_brought_up("embedded").reason == "now"


def test_what_is_wholly_there_is_left_alone(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "_is_there", lambda _: True)
    Deployment(APPLIED, provider="then").write(apply(Deployment(APPLIED, provider="now")))
    assert deployment_brought_up("embedded").provider == "then"


@pytest.mark.parametrize(
    ("status", "there"), [(200, True), (400, False)], ids=["answers for the key", "emulator started anew"]
)
def test_a_system_is_there_if_the_target_knows_its_key(
    monkeypatch: pytest.MonkeyPatch, status: int, there: bool
) -> None:
    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"{}" if there else b'{"__type": "NotFoundException"}')

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    environment = {**keys, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}
    found = System("embedded", environment, outputs=Outputs({"kms_key_arn": "arn"}, {}))
    monkeypatch.setattr(system, "running_system", lambda _: found)
    try:
        assert system._is_there("embedded") is there
    finally:
        server.shutdown()
        server.server_close()


def test_a_record_of_before_is_not_taken_for_that_of_an_apply_that_left_none(apply: Apply) -> None:
    Deployment(REFUSED, "then").write(apply(None))
    with pytest.raises(HarnessError, match="cannot be brought up: apply ended with exit status 2 and left no record"):
        deployment_brought_up("embedded")


ABSENT = {"appconfig": "it is not known here", "codepipeline": "nor this", "rds": "no Docker answers"}
GIVEN = {
    "appconfig_profile_ids": {}, "codebuild_project_names": {}, "database_port": None, "position_stream_name": "s",
    "role_arns": {"engine_task": "arn"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (lambda outputs: outputs["appconfig_profile_ids"]["x"], "appconfig is not deployed: it is not known here"),
        (lambda outputs: outputs["database_port"], "rds is not deployed: no Docker answers"),
        (
            lambda outputs: outputs["codebuild_project_names"],
            "appconfig is not deployed: it is not known here; codepipeline is not deployed: nor this; rds is not deployed: no",
        ),
        (lambda outputs: outputs["role_arns"]["pipeline"], "codepipeline is not deployed: nor this"),
    ],
    ids=["a map", "a number", "of no absent service", "a role"],
)
def test_reading_an_empty_output_tells_which_service_is_absent_and_why(
    read: Callable[[Outputs], object], said: str
) -> None:
    with pytest.raises(AbsentServiceError) as raised:
        read(Outputs(GIVEN, ABSENT))
    assert str(raised.value).startswith(said)


def test_other_outputs_are_read_as_they_are() -> None:
    outputs = Outputs(GIVEN, ABSENT)
    assert (outputs["position_stream_name"], outputs["role_arns"]["engine_task"]) == ("s", "arn")
    assert Outputs(GIVEN, {})["appconfig_profile_ids"] == {}


def test_the_names_of_outputs_are_those_of_terraform() -> None:
    declared = (CHECKOUT / "terraform" / "outputs.tf").read_text()
    assert all(f'output "{name}"' in declared for name in GIVEN), json.dumps(list(GIVEN))
