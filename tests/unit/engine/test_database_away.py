"""A database that is away is waited for, on the real PostgreSQL: nothing that it says of itself is taken for a bad request."""

import threading
from contextlib import closing

import psycopg2
import pytest
from psycopg2 import sql

from harness.deadline import wait_for
from servicing_engine.settings import Settings
from servicing_engine.store.connect import Database, DatabaseAwayError
from tests.unit.domain.facts import event
from tests.unit.engine.engine_target import entitled, fresh_facts, items, number_of_messages, request, tasks

OF_THE_DATABASE = (
    "08006", "25006", "40001", "40P01", "42501", "42P01", "53100", "53300", "55000", "55P03", "57014", "57P01", "57P02", "57P03",
    "57P05", "58030",
)  # fmt: skip
OF_THE_REQUEST = ("22001", "22P05", "23505", "23514", "42601", "54000", "P0001")
OUTAGES = {
    "refuses connections": ("ALTER DATABASE {} ALLOW_CONNECTIONS false", "ALTER DATABASE {} ALLOW_CONNECTIONS true"),
    "is read only, as after a failover": (
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        "ALTER DATABASE {} RESET default_transaction_read_only",
    ),
}


class Outage:
    """A database of the cluster that is taken away from those who use it, one way or another, and given back."""

    def __init__(self, cluster, name, way):
        self._cluster, self._name, (self._taken, self._given) = cluster, name, OUTAGES[way]

    def begin(self):
        self._do(self._taken)

    def end(self):
        self._do(self._given)

    def _do(self, statement):
        with closing(self._cluster.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(sql.Identifier(self._name)))
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", (self._name,)
            )


@pytest.fixture
def settings(connect, cluster):
    with closing(connect()) as connection:
        name = connection.get_dsn_parameters()["dbname"]
    environment = dict.fromkeys((field.upper() for field in Settings.__dataclass_fields__), "1") | {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(cluster.port),
        "DATABASE_NAME": name,
        "DATABASE_USERNAME": "rdsadmin",
        "DATABASE_PASSWORD": cluster.superuser_password,
    }
    return Settings.from_environment(environment)


@pytest.fixture
def database(settings):
    made = Database(settings, threading.Event())
    yield made
    made.close()


def failing_once(code):
    """Work that the server answers with this SQLSTATE the first time, and 1 the second."""
    answers = [f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$", "SELECT 1"]

    def work(connection):
        with connection, connection.cursor() as cursor:
            cursor.execute(answers.pop(0))
            return cursor.fetchone()[0]

    return work


@pytest.mark.parametrize("code", OF_THE_DATABASE)
def test_work_is_done_again_where_the_server_says_that_it_cannot_now(database, code):
    assert database.run(failing_once(code)) == 1


@pytest.mark.parametrize("code", OF_THE_REQUEST)
def test_what_the_server_says_of_a_statements_values_is_raised_at_once(database, code):
    with pytest.raises(psycopg2.Error) as raised:
        database.run(failing_once(code))
    assert raised.value.pgcode == code


@pytest.mark.parametrize("error", [ValueError("of the work"), psycopg2.InterfaceError("connection already closed")])
def test_work_is_done_again_where_its_connection_is_lost_whatever_it_raises(database, error):
    errors = [error]

    def work(connection):
        if errors:
            connection.close()
            raise errors.pop()
        return connection.closed

    assert database.run(work) == 0


@pytest.mark.parametrize("way", OUTAGES)
def test_work_goes_on_once_a_database_is_back_that(database, cluster, settings, way):
    outage = Outage(cluster, settings.database_name, way)
    database.connected()
    outage.begin()
    written = threading.Event()

    def work(connection):
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO migrations (name) VALUES ('work')")
        written.set()

    thread = threading.Thread(target=lambda: database.run(work))
    thread.start()
    assert not written.wait(1)
    outage.end()
    thread.join(30)
    assert written.is_set()


def test_who_is_told_to_stop_waits_no_longer(database, cluster, settings):
    outage = Outage(cluster, settings.database_name, "refuses connections")
    outage.begin()
    database.stopping.set()
    with pytest.raises(DatabaseAwayError, match="the database has failed"):
        database.connected()
    outage.end()


@pytest.mark.parametrize("way", OUTAGES)
def test_a_burst_over_an_outage_is_done_by_the_same_tasks_and_no_request_is_split(
    target, cluster, queues, tmp_path, way
):
    outage = Outage(cluster, queues["DATABASE_NAME"], way)
    event_id, accounts, holdings = fresh_facts(holders=20)
    queue = queues["ENTITLEMENT_REQUESTS_QUEUE_URL"]
    with tasks(queues, tmp_path, 2) as running:
        request(target, event(corporate_action_event_id=event_id), queue=queue)
        request(target, *holdings[:20], queue=queue)
        wait_for("the burst under way", lambda: len(entitled(target, event_id, accounts)), bool, 60)
        outage.begin()
        for start in range(20, len(holdings), 4):
            request(target, *holdings[start : start + 4], queue=queue)
        outage.end()
        wait_for("all entitled", lambda: len(entitled(target, event_id, accounts)), len(accounts).__eq__, 60)
        assert [task.poll() for task in running] == [None, None]
    assert number_of_messages(target, queues["DEAD_LETTER_QUEUE_URL"]) == 0
    assert [item for item in items(target, "queue-state") if item.get("state") == "FAILED"] == []


def test_a_request_in_hand_when_its_task_stops_without_the_database_is_left_to_the_next(
    target, cluster, queues, tmp_path
):
    outage = Outage(cluster, queues["DATABASE_NAME"], "refuses connections")
    event_id, accounts, holdings = fresh_facts()
    queue = queues["ENTITLEMENT_REQUESTS_QUEUE_URL"]
    with tasks(queues, tmp_path, 2):
        outage.begin()
        request(target, *holdings, event(corporate_action_event_id=event_id), queue=queue)
        wait_for("in hand", lambda: number_of_messages(target, queue), (1).__eq__)
    outage.end()
    with tasks(queues, tmp_path, 1):
        wait_for("entitled", lambda: len(entitled(target, event_id, accounts)), (1).__eq__, 60)
    assert number_of_messages(target, queues["DEAD_LETTER_QUEUE_URL"]) == 0
