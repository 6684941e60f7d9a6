"""Databases of earlier versions, brought up to date."""

import json
import threading
from unittest.mock import patch

import psycopg2
import pytest

from domain.calculation_version import CALCULATION_VERSION
from domain.records import parse_record
from harness.deadline import wait_for
from sending import Quarantine
from servicing_engine.settings import Settings
from servicing_engine.store import migrate as migrating
from servicing_engine.store import results
from servicing_engine.store.connect import Database
from servicing_engine.store.migrate import ChangedMigrationError, migrate
from tests.agreement.upgrades import run
from tests.faults.versions import EVERY_TABLE
from tests.unit.domain.facts import account, event, position
from tests.unit.engine.engine_target import CHECKOUT, entitled, fresh_facts, number_of_messages, request, tasks
from tests.unit.engine.feeding import FACTS, RULES, feed, rows


def test_a_second_migration_changes_nothing(connect):
    assert migrate(connect()) == []


def test_a_migration_that_was_edited_after_it_was_applied_is_refused_by_name(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE migrations SET digest = 'of another text' WHERE name LIKE '0002%'")
    with pytest.raises(ChangedMigrationError, match="0002_"):
        migrate(connection)


def test_a_database_of_the_time_before_digests_is_migrated(connect):
    connection = connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE migrations DROP COLUMN digest")
    assert migrate(connection) == []


COLUMNS = """SELECT table_name, column_name, data_type, is_nullable, column_default IS NOT NULL OR is_identity = 'YES' FROM
             information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'"""
CONSTRAINTS = """SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
                 WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text = ANY(%s)
                 UNION SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
                 WHERE indisunique AND indrelid::regclass::text = ANY(%s)
                 UNION SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger
                 WHERE NOT tgisinternal AND tgrelid::regclass::text = ANY(%s)"""
FUNCTIONS = "SELECT oid::regprocedure::text, pg_get_function_result(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"


def test_migrations_since_0014_only_add_so_that_an_engine_of_before_works_beside_one_of_after(new_database):
    earlier, now = new_database()(), new_database()()
    before(earlier, "0014")
    were, are = (set(rows(connection, COLUMNS)) for connection in (earlier, now))
    tables = sorted({table for table, *_ in were})
    added = {column for column in are - were if column[0] in tables}
    assert (were - are, {column for column in added if column[3:] == ("NO", False)}) == (set(), set())
    assert set(rows(now, CONSTRAINTS, *[tables] * 3)) - set(rows(earlier, CONSTRAINTS, *[tables] * 3)) == set()
    assert set(rows(earlier, FUNCTIONS)) - set(rows(now, FUNCTIONS)) == set()


def test_a_migration_gives_way_to_a_long_transaction_of_before_and_is_done_after_it(connect):
    connection, reading = connect(), connect()
    before(connection, "0014")
    with connection, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout TO '20s'")
    rows(reading, "SELECT count(*) FROM entitlements")  # its transaction stays open
    with pytest.raises(psycopg2.errors.LockNotAvailable):
        migrate(connection)
    assert rows(connect(), "SELECT count(*) FROM entitlements") == [(0,)]
    reading.rollback()
    assert migrate(connection)[0].startswith("0014")


def test_an_engine_goes_on_and_finds_nothing_to_recalculate_where_a_next_migration_has_changed_every_table(connect):
    connection = connect()
    feed(connection, *FACTS[:10], prefix="before")
    with connection, connection.cursor() as cursor:
        cursor.execute(EVERY_TABLE.format(name="next_1"))
    assert set(feed(connection, *FACTS[10:], prefix="after")) == {"APPLIED", "HELD"}  # a sale of more than there is
    assert rows(connection, "SELECT count(*) FROM tax_lots") == [(2,)]
    connection.commit()
    assert run(connection, RULES, dry_run=True)[1] == []


def test_a_burst_over_next_migrations_of_every_table_is_done_once_by_the_same_task(target, queues, tmp_path):
    event_id, accounts, holdings = fresh_facts(holders=40)
    queue, files = queues["ENTITLEMENT_REQUESTS_QUEUE_URL"], migrating._files()
    database = Database(Settings.from_environment(queues), threading.Event())
    with tasks(queues, tmp_path, 1) as (task,):
        request(target, event(corporate_action_event_id=event_id), queue=queue)
        for start in range(0, len(holdings), 2):
            request(target, *holdings[start : start + 2], queue=queue)
        for name in ("next_1", "next_2", "next_3"):
            with patch.object(migrating, "_files", return_value=[*files, (name, EVERY_TABLE.format(name=name))]):
                assert database.run(migrate) == [name]
        wait_for("all entitled", lambda: len(entitled(target, event_id, accounts)), len(accounts).__eq__, 120)
        assert task.poll() is None
    assert number_of_messages(target, queues["DEAD_LETTER_QUEUE_URL"]) == 0
    assert rows(target.connect(), "SELECT DISTINCT revision FROM entitlements") == [(1,)]


def test_what_an_engine_of_before_0014_writes_beside_a_later_one_names_no_version_and_is_kept_as_it_is(connect):
    connection = connect()
    columns = tuple(name for name in results._COLUMNS if name != "calculation_version")
    with patch.object(results, "_COLUMNS", columns):
        feed(connection, account(), position("10"), event(), prefix="old")
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE entitlements SET result = result - 'calculation_version'")
    written = "SELECT revision, status, calculation_version, result ? 'calculation_version', eligible_quantity FROM entitlements ORDER BY revision"
    feed(connection, event(version=1), account(sequence=1), prefix="same")
    assert rows(connection, written) == [(1, "CALCULATED", None, False, 10)]
    feed(connection, position("11", sequence=1), prefix="other")
    assert rows(connection, written) == [
        (1, "SUPERSEDED", None, False, 10),
        (2, "CALCULATED", CALCULATION_VERSION, True, 11),
    ]


def before(connection, migration):
    """Make an empty database of the time before a migration."""
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE migrations (name text PRIMARY KEY)"
        )
        for path in sorted((CHECKOUT / "servicing_engine/store/migrations").glob("*.sql")):
            if path.name < migration:
                cursor.execute(path.read_text())
                cursor.execute("INSERT INTO migrations VALUES (%s)", (path.name,))


