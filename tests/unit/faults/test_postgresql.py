"""The passage before PostgreSQL, between psycopg2 and a real server."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from harness.embedded.postgres import SUPERUSER, Cluster
from harness.faults.planted import Planted
from harness.faults.postgresql import PostgresListener
from harness.faults.rules import Rule
from tests.own_postgres import own_postgres

KILLED = -9
INSERTS = """
import psycopg2, sys
with psycopg2.connect(sys.argv[1]) as connection, connection.cursor() as cursor:
    cursor.execute("INSERT INTO kept VALUES (1)")
"""


class Passage:
    """A server behind a listener, and what is planted there."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster, self.planted = cluster, Planted()
        self.port = PostgresListener(0, ("127.0.0.1", cluster.port), self.planted).port

    @property
    def address(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={SUPERUSER} password={self.cluster.superuser_password} dbname=postgres"

    def plant(self, change: dict[str, Any], *operations: str, **when: Any) -> None:
        rule = {
            "id": "planted",
            "service": "postgresql",
            "operations": list(operations),
            "change": change,
            "when": when,
        }
        self.planted.plant([Rule.from_json({name: value for name, value in rule.items() if value})])

    def insert(self) -> None:
        with closing(psycopg2.connect(self.address)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO kept VALUES (1)")

    def kept(self) -> int:
        with closing(self.cluster.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept")
            return int(cursor.fetchone()[0])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with own_postgres(tmp_path_factory.mktemp("passage") / "run") as made:
        yield made


@pytest.fixture
def passage(cluster: Cluster) -> Passage:
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS kept; CREATE TABLE kept (number int)")
    return Passage(cluster)


def test_without_rules_all_is_as_without_the_passage(passage: Passage) -> None:
    with closing(psycopg2.connect(passage.address)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT repeat('x', 300000), generate_series(1, 20)")
        assert [(len(text), number) for text, number in cursor.fetchall()] == [
            (300_000, number) for number in range(1, 21)
        ]
        with pytest.raises(psycopg2.errors.UndefinedTable):
            cursor.execute("SELECT * FROM nothing")


def test_a_commit_is_counted_by_the_table_that_its_transaction_wrote_first(passage: Passage) -> None:
    passage.plant({"kind": "delay", "seconds": 0.001})
    with closing(psycopg2.connect(passage.address)) as connection:
        for statement in (
            "SELECT 1 FROM kept FOR UPDATE",
            "WITH gone AS (DELETE FROM kept RETURNING 1) SELECT * FROM gone",
        ):
            with connection, connection.cursor() as cursor:
                cursor.execute(statement)
    calls = passage.planted.calls()["planted"]
    assert (calls["postgresql:CommitOfReads"], calls["postgresql:Commit"]) == ({"": 1}, {"kept": 1})


@pytest.mark.parametrize(("side", "kept"), [("before", 0), ("after", 1)])
def test_a_function_is_killed_at_its_commit(passage: Passage, side: str, kept: int) -> None:
    passage.plant({"kind": "kill", "at": side}, "Commit", caller="^ours$")
    command, environment = [sys.executable, "-c", INSERTS, passage.address], {"AWS_LAMBDA_FUNCTION_NAME": "ours"}
    assert subprocess.run(command, env=environment, check=False).returncode == KILLED
    assert passage.kept() == kept


@pytest.mark.parametrize(("side", "kept"), [("before", 0), ("after", 1)])
def test_a_connection_is_lost_at_a_commit(passage: Passage, side: str, kept: int) -> None:
    passage.plant({"kind": "hang", "seconds": 0.001, "at": side}, "Commit")
    with pytest.raises(psycopg2.OperationalError):
        passage.insert()
    assert passage.kept() == kept


def test_a_statement_fails_as_on_a_full_disk_and_the_next_transaction_goes_through(passage: Passage) -> None:
    passage.plant(
        {"kind": "answer", "status": 500, "code": "53100", "message": "could not extend file"}, "Insert", at_most=1
    )
    with pytest.raises(psycopg2.errors.DiskFull, match="could not extend file"):
        passage.insert()
    passage.insert()
    assert passage.kept() == 1


def test_a_statement_that_fails_takes_its_transaction_with_it(passage: Passage) -> None:
    passage.plant({"kind": "answer", "status": 500, "code": "53100"}, "Insert", at_most=1)
    with closing(psycopg2.connect(passage.address)) as connection, connection.cursor() as cursor:
        with pytest.raises(psycopg2.errors.DiskFull):
            cursor.execute("INSERT INTO kept VALUES (1)")
        assert connection.info.transaction_status == TRANSACTION_STATUS_INERROR


def test_a_connection_is_refused_as_by_a_server_that_has_no_more(passage: Passage) -> None:
    passage.plant(
        {"kind": "answer", "status": 500, "code": "53300", "message": "too many clients already"}, "Connect", at_most=1
    )
    with pytest.raises(psycopg2.OperationalError, match="too many clients already"):
        passage.insert()
    passage.insert()


def test_a_rule_for_every_service_of_aws_is_not_for_the_database(passage: Passage) -> None:
    passage.planted.plant([Rule("planted", {"kind": "answer", "status": 500, "code": "X"}, "*")])
    passage.insert()
    assert passage.kept() == 1
