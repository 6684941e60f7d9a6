"""The engine folds by the account's method and regime, and its tax_lots are what calculate says, whatever arrives last."""

import random

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import account, document
from tests.unit.domain.folds import buy, on, sell, split
from tests.unit.engine.feeding import feed, rows

DEALINGS = (
    buy("B1", 100, 0, 10), buy("B2", 100, 50, 12), sell("S1", 120, 100, 9), buy("B3", 30, 110, 8), split(3, 1, 120),
    sell("S2", 60, 200, 3), buy("B4", 40, 200, 4), account(sequence=0),
)  # fmt: skip
COLUMNS = (
    "lot_id, parent_lot_id, quantity::text, cost_basis::text, acquisition_date::text, holding_period_start::text,"
    " opened_by, closed_at::text"
)


@pytest.mark.parametrize(
    "rules",
    [
        {"relief_method": "AVERAGE"},
        {"lot_regime": "UK_SHARE_MATCHING"},
        {"lot_regime": "US_WASH_SALE"},
        {"lot_regime": "US_WASH_SALE", "relief_method": "HIFO"},
    ],
)
def test_lots_follow_the_accounts_method_and_regime_in_any_order_of_arrival(connect, rules):
    records = [*DEALINGS, account(sequence=1, **rules)]
    random.Random(7).shuffle(records)
    connection = connect()
    for index, record in enumerate(records):
        feed(connection, record, prefix=f"r{index}")
    stored = {
        row[0]: dict(zip(COLUMNS.replace("::text", "").replace(" ", "").split(","), row, strict=True))
        for row in rows(connection, f"SELECT {COLUMNS} FROM tax_lots")
    }
    calculated = {lot["lot_id"]: lot for lot in calculate_document(document(*records))["tax_lots"]}
    assert stored == {lot_id: {name: lot[name] for name in stored[lot_id]} for lot_id, lot in calculated.items()}
    assert len({lot["cost_basis"] for lot in stored.values()}) > 2


def test_a_change_of_the_accounts_regime_folds_its_lots_again(connect):
    connection = connect()
    feed(connection, account(), *(each for each in DEALINGS if each["record_type"] == "trade"), prefix="a")
    before = rows(connection, "SELECT lot_id, cost_basis FROM tax_lots ORDER BY lot_id")
    feed(connection, account(sequence=1, lot_regime="US_WASH_SALE"), prefix="b")
    assert rows(connection, "SELECT lot_id, cost_basis FROM tax_lots ORDER BY lot_id") != before
    held = rows(connection, "SELECT holding_period_start::text FROM tax_lots WHERE lot_id = 'B3'")
    assert held != [(on(110),)]