def test_a_quarantine_that_waits_to_be_sent_carries_its_bytes_and_when_it_came_once_the_database_is_upgraded(connect):
    connection = connect()
    before(connection, "0004")
    body = {"reason": "not_json", "field": "", "detail": "…", "original": '{"name": "Zoë"'}
    with connection, connection.cursor() as cursor:
        for key, published in (("s:1", None), ("s:2", "2026-03-16T09:00:01Z")):
            cursor.execute(
                """INSERT INTO outbox (kind, key, body, created_at, published_at)
                   VALUES ('quarantine', %s, %s, '2026-03-16T10:00:00.25+01:00', %s)""",
                (key, json.dumps(body), published),
            )
        cursor.execute(
            "INSERT INTO inbox (record_id, outcome, recorded_at) VALUES ('s:1', 'QUARANTINED', '2026-03-16T10:00:00.5+01:00')"
        )
    assert migrate(connection)[0] == "0004_quarantine_fields.sql"
    (waiting,), (sent,) = rows(connection, "SELECT body FROM outbox ORDER BY key")
    expected = Quarantine("s:1", "not_json", "", "…", "2026-03-16T09:00:00.250Z", '{"name": "Zoë"'.encode())
    assert (Quarantine.from_json("s:1", waiting), "original" in waiting, sent) == (expected, False, body)
    assert rows(connection, "SELECT field, received_at FROM inbox") == [("", "2026-03-16T09:00:00.500Z")]


def test_releases_stored_before_they_named_a_content_get_their_own_identities(connect):
    connection = connect()
    bodies = [
        {"record_type": "election_release", "election_id": "E", "released_by": "bob", "sequence": 0} | more
        for more in ({"received_at": "2026-03-01T10:00:00Z"}, {"received_at": "2026-03-02T10:00:00Z", "sequence": 1})
    ]
    with connection, connection.cursor() as cursor:
        cursor.execute("DROP INDEX facts_of_elections; DELETE FROM migrations WHERE name LIKE '0009%'")
        for number, body in enumerate(map(json.dumps, bodies)):
            named = ("election_release", "E/bob", f"digest-{number}")
            fact = "INSERT INTO facts (record_type, identity, digest, sequence, body, record_id) VALUES (%s, %s, %s, %s, %s, %s)"
            cursor.execute(fact, (*named, number, body, f"r{number}"))
            inbox = "INSERT INTO inbox (record_type, identity, digest, record_id, outcome) VALUES (%s, %s, %s, %s, 'APPLIED')"
            cursor.execute(inbox, (*named, f"r{number}"))
        current = "INSERT INTO current_records (record_type, identity, sequence, body, record_id) VALUES (%s, %s, 1, %s, 'r1')"
        cursor.execute(current, ("election_release", "E/bob", json.dumps(bodies[1])))
    assert [name[:4] for name in migrate(connection)] == ["0009"]
    expected = [(f"E/at 2026-03-0{day}T10:00:00Z/bob", f"r{day - 1}") for day in (1, 2)]
    for table in ("facts", "inbox", "current_records"):
        assert rows(connection, f"SELECT identity, record_id FROM {table} ORDER BY 1") == expected
    assert [parse_record(body)[0].identity for body in bodies] == [identity for identity, _ in expected]
