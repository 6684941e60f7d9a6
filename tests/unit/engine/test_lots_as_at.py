"""Tax lots as they stood at any instant, folded again from the facts received until then, on a real PostgreSQL."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.calculation import calculate_document
from servicing_engine.commands.calculate import explained_lines
from servicing_engine.commands.lots_as_at import lots_as_at
from servicing_engine.folding.processing import calculate_due, process
from tests.unit.domain.facts import APPLE, SAP, account, document, event, position, trade
from tests.unit.domain.test_lots_of_events import choice, elect
from tests.unit.engine.commands import run
from tests.unit.engine.engine_target import fresh_facts
from tests.unit.engine.feeding import RULES, facts, rows

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
NEXT_DAY = START + timedelta(days=1)
ACCOUNTS = ("ACC-1", "ACC-2")
SPLIT = {"new_to_old": {"numerator": "3", "denominator": "1"}}
MERGED = {"new_to_old": {"numerator": "1", "denominator": "2"}, "isin_out": SAP}
RELEASE = {"record_type": "election_release", "election_id": "E", "released_by": "bob"}
FACTS = [
    account(),
    account(sequence=1, relief_method="LIFO"),
    account("ACC-2"),
    position("50"),
    position("100", sequence=1),
    position("70", source="CUSTODIAN-B"),
    trade("B1", "BUY", "100", "2025-01-10"),
    trade("B2", "BUY", "60", "2025-02-10", "12"),
    trade("B2", "BUY", "60", "2025-02-10", "12", sequence=1, safekeeping_account="ACC-2"),
    trade("S1", "SELL", "30", "2026-05-10", "20"),
    {"record_type": "trade", "trade_id": "S1", "safekeeping_account": "ACC-1", "function": "CANC", "sequence": 1},
    {"record_type": "transfer", "transfer_id": "X", "isin": APPLE, "quantity": "20", "transfer_date": "2025-06-02",
     "from_safekeeping_account": "ACC-1", "to_safekeeping_account": "ACC-2"},
    {"record_type": "transfer", "transfer_id": "X", "isin": APPLE, "quantity": "30", "transfer_date": "2025-06-02", "sequence": 1,
     "from_safekeeping_account": "ACC-2", "to_safekeeping_account": "ACC-1"},
    choice(),
    elect("002", "30") | {"entered_by": "ann"},
    RELEASE,
    {"record_type": "advice", "corporate_action_event_id": "CA-1", "election_id": "E", "status": "REJT", "quantity": "10"},
    event("SPLF", SPLIT, corporate_action_event_id="CA-2", ex_date="2026-11-24", record_date="2026-11-24"),
    event("MRGR", MERGED, corporate_action_event_id="CA-3", ex_date="2026-06-01", record_date="2026-06-01"),
    event("MRGR", MERGED, corporate_action_event_id="CA-3", version=2, function="WITH"),
    event("SPLF", SPLIT, isin=SAP, corporate_action_event_id="CA-4", ex_date="2026-07-01", record_date="2026-07-01"),
]  # fmt: skip
NAMES = "safekeeping_account, lot_id, isin, quantity::text, cost_basis::text, closed_at::text, opened_by"


def present(connection):
    return set(rows(connection, f"SELECT {NAMES} FROM tax_lots"))


def as_at(connection, at):
    names = [name.partition("::")[0] for name in NAMES.split(", ")]
    with connection, connection.cursor() as cursor:
        lots = [lot for each in ACCOUNTS for lot in lots_as_at(cursor, each, at, RULES)["tax_lots"]]
    return {tuple(lot[name] for name in names) for lot in lots}


@given(st.permutations(range(len(FACTS))))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lots_as_at_any_instant_are_those_that_stood_then_in_any_order_of_arrival(new_database, order):
    with closing(new_database()()) as connection:
        snapshots = []
        for place, index in enumerate(order):
            now = START + timedelta(minutes=place)
            process(connection, facts(FACTS[index], prefix=f"r{place}"), RULES, now)
            snapshots.append((now, present(connection)))
        calculate_due(connection, ["CA-2"], RULES, NEXT_DAY)
        for now, then in snapshots:
            assert as_at(connection, now) == then
            assert as_at(connection, now + timedelta(seconds=59)) == then
        assert as_at(connection, NEXT_DAY) == present(connection)
        assert {lot[1] for lot in present(connection)} > {"B1", "B1/CA-1/CA-2"}
        assert as_at(connection, START - timedelta(seconds=1)) == set()


def test_what_was_realised_is_told_as_it_was_known(connect):
    connection = connect()
    bought, sold, cancelled = FACTS[6], FACTS[9], FACTS[10]
    for place, record in enumerate([account(), bought, sold, cancelled]):
        process(connection, facts(record, prefix=f"r{place}"), RULES, START + timedelta(minutes=place))
    with connection, connection.cursor() as cursor:
        known = [lots_as_at(cursor, "ACC-1", START + timedelta(minutes=each), RULES)["realised"] for each in (1, 2, 3)]
    assert [[(row["closed_by"], row["gain_loss"]) for row in each] for each in known] == [[], [("S1", "300.00")], []]


def test_the_engine_explains_lots_as_calculate_does(connect):
    connection = connect()
    bought, sold = FACTS[6], FACTS[9]
    for place, record in enumerate([account(), bought, sold]):
        process(connection, facts(record, prefix=f"r{place}"), RULES, START + timedelta(minutes=place))
    with connection, connection.cursor() as cursor:
        lots = lots_as_at(cursor, "ACC-1", NEXT_DAY, RULES, explained=True)
    expected = calculate_document(document(account(), bought, sold), explained=True)
    assert lots == {part: expected[part] for part in ("tax_lots", "realised")}
    assert "  cost_basis = 300.00: 1000.00 x 30 / 100 = 300" in explained_lines(lots)


def test_the_lots_command_prints_them_under_the_rules_that_are_deployed(target):
    connection = target.connect()
    number = fresh_facts(holders=1)[1][0]
    bought = trade(f"{number}-B", "BUY", "100", "2025-01-10", safekeeping_account=number)
    sold = trade(f"{number}-S", "SELL", "40", "2026-01-10", safekeeping_account=number)
    for place, record in enumerate([bought, sold]):
        process(connection, facts(record, prefix=f"{number}-{place}"), RULES, START + timedelta(minutes=place))
    done = run("lots", number, "--as-at", START.isoformat(), environment=target.environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert [(lot["lot_id"], lot["quantity"]) for lot in json.loads(done.stdout)["tax_lots"]] == [(f"{number}-B", "100")]
    now = json.loads(run("lots", number, environment=target.environment).stdout)
    assert [row["quantity"] for row in now["realised"]] == ["40"]
    explained = run("lots", number, "--explain", environment=target.environment).stdout
    assert "  quantity = 60: 100 - 40\n" in explained


def test_without_an_environment_lots_say_what_is_missing():
    done = run("lots", "ACC-1")
    assert (done.returncode, done.stderr.count("\n"), "DATABASE_HOST" in done.stderr) == (3, 1, True)
