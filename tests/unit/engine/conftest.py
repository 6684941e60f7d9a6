"""A real PostgreSQL for the engine's tests, with a fresh database for each."""

import itertools

import psycopg2
import pytest

from harness.embedded import postgres
from harness.embedded.processes import ProcessRecord, free_port
from harness.embedded.run_folder import RunFolder
from servicing_engine.store.migrate import migrate

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    run = RunFolder(tmp_path_factory.mktemp("run"))
    run.make()
    private = postgres.private_folder(run)
    made = postgres.make_cluster(run, free_port(), private)
    server = postgres.start_server(made, run)
    record = ProcessRecord.of(server.pid)
    try:
        postgres.wait_ready(made, run)
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
