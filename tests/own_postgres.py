"""A PostgreSQL of a session's own and databases in it, from the binaries that the embedded target uses."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2.extensions import make_dsn

from harness.embedded import postgres
from harness.embedded.processes import ProcessRecord, free_port, remove_tree
from harness.embedded.run_folder import RunFolder
from servicing_engine.store.migrate import migrate


@contextmanager
def own_postgres(folder: Path) -> Iterator[postgres.Cluster]:
    """Start a cluster in `folder` and stop it when the block ends."""
    run = RunFolder(folder)
    run.make()
    private = postgres.private_folder(run)
    made = postgres.make_cluster(run, free_port(), private)
    program = postgres.server(made, run)
    child = program.start()
    record = ProcessRecord.of_child(child)
    try:
        program.wait_ready(child)
        yield made
    finally:
        postgres.stop_server(record)
        if private:
            remove_tree(private)


def new_database(cluster: postgres.Cluster, name: str) -> str:
    """Make a migrated database and return what connects to it."""
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    found = make_dsn(
        host="127.0.0.1",
        port=cluster.port,
        user=postgres.SUPERUSER,
        password=cluster.superuser_password,
        dbname=name,
    )
    with closing(psycopg2.connect(found)) as connection:
        migrate(connection)
    return str(found)
