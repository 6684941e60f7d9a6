from servicing_engine.store.facts import stream_order


def test_a_messages_further_records_stand_where_their_message_does_in_the_stream():
    ids = ["shard:9", "shard:10", "shard:10/2", "shard:11/3"]
    assert sorted(reversed(ids), key=stream_order) == ids
