"""A MiniStack of the tests' own with the fault layer before it: both as processes, as they run in earnest."""

import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from harness.deadline import wait_for
from harness.embedded import ministack, processes
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder
from harness.faults.layer import FaultLayer
from harness.faults.rules import Rule

ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
TOKEN = "token-of-the-tests"


@dataclass(frozen=True)
class Faulty:
    """The emulator behind the layer. `plant` clears what was planted and plants one rule, called `planted`."""

    endpoint: str
    inner_endpoint: str
    layer: FaultLayer

    def client(self, service: str, *keys: str, endpoint: str | None = None, unsigned: bool = False) -> Any:
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        credentials: Any = dict(zip(names, keys or ("test", "test"), strict=False))
        session = boto3.Session(region_name="us-east-1", **credentials)
        config = ONCE.merge(Config(signature_version=UNSIGNED)) if unsigned else ONCE
        return session.client(service, endpoint_url=endpoint or self.endpoint, config=config)

    def plant(self, change: Mapping[str, Any], **rule: Any) -> None:
        self.layer.clear()
        self.layer.plant([Rule.from_json({"id": "planted", "change": change, **rule})])

    def fired(self) -> int:
        return self.layer.counters()["planted"]["fired"]


def start_layer(folder: Path, *upstreams: str, control: int) -> tuple[ProcessRecord, list[str]]:
    """The fault layer as a process, and its endpoints."""
    log = folder / f"layer-{uuid.uuid4().hex[:6]}.log"
    command = [sys.executable, "-m", "harness.faults", "--control", str(control)]
    process = processes.start(
        [*command, *(part for url in upstreams for part in ("--upstream", url))],
        {"FAULT_TOKEN": TOKEN, "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        log, Path(__file__).parents[3],
    )  # fmt: skip
    record = ProcessRecord.of(process.pid)
    wait_for("the layer", lambda: processes.answers(control), bool, 30, shown=lambda _: processes.tail(log))
    return record, re.findall(r"(http://127\.0\.0\.1:\d+) stands before", log.read_text())


@pytest.fixture(scope="session")
def faulty_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    run = RunFolder(tmp_path_factory.mktemp("faults") / "run")
    run.make()
    port, control = processes.free_port(), processes.free_port()
    emulator: subprocess.Popen[bytes] = ministack.server(run, port).start()
    record = ProcessRecord.of(emulator.pid)
    try:
        ministack.server(run, port).wait_ready()
        inner = f"http://127.0.0.1:{port}"
        layer, [endpoint] = start_layer(run.path, inner, control=control)
        try:
            yield Faulty(endpoint, inner, FaultLayer(control, TOKEN))
        finally:
            processes.stop(layer)
    finally:
        processes.stop(record)


@pytest.fixture
def faulty(faulty_emulator: Faulty) -> Iterator[Faulty]:
    faulty_emulator.layer.clear()
    yield faulty_emulator
    faulty_emulator.layer.clear()


@pytest.fixture
def fresh() -> str:
    return uuid.uuid4().hex[:10]


@pytest.fixture
def table(faulty: Faulty, fresh: str) -> Any:
    """A table with the key `id`."""
    resource: Any = faulty.client("dynamodb")
    resource.create_table(
        TableName=fresh, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    return fresh


@pytest.fixture
def queue(faulty: Faulty, fresh: str) -> str:
    """A queue's URL."""
    return str(faulty.client("sqs").create_queue(QueueName=fresh)["QueueUrl"])


@pytest.fixture
def received(faulty: Faulty) -> Callable[[str], list[str]]:
    """The bodies that are on a queue now, read past the layer; they are taken off."""

    def bodies(url: str) -> list[str]:
        sqs, found = faulty.client("sqs", endpoint=faulty.inner_endpoint), list[str]()
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            found += [message["Body"] for message in messages]
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return bodies
