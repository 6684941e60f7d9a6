"""A real PostgreSQL for the engine's tests, with a fresh database for each."""

import itertools
import json
import os
import signal
import subprocess
import sys
import uuid

import psycopg2
import pytest

from harness.embedded import postgres
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.processes import ProcessRecord, free_port
from harness.embedded.run_folder import RunFolder
from servicing_engine.store.migrate import migrate
from tests.unit.engine.engine_target import CHECKOUT, provision

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    run = RunFolder(tmp_path_factory.mktemp("run"))
    run.make()
    private = postgres.private_folder(run)
    made = postgres.make_cluster(run, free_port(), private)
    server = postgres.server(made, run).start()
    record = ProcessRecord.of(server.pid)
    try:
        postgres.server(made, run).wait_ready()
        yield made
    finally:
        postgres.stop_server(record)
        if private:
            postgres.processes.remove_tree(private)


@pytest.fixture(scope="session")
def new_database(cluster):
    """Makes a migrated database; gives a function that connects to it."""

    def make():
        name = f"engine_{next(_NUMBERS)}"
        with cluster.connect().cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")

        def connect():
            return psycopg2.connect(
                host="127.0.0.1",
                port=cluster.port,
                user=postgres.SUPERUSER,
                password=cluster.superuser_password,
                dbname=name,
            )

        connection = connect()
        migrate(connection)
        connection.close()
        return connect

    return make


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
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})}
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
