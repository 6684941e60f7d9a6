"""A scratch emulator with what was given up on it, and the command, which is told that this is the system."""

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.cli.main import main
from harness.embedded.clients import ROOT
from harness.embedded.ministack import REGION
from harness.queues import counts
from harness.redrive import command
from harness.system import Outputs, System
from tests.unit.feed import conftest as feeding
from tests.unit.packaging.emulator import running
from tests.unit.redrive.given_up import ALIAS, GivenUp

follow, fed = feeding.follow, feeding.system
Redrive = Callable[..., tuple[int, str, str]]
Follow = Callable[[Callable[[bytes], dict[str, Any] | None]], feeding.Follower]
HANDLER = """import json
def handle(event, _context):
    with open(%r, "a") as log:
        log.write(json.dumps(event) + "\\n")
    if "poison" in json.dumps(event):
        raise ValueError("poison")
    return {"batchItemFailures": [{"itemIdentifier": "1"}] if "partial" in json.dumps(event) else []}
"""


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start MiniStack alone and return the variables that lead to it."""
    with running(tmp_path_factory.mktemp("emulator")) as started:
        yield {**ROOT.variables(), "AWS_REGION": REGION, "AWS_ENDPOINT_URL": started.endpoint}


@pytest.fixture(scope="session")
def functions(emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    """Return the two functions by name, and the file in which they write the events that they were called with, one a line."""
    clients, log = AwsClients("embedded", emulator), tmp_path_factory.mktemp("functions") / "called.jsonl"
    return {name: _function(clients, log) for name in ("ingest_normalizer", "reconciliation")}, log


@pytest.fixture
def called(functions: tuple[dict[str, str], Path]) -> Path:
    """Return that file, which is empty."""
    functions[1].write_text("")
    return functions[1]


@pytest.fixture
def system(fed: System, functions: tuple[dict[str, str], Path]) -> System:
    """Return a system with queues and the two functions."""
    names = {name: f"{fed.outputs['position_stream_name']}-{name}" for name in ("dead_letter", "entitlement_requests")}
    urls = {
        f"{name}_queue_url": fed.client("sqs").create_queue(QueueName=value.replace("_", "-"))["QueueUrl"]
        for name, value in names.items()
    }
    return replace(fed, outputs=Outputs({**fed.outputs, **urls, "function_names": functions[0]}, {}))


def _function(system: AwsClients, called: Path) -> str:
    name, archive = f"f-{uuid.uuid4().hex[:8]}", io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("code.py", HANDLER % str(called))
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = system.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    made = system.client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="code.handle", Code={"ZipFile": archive.getvalue()}, Publish=True
    )  # fmt: skip
    system.client("lambda").create_alias(FunctionName=name, Name=ALIAS, FunctionVersion=made["Version"])
    return name


@pytest.fixture
def given_up(system: System) -> GivenUp:
    return GivenUp(system)


@pytest.fixture
def redrive(
    system: System, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Iterator[Redrive]:
    """Run the command: exit status, standard output, standard error. In the end no letter is hidden."""
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path / "run"))
    monkeypatch.setattr(command, "running_system", lambda _target: system)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsysbinary.readouterr()
        status = main(["redrive", *arguments])
        printed = capsysbinary.readouterr()
        return status, printed.out.decode("utf-8", "surrogateescape"), printed.err.decode()

    yield run
    assert counts(system.client("sqs"), system.outputs["dead_letter_queue_url"]).in_flight == 0


@pytest.fixture
def listed(redrive: Redrive) -> Callable[[], list[dict[str, Any]]]:
    """Return what is there, as rows."""

    def rows() -> list[dict[str, Any]]:
        status, out, _ = redrive("--json")
        assert status == 0
        return list(json.loads(out))

    return rows
