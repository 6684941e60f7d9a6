"""What was known at any instant, and reversals that restore exactly, on a real PostgreSQL."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicing_engine.processing import process
from servicing_engine.store import history
from tests.unit.domain.facts import account, event, position
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
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_rows_of_the_time_before_it_was_kept_get_their_instants_when_they_are_migrated(connect):
    connection = connect()
    live(connection, LIFE)
    names = "revision, is_reversal, closed_at, confirmed_at IS NULL"
    before = rows(connection, f"SELECT {names} FROM entitlements ORDER BY 1, 2")
    text = (CHECKOUT / "servicing_engine/store/migrations/0003_claims_and_history.sql").read_text()
    updates = [each for each in text.split(";") if "UPDATE entitlements" in each]
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE entitlements SET closed_at = NULL, confirmed_at = NULL")
        for each in updates:
            cursor.execute(each.partition("ALTER")[0])
    assert (len(updates), rows(connection, f"SELECT {names} FROM entitlements ORDER BY 1, 2")) == (2, before)


def test_the_history_command_prints_what_was_known_as_json(connect, cluster):
    connection = connect()
    live(connection, LIFE)
    as_at = (START + timedelta(minutes=4)).isoformat()
    done = on_database(connection, cluster, "history", "CA-1", "ACC-1", "--as-at", as_at)
    assert [(row["revision"], row["status"], row["payment_status"]) for row in json.loads(done.stdout)] == [
        (1, "SUPERSEDED", "EXPECTED"), (2, "CALCULATED", "CONFIRMED")]  # fmt: skip
    assert json.loads(on_database(connection, cluster, "history", "CA-1", "ACC-2").stdout) == []
    assert json.loads(on_database(connection, cluster, "history", "CA-1").stdout) == known(connection, None)
    assert json.loads(on_database(connection, cluster, "claims", "CA-1").stdout)["market_claims"] == []


@pytest.mark.parametrize("text", ["yesterday", "2026-03-16T10:00:00"])
def test_an_instant_without_an_offset_is_a_usage_error(text):
    done = run("history", "CA-1", "--as-at", text)
    assert (done.returncode, "--as-at" in done.stderr) == (2, True)
