import random

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.facts import account, document, event, position
from tests.unit.domain.test_drawings import drawing
from tests.unit.domain.test_lots_of_events import BUY, choice, elect
from tests.unit.engine.feeding import feed, rows

FACTS = (
    account(), account(sequence=1), position("50"), position("100", sequence=1), BUY, choice(),
    elect("002", "30") | {"entered_by": "ann"},
    {"record_type": "election_release", "election_id": "E", "released_by": "bob"},
)  # fmt: skip

DEADLINE = {"response_deadline": "2026-03-20T17:00:00Z"}
CHANGED = (
    *FACTS[:5], choice() | DEADLINE,
    elect("002", "30") | {"entered_by": "ann", "received_at": "2026-03-01T10:00:00Z"},
    elect("001", "100") | {"entered_by": "ann", "received_at": "2026-03-01T12:00:00Z", "sequence": 1},
    {"record_type": "election_release", "election_id": "E", "released_by": "bob", "received_at": "2026-03-01T11:00:00Z"},
)  # fmt: skip
"""What was elected is released, then changed without a release."""


REJECTED = (
    *FACTS,
    {"record_type": "advice", "corporate_action_event_id": "CA-1", "election_id": "E", "status": "REJT", "reasons": ["LATE"], "quantity": "30"},
)  # fmt: skip
"""The servicer rejects what was elected and released."""


def lots_of(connection):
    return set(rows(connection, "SELECT lot_id, quantity::text FROM tax_lots WHERE quantity > 0"))


@pytest.mark.parametrize(
    ("told", "seed", "units", "reason"),
    [
        *((FACTS, seed, "135", "") for seed in range(4)),
        *((CHANGED, seed, "135", "not_released") for seed in range(6)),
        *((REJECTED, seed, "150", "not_carried_out") for seed in range(6)),
    ],
)
def test_lots_follow_what_stands_of_an_election_in_any_order_of_arrival(connect, told, seed, units, reason):
    records = list(told)
    random.Random(seed).shuffle(records)
    connection = connect()
    for index, record in enumerate(records):
        feed(connection, record, prefix=f"r{index}")
    calculated = {(lot["lot_id"], lot["quantity"]) for lot in calculate_document(document(*told))["tax_lots"]}
    assert lots_of(connection) == {("B/CA-1", units)} == calculated - {("B", "0")}
    assert rows(connection, "SELECT identity, reason FROM held") == ([("E", reason)] if reason else [])
    state = "SELECT state FROM record_states JOIN facts USING (record_id) WHERE record_identity = 'E' ORDER BY sequence DESC LIMIT 1"
    assert rows(connection, state) == [("HELD" if reason else "APPLIED",)]


def test_a_released_content_that_arrives_after_a_later_one_stands(connect):
    connection = connect()
    *others, first, changed, release = CHANGED
    feed(connection, *others, changed, release, prefix="a")
    assert lots_of(connection) == {("B/CA-1", "150")}
    feed(connection, first, prefix="b")
    assert lots_of(connection) == {("B/CA-1", "135")}


def test_an_election_beyond_the_holding_leaves_lots_and_says_why(connect):
    connection = connect()
    feed(connection, account(), position("100"), BUY, choice(), elect("001", "101"), prefix="a")
    assert lots_of(connection) == {("B", "100")}
    held = rows(connection, "SELECT kind, reason FROM held ORDER BY kind")
    assert held == [("entitlement", "over_instruction"), ("lots", "lots_not_adjusted")]


DRAWN = (
    account(), account("ACC-2"), position("50"), position("30", safekeeping_account="ACC-2"), BUY,
    event("DRAW", {"cash_price_received_percent": "100", "currency": "USD", "minimum_exercisable_multiple": "5"}),
    drawing("ACC-1", "10"), drawing("ACC-1", "15", sequence=1), drawing("ACC-2", "4"),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_what_is_drawn_of_each_account_comes_to_the_same_in_any_order_of_arrival(connect, seed):
    records = list(DRAWN)
    random.Random(seed).shuffle(records)
    connection = connect()
    for index, record in enumerate(records):
        feed(connection, record, prefix=f"r{index}")
    result = calculate_document(document(*DRAWN))
    due = "SELECT safekeeping_account, debited_quantity::text, gross_amount::text FROM entitlements WHERE status = 'CALCULATED'"
    assert rows(connection, due) == [("ACC-1", "15", "15.00")] == [
        (row["safekeeping_account"], row["debited_quantity"], row["gross_amount"]) for row in result["entitlements"]
    ]  # fmt: skip
    assert lots_of(connection) == {("B", "85")}
    assert rows(connection, "SELECT reason, field, safekeeping_account FROM held") == [
        ("not_a_multiple", "options.drawn_quantity", "ACC-2")
    ]
    (state,) = rows(connection, "SELECT state, reason FROM record_states WHERE record_identity = 'CA-1/ACC-2/001'")
    assert state == ("HELD", "not_a_multiple")
