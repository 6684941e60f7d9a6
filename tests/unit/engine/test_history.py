"""What was known at any instant, and reversals that restore exactly, on a real PostgreSQL."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicing_engine.folding.processing import process
from servicing_engine.store import history
from servicing_engine.store.migrate import migrate
from tests.unit.domain.facts import account, event, position, trade
from tests.unit.engine.commands import on_database, run
from tests.unit.engine.engine_target import CHECKOUT
from tests.unit.engine.feeding import RULES, facts, rows

START = datetime(2026, 11, 24, tzinfo=UTC)
PAID = {
    "record_type": "confirmation",
    "corporate_action_event_id": "CA-1",
    "safekeeping_account": "ACC-1",
    "option_number": "001",
}
CANCELLED = {"record_type": "corporate_action", "corporate_action_event_id": "CA-1", "version": 3, "function": "CANC"}
REPLACED = event(version=2, function="REPL", option={"gross_rate": "0.5", "currency": "USD"})
LIFE = [account(), position("1000"), event(), position("2000", sequence=1), PAID, REPLACED, CANCELLED]


def known(connection, at):
    with connection, connection.cursor() as cursor:
        return history.entitlements(cursor, "CA-1", "", at)


def live(connection, records):
    """Processes the records one by one, a minute apart; what was known after each."""
    snapshots = []
    for index, record in enumerate(records):
        now = START + timedelta(minutes=index)
        process(connection, facts(record, prefix=f"r{index}"), RULES, now)
        snapshots.append((now, known(connection, None)))
    return snapshots


@given(st.permutations(LIFE))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_known_at_every_instant_is_known_for_ever_and_reversals_restore_exactly(new_database, records):
    with closing(new_database()()) as connection:
        snapshots = live(connection, records)
        for now, then in snapshots:
            assert known(connection, now) == then
            assert known(connection, now + timedelta(seconds=59)) == then
        assert known(connection, START - timedelta(seconds=1)) == []
        taken_back = [row for row in known(connection, None) if row["status"] == "REVERSED"]
        for name in ("gross_amount", "net_amount", "withholding_tax_amount", "payment_amount", "eligible_quantity"):
            assert sum(Decimal(row[name]) for row in taken_back) == 0
        assert not [row for row in known(connection, None) if row["status"] == "CALCULATED"]


def test_a_revision_says_when_it_was_calculated_paid_and_closed(connect):
    connection = connect()
    live(connection, LIFE)
    seen = [
        (row["revision"], row["is_reversal"], row["status"], row["payment_status"], *(row[name] and row[name][14:16] for name in
         ("calculated_at", "confirmed_at", "closed_at")))
        for row in known(connection, None)
    ]  # fmt: skip
    assert seen == [
        (1, False, "SUPERSEDED", "EXPECTED", "02", None, "03"),
        (2, False, "REVERSED", "CONFIRMED", "03", "04", "05"),
        (2, True, "REVERSED", "EXPECTED", "05", None, None),
        (3, False, "REVERSED", "EXPECTED", "05", None, "06"),
        (3, True, "REVERSED", "EXPECTED", "06", None, None),
    ]
    assert [row["payment_status"] for row in known(connection, START + timedelta(minutes=3))] == ["EXPECTED"] * 2


COPIED = (
    "inbox",
    "facts",
    "current_records",
    "current_positions",
    "entitlements",
    "tax_lots",
    "calculated_events",
    "held",
    "held_records",
)
_COLUMNS = """SELECT column_name FROM information_schema.columns
              WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER'"""


def before_history(connection, source):
    """Makes the database one of the time before migration 0003, with the rows of another."""
    files = sorted((CHECKOUT / "servicing_engine/store/migrations").glob("*.sql"))[:2]
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE migrations (name text PRIMARY KEY)"
        )
        for each in files:
            cursor.execute(each.read_text())
            cursor.execute("INSERT INTO migrations VALUES (%s)", (each.name,))
        for table in COPIED:
            of_both = {*rows(connection, _COLUMNS, table)} & {*rows(source, _COLUMNS, table)}
            names = ", ".join(sorted(name for (name,) in of_both))
            found = rows(source, f"SELECT coalesce(json_agg(t), '[]')::text FROM {table} AS t")[0]
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, %s)", found
            )


def test_a_database_of_the_time_before_history_was_kept_knows_it_once_it_is_upgraded_and_goes_on(new_database):
    source, old = new_database()(), new_database()()
    snapshots = live(source, LIFE)
    before_history(old, source)
    assert migrate(old)[0] == "0003_claims_and_history.sql"
    for now, then in snapshots:
        assert known(old, now) == then
    again = event(version=4, function="REPL")
    for connection in (source, old):
        process(connection, facts(again, prefix="last"), RULES, START + timedelta(hours=1))
    assert known(old, None) == known(source, None)


def test_the_history_command_prints_what_was_known_as_json(connect, cluster):
    connection = connect()
    live(connection, [account("ACC-2"), position("7", safekeeping_account="ACC-2"), *LIFE])
    as_at = (START + timedelta(minutes=6)).isoformat()
    done = on_database(connection, cluster, "history", "CA-1", "ACC-1", "--as-at", as_at)
    assert [(row["revision"], row["status"], row["payment_status"]) for row in json.loads(done.stdout)] == [
        (1, "SUPERSEDED", "EXPECTED"), (2, "CALCULATED", "CONFIRMED")]  # fmt: skip
    own = json.loads(on_database(connection, cluster, "history", "CA-1", "ACC-2").stdout)
    assert {row["safekeeping_account"] for row in own} == {"ACC-2"}
    assert json.loads(on_database(connection, cluster, "history", "CA-1").stdout) == known(connection, None)
    assert json.loads(on_database(connection, cluster, "history", "CA-9").stdout) == []


def test_the_claims_command_prints_what_an_event_does_to_trades(connect, cluster):
    connection = connect()
    late = [
        trade(
            f"T{number}", "BUY", "100", "2026-03-13", settlement_date="2026-03-24", safekeeping_account=f"ACC-{number}"
        )
        for number in (1, 2)
    ]
    process(connection, facts(event(), *late, prefix="c"), RULES, START)
    done = on_database(connection, cluster, "claims", "CA-1")
    assert [(row["trade_id"], row["market_claim_amount"]) for row in json.loads(done.stdout)["market_claims"]] == [
        ("T1", "25.00"), ("T2", "25.00")]  # fmt: skip
    own = json.loads(on_database(connection, cluster, "claims", "CA-1", "ACC-2").stdout)
    assert [row["trade_id"] for row in own["market_claims"]] == ["T2"]
    assert json.loads(on_database(connection, cluster, "claims", "CA-9").stdout) == {
        "market_claims": [], "transformations": [], "buyer_protections": []}  # fmt: skip


@pytest.mark.parametrize("text", ["yesterday", "2026-03-16T10:00:00"])
def test_an_instant_without_an_offset_is_a_usage_error(text):
    done = run("history", "CA-1", "--as-at", text)
    assert (done.returncode, "--as-at" in done.stderr) == (3, True)
