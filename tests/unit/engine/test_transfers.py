"""Transfers in the engine: accounts that they link are folded together, whichever of them a fact names, on a real PostgreSQL."""

from servicing_engine.store.linked import chunks
from tests.unit.domain.facts import account, trade
from tests.unit.domain.test_transfers import transfer
from tests.unit.engine.feeding import feed, rows

ACCOUNTS = [account(), account("ACC-2"), account("ACC-3")]
BOUGHT = trade("B1", "BUY", "100", "2024-01-10", "10")


def lots(connection):
    return set(
        rows(
            connection,
            "SELECT safekeeping_account, lot_id, trim_scale(quantity)::text FROM tax_lots WHERE closed_at IS NULL",
        )
    )


def held(connection):
    return rows(connection, "SELECT kind, identity, safekeeping_account, reason, field FROM held ORDER BY 1, 2")


def test_a_late_trade_of_the_giver_moves_lots_through_two_receivers(connect):
    connection = connect()
    onward = transfer("20", "T2", "ACC-3", from_safekeeping_account="ACC-2")
    feed(connection, *ACCOUNTS, transfer(), onward, prefix="a")
    assert [row[:4] for row in held(connection)] == [
        ("transfer", "T1", "ACC-1", "insufficient_lots"),
        ("transfer", "T2", "ACC-2", "insufficient_lots"),
    ]
    feed(connection, BOUGHT, prefix="b")
    assert lots(connection) == {("ACC-1", "B1", "70"), ("ACC-2", "B1/T1", "10"), ("ACC-3", "B1/T1/T2", "20")}
    assert held(connection) == []


def test_a_transfer_that_names_another_receiver_leaves_the_one_before(connect):
    connection = connect()
    feed(connection, *ACCOUNTS, BOUGHT, transfer(), prefix="a")
    assert lots(connection) == {("ACC-1", "B1", "70"), ("ACC-2", "B1/T1", "30")}
    feed(connection, transfer(to="ACC-3", function="REPL", sequence=1), prefix="b")
    assert lots(connection) == {("ACC-1", "B1", "70"), ("ACC-3", "B1/T1", "30")}
    feed(connection, transfer(to="ACC-3", function="CANC", sequence=2), prefix="c")
    assert lots(connection) == {("ACC-1", "B1", "100")}


def test_a_transfer_of_accounts_that_nobody_reported_is_held_by_the_field_that_names_them(connect):
    connection = connect()
    feed(connection, account(), BOUGHT, transfer(), prefix="a")
    assert held(connection) == [("account", "ACC-2", "", "unknown_account", "to_safekeeping_account")]
    feed(connection, account("ACC-2"), prefix="b")
    assert held(connection) == []


def test_accounts_that_transfers_link_are_of_one_chunk():
    class Moved:
        def __init__(self, *accounts):
            self.accounts = accounts

    of_accounts = list(chunks(list("ABCDEF"), [Moved("A", "D"), Moved("F", "D"), Moved("A", "F")], 2))
    assert sorted(map(sorted, of_accounts)) == [["A", "D", "F"], ["B", "C"], ["E"]]
