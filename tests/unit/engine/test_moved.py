"""Trades and elections whose later version names another account: what they leave is folded again, also by many at once."""

import threading
from contextlib import closing

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.deadline import wait_for
from servicing_engine.folding.processing import process
from servicing_engine.store import locks
from tests.unit.domain.facts import account, event, position, trade
from tests.unit.domain.test_market_claims import calculate
from tests.unit.domain.test_pending_trades import choice, elect
from tests.unit.engine.feeding import NOW, facts, rows
from tests.unit.engine.test_claims import RULES, calculated, eligible, stored

LATE = {"settlement_date": "2026-03-24"}
CHOICE = {"corporate_action_event_id": "CA-3"}
ACCOUNTS = [account(), account("ACC-2"), account("ACC-3")]
FACTS = [
    *ACCOUNTS,
    *(position("50", safekeeping_account=f"ACC-{number}") for number in (1, 2, 3)),
    event(),
    choice(**CHOICE),
    trade("T1", "BUY", "100", "2026-03-13", **LATE),
    trade("T1", "BUY", "100", "2026-03-13", sequence=1, safekeeping_account="ACC-2", **LATE),
    trade("T2", "BUY", "80", "2026-03-12", safekeeping_account="ACC-3", **LATE),
    trade("T2", "BUY", "80", "2026-03-12", sequence=2, safekeeping_account="ACC-1", **LATE),
    trade("S1", "SELL", "90", "2026-03-14"),
    trade("S1", "SELL", "90", "2026-03-14", sequence=1, safekeeping_account="ACC-2"),
    elect("002", "20", received_at="2026-03-18T10:00:00Z", **CHOICE),
    elect("002", "20", received_at="2026-03-18T10:00:00Z", sequence=1, **CHOICE) | {"safekeeping_account": "ACC-2"},
    elect("002", "10", "late", received_at="2026-03-22T10:00:00Z", **CHOICE),
    elect("002", "10", "late", received_at="2026-03-22T10:00:00Z", sequence=1, **CHOICE) | {"safekeeping_account": "ACC-2"},
]  # fmt: skip


WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def lots(connection):
    return set(
        rows(connection, "SELECT safekeeping_account, lot_id, quantity::text FROM tax_lots WHERE closed_at IS NULL")
    )


def lots_of(result):
    names = ("safekeeping_account", "lot_id", "quantity")
    return {tuple(lot[name] for name in names) for lot in result["tax_lots"] if not lot["closed_at"]}


@given(st.permutations(range(len(FACTS))), st.integers(1, 4))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_moved_leaves_nothing_behind_in_any_order(new_database, order, size):
    with closing(new_database()()) as connection:
        entries = [facts(*FACTS)[index] for index in order]
        for start in range(0, len(entries), size):
            process(connection, entries[start : start + size], RULES, NOW)
        result = calculate(*FACTS)
        assert lots(connection) == lots_of(result)
        assert stored(connection) == calculated(*FACTS)
        names = ("corporate_action_event_id", "option_number", "safekeeping_account", "eligible_quantity")
        assert eligible(connection) == {tuple(row[name] for name in names) for row in result["entitlements"]}
        held = "SELECT kind, identity, safekeeping_account FROM held WHERE kind IN ('trade', 'refused')"
        assert rows(connection, held) == [("refused", "late", "ACC-2")]


def test_a_trade_that_two_requests_move_at_the_same_time_is_of_the_last_account_only(connect):
    connection, holder = connect(), connect()
    first = [*ACCOUNTS, event(), trade("T", "BUY", "100", "2026-03-13", **LATE)]
    process(connection, facts(*first, prefix="a"), RULES, NOW)
    with holder.cursor() as cursor:
        locks.lock_accounts(cursor, ["ACC-1", "ACC-2"])
    moves = [
        trade("T", "BUY", "100", "2026-03-13", sequence=number, safekeeping_account=f"ACC-{number + 1}", **LATE)
        for number in (1, 2)
    ]
    workers = [
        threading.Thread(target=process, args=(connect(), facts(move, prefix=f"m{index}"), RULES, NOW))
        for index, move in enumerate(moves)
    ]
    for index, worker in enumerate(workers):
        worker.start()
        wait_for("workers that wait", lambda: rows(connection, WAITING)[0][0], lambda seen, n=index: seen == n + 1, 60)
    holder.rollback()
    for worker in workers:
        worker.join(60)
    assert lots(connection) == {("ACC-3", "T", "100")}
    assert [row["safekeeping_account"] for row in stored(connection)["market_claims"]] == ["ACC-3"]
