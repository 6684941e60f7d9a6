"""A real PostgreSQL for the engine's tests, with a fresh database for each."""

import io
import itertools
import json
import os
import signal
import subprocess
import sys
import uuid
from functools import partial

import psycopg2
import pytest

from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder
from servicing_engine.__main__ import main
from tests import own_postgres
from tests.unit.engine.engine_target import AS_DEPLOYED, CHECKOUT, provision

_NUMBERS = itertools.count()


@pytest.fixture
def command(capsys, monkeypatch):
    """Run `message …` in this process and return (exit status, standard output, standard error)."""

    def run_here(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        try:
            status = main(["message", *map(str, arguments)])
        except SystemExit as ended:
            status = ended.code
        return status, *capsys.readouterr()

    return run_here


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    with own_postgres.own_postgres(tmp_path_factory.mktemp("run")) as made:
        yield made


@pytest.fixture(scope="session")
def new_database(cluster):
    """Makes a migrated database; gives a function that connects to it."""
    return lambda: partial(psycopg2.connect, own_postgres.new_database(cluster, f"engine_{next(_NUMBERS)}"))


@pytest.fixture
def connect(new_database):
    return new_database()


@pytest.fixture(scope="module")
def target(tmp_path_factory, cluster, new_database):
    run = RunFolder(tmp_path_factory.mktemp("run"))
    run.make()
    try:
        yield provision(bring_up(run).state.endpoint, cluster, new_database())
    finally:
        take_down(run)


@pytest.fixture
def queues(target):
    """The environment of tasks with a queue of their own that gives a message up after five receives, and its dead-letter queue."""
    sqs, tag = target.client("sqs"), uuid.uuid4().hex
    given_up = sqs.create_queue(QueueName=f"given-up-{tag}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=given_up, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = AS_DEPLOYED | {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})}
    queue = sqs.create_queue(QueueName=f"requests-{tag}", Attributes=policy)["QueueUrl"]
    own = {"ENTITLEMENT_REQUESTS_QUEUE_URL": queue, "DEAD_LETTER_QUEUE_URL": given_up, "ENGINE_WORKERS": "4"}
    return target.environment | own


@pytest.fixture
def task(target, tmp_path):
    log = (tmp_path / "task.log").open("w")
    environment = {"PATH": os.environ["PATH"], **target.environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "servicing_engine"], cwd=CHECKOUT, env=environment, stdout=log, stderr=log
    )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    log.close()
