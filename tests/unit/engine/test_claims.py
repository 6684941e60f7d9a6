"""Claims, transformations and buyer protections in the engine's tables: in any order of arrival what `calculate` says."""

import random
from contextlib import closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.rules import MarketCalendars, Rules, WithholdingRates
from servicing_engine.folding import processing
from servicing_engine.folding.processing import calculate_due, calculate_shard, process
from servicing_engine.store import due, history
from servicing_engine.store.trade_effects import TABLES
from tests.unit.domain.facts import SAP, account, event, position, rate, rates, trade
from tests.unit.domain.test_market_claims import BONUS, CALENDARS, calculate, dealt
from tests.unit.domain.test_pending_trades import choice, elect
from tests.unit.engine.feeding import NOW, facts, rows, shard_ids

RULES = Rules(
    WithholdingRates.from_document(rates(rate("US-GB", "30", "15"))), MarketCalendars.from_document(CALENDARS), "1", "1"
)
EVENTS = ("CA-1", "CA-2", "CA-3", "CA-4")
LATE = {"settlement_date": "2026-03-24"}
FACTS = [
    account(), account("ACC-2"), position("50"), position("500", safekeeping_account="ACC-2"),
    event(), event(version=2, function="REPL", option={"gross_rate": "0.5", "currency": "USD"}),
    event("BONU", BONUS | {"fraction_disposition": "CINL", "cash_in_lieu_price": "9", "currency": "USD"}, corporate_action_event_id="CA-2"),
    choice(corporate_action_event_id="CA-3"),
    event("SPLR", {"new_to_old": {"numerator": "1", "denominator": "4"}}, corporate_action_event_id="CA-4", record_date="2026-03-18",
          ex_date="2026-03-18"),
    trade("T1", "BUY", "100", "2026-03-13", **LATE),
    trade("T1", "BUY", "70", "2026-03-13", sequence=1, function="REPL", safekeeping_account="ACC-2", **LATE),
    trade("T2", "SELL", "40", "2026-03-13", settlement_date="2026-03-16"),
    trade("T2", "SELL", "40", "2026-03-13", settlement_date="2026-03-16", effective_settlement_date="2026-03-17", sequence=1),
    trade("T3", "BUY", "33", "2026-03-16", settlement_date="2026-03-16", safekeeping_account="ACC-2"),
    trade("T4", "BUY", "25", "2026-03-12", **LATE),
    trade("T5", "BUY", "10", "2026-03-12", isin=SAP, **LATE),
    trade("T6", "BUY", "10", "2026-03-12", **LATE),
    {"record_type": "trade", "trade_id": "T6", "safekeeping_account": "ACC-1", "function": "CANC", "sequence": 1},
    elect("002", "60") | {"corporate_action_event_id": "CA-3"},
]  # fmt: skip


def stored(connection):
    """Table -> rows of every event, as `calculate` prints them."""
    with connection, connection.cursor() as cursor:
        found = [history.trade_effects(cursor, event_id, "") for event_id in EVENTS]
    return {table: sorted_rows(row for each in found for row in each[table]) for table in TABLES}


def sorted_rows(found):
    return sorted(
        found, key=lambda row: (row["corporate_action_event_id"], row["trade_id"], row["option_number"] or "~")
    )


def calculated(*records):
    result = calculate(*records)
    return {table: sorted_rows(result[table]) for table in TABLES}


def eligible(connection):
    return set(
        rows(connection, "SELECT corporate_action_event_id, option_number, safekeeping_account, eligible_quantity::text FROM entitlements WHERE status = 'CALCULATED'")
    )  # fmt: skip


def test_the_facts_of_these_tests_have_rows_of_every_kind():
    assert {table: len(found) for table, found in calculated(*FACTS).items()} == {
        "market_claims": 12, "transformations": 2, "buyer_protections": 3}  # fmt: skip


@given(st.permutations(range(len(FACTS))), st.integers(1, 5), st.sampled_from([1, 1000]))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_any_order_batching_and_sharding_the_engine_claims_what_calculate_claims(new_database, order, size, holders):
    with closing(new_database()()) as connection:
        entries = [facts(*FACTS)[index] for index in order]
        before = processing.SHARD_HOLDERS
        processing.SHARD_HOLDERS = holders
        try:
            for start in range(0, len(entries), size):
                process(connection, entries[start : start + size], RULES, NOW)
        finally:
            processing.SHARD_HOLDERS = before
        for shard_id in shard_ids(connection):
            calculate_shard(connection, shard_id, RULES, NOW)
        result = calculate(*FACTS)
        assert stored(connection) == calculated(*FACTS)
        due = {tuple(row[name] for name in ("corporate_action_event_id", "option_number", "safekeeping_account", "eligible_quantity")) for row in result["entitlements"]}  # fmt: skip
        assert eligible(connection) == due


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
