"""A trade whose later version names another account, moved by many at once; one after the other is of random documents."""

import threading

from harness.deadline import wait_for
from servicing_engine.folding.processing import process
from servicing_engine.store import locks
from tests.unit.domain.facts import account, event, trade
from tests.unit.engine.feeding import NOW, facts, rows
from tests.unit.engine.test_claims import RULES, stored

LATE = {"settlement_date": "2026-03-24"}
ACCOUNTS = [account(), account("ACC-2"), account("ACC-3")]
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def lots(connection):
    return set(
        rows(connection, "SELECT safekeeping_account, lot_id, quantity::text FROM tax_lots WHERE closed_at IS NULL")
    )


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
