import itertools

import pytest

from servicing_engine.folding.processing import process
from servicing_engine.store.facts import Fact, stream_order
from tests.unit.domain.facts import account, event, position
from tests.unit.engine.feeding import NOW, RULES, feed, rows


def test_a_messages_further_records_stand_where_their_message_does_in_the_stream():
    ids = ["shard:9", "shard:10", "shard:10/2", "shard:11/3"]
    assert sorted(reversed(ids), key=stream_order) == ids


FIRST, LATER, OTHER = position("50"), position("100", sequence=1), position("70", source="CUSTODIAN-B")


@pytest.mark.parametrize(
    "stream",
    [{"s:1": FIRST, "s:5": OTHER, "s:6": LATER}, {"s:1": LATER, "s:5": OTHER, "s:6": LATER}],
    ids=["a stale record of its source", "a duplicate of its source"],
)
def test_a_position_follows_the_source_that_is_first_in_the_stream_whichever_of_its_records_comes_last(connect, stream):
    for order in itertools.permutations(stream):
        connection = connect()
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE inbox, facts, current_records, current_positions, entitlements, tax_lots, held CASCADE"
            )
        feed(connection, account(), event(), prefix="t")
        for record_id in order:
            process(connection, [Fact.read({"record_id": record_id, "record": stream[record_id]})], RULES, NOW)
        standing = "SELECT eligible_quantity::text FROM entitlements WHERE status = 'CALCULATED'"
        assert (order, rows(connection, standing)) == (order, [("100",)])
        connection.close()
