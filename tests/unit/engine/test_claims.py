"""Claims, transformations and buyer protections in the engine's tables, and when they go; that they are `calculate`'s: test_agreement."""

import random

import pytest

from domain.rules import MarketCalendars, Rules, WithholdingRates
from servicing_engine.folding.processing import calculate_due, process
from servicing_engine.store import due, history
from servicing_engine.store.trade_effects import TABLES
from tests.unit.domain.facts import SAP, event, rate, rates
from tests.unit.domain.test_market_claims import CALENDARS, dealt
from tests.unit.engine.feeding import NOW, facts, rows

RULES = Rules(
    WithholdingRates.from_document(rates(rate("US-GB", "30", "15"))), MarketCalendars.from_document(CALENDARS), "1", "1"
)
EVENTS = ("CA-1", "CA-2")


def stored(connection):
    """Table -> rows of every event, as `calculate` prints them."""
    with connection, connection.cursor() as cursor:
        found = [history.trade_effects(cursor, event_id, "") for event_id in EVENTS]
    return {table: [row for each in found for row in each[table]] for table in TABLES}


def test_a_cancelled_event_and_one_that_is_not_due_yet_claim_nothing(connect):
    connection = connect()
    one = dealt("BUY", "2026-03-13", "2026-03-17")
    process(connection, facts(event(), one, prefix="a"), RULES, NOW)
    assert len(stored(connection)["market_claims"]) == 1
    process(connection, facts(event(version=2, function="REPL", record_date="2030-01-02"), prefix="b"), RULES, NOW)
    assert stored(connection)["market_claims"] == []
    process(connection, facts(event(version=3, function="REPL"), prefix="c"), RULES, NOW)
    assert len(stored(connection)["market_claims"]) == 1
    cancel = {"record_type": "corporate_action", "corporate_action_event_id": "CA-1", "version": 4, "function": "CANC"}
    process(connection, facts(cancel, prefix="d"), RULES, NOW)
    assert stored(connection)["market_claims"] == []


def test_what_cannot_be_detected_is_held_with_its_event_and_retried_once_the_rules_are_there(connect):
    connection = connect()
    without = Rules(RULES.withholding_rates, None, "1", "0")
    far = dealt("BUY", "2026-03-13", "2026-04-10")
    process(connection, facts(event(), far, prefix="a"), without, NOW)
    assert rows(connection, "SELECT kind, safekeeping_account, reason FROM held WHERE kind = 'claims'") == [
        ("claims", "ACC-1", "claims_not_detected")
    ]
    assert rows(connection, "SELECT record_id FROM held_records WHERE kind = 'claims'") == [("a:0",)]
    with connection, connection.cursor() as cursor:
        assert due.due_events(cursor, NOW.date(), without.version) == []
        assert due.due_events(cursor, NOW.date(), RULES.version) == ["CA-1"]
    calculate_due(connection, ["CA-1"], RULES, NOW)
    assert (len(stored(connection)["market_claims"]), rows(connection, "SELECT 1 FROM held WHERE kind = 'claims'")) == (
        1,
        [],
    )


def test_nothing_is_held_any_more_for_a_trade_that_was_cancelled(connect):
    connection = connect()
    without = Rules(RULES.withholding_rates, None, "1", "0")
    process(connection, facts(event(), dealt("BUY", "2026-03-13", "2026-04-10"), prefix="a"), without, NOW)
    assert len(rows(connection, "SELECT 1 FROM held WHERE kind = 'claims'")) == 1
    end = {"record_type": "trade", "trade_id": "T", "safekeeping_account": "ACC-1", "function": "CANC", "sequence": 1}
    process(connection, facts(end, prefix="b"), without, NOW)
    assert rows(connection, "SELECT 1 FROM held WHERE kind = 'claims'") == []


@pytest.mark.parametrize("seed", range(2))
def test_a_trade_that_moves_to_another_security_takes_its_claims_with_it(connect, seed):
    connection = connect()
    other = event(isin=SAP, corporate_action_event_id="CA-2")
    moved = dealt("BUY", "2026-03-13", "2026-03-17") | {"isin": SAP, "sequence": 1, "function": "REPL"}
    records = [event(), other, dealt("BUY", "2026-03-13", "2026-03-17"), moved]
    random.Random(seed).shuffle(records)
    for index, record in enumerate(records):
        process(connection, facts(record, prefix=f"r{index}"), RULES, NOW)
    assert [row["corporate_action_event_id"] for row in stored(connection)["market_claims"]] == ["CA-2"]
