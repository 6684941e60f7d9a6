import random

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import account, document, position
from tests.unit.domain.test_lots_of_events import BUY, choice, elect
from tests.unit.engine.feeding import feed, rows

FACTS = (
    account(), account(sequence=1), position("50"), position("100", sequence=1), BUY, choice(),
    elect("002", "30") | {"entered_by": "ann"},
    {"record_type": "election_release", "election_id": "E", "released_by": "bob"},
)  # fmt: skip


def lots_of(connection):
    return set(rows(connection, "SELECT lot_id, quantity::text FROM tax_lots WHERE quantity > 0"))


@pytest.mark.parametrize("seed", range(4))
def test_lots_follow_elections_in_any_order_of_arrival(connect, seed):
    records = list(FACTS)
    random.Random(seed).shuffle(records)
    connection = connect()
    for index, record in enumerate(records):
        feed(connection, record, prefix=f"r{index}")
    calculated = {(lot["lot_id"], lot["quantity"]) for lot in calculate_document(document(*FACTS))["tax_lots"]}
    assert lots_of(connection) == {("B/CA-1", "135")} == calculated - {("B", "0")}


def test_an_election_beyond_the_holding_leaves_lots_and_says_why(connect):
    connection = connect()
    feed(connection, account(), position("100"), BUY, choice(), elect("001", "101"), prefix="a")
    assert lots_of(connection) == {("B", "100")}
    held = rows(connection, "SELECT kind, reason FROM held ORDER BY kind")
    assert held == [("entitlement", "over_instruction"), ("lots", "lots_not_adjusted")]
