"""Batches that are said to have failed in part: boto3 reads what each service would say, and the entry was done."""

from collections.abc import Callable

from tests.unit.faults.conftest import Faulty


def test_a_message_of_a_batch_is_said_to_have_failed(
    faulty: Faulty, queue: str, received: Callable[[str], list[str]]
) -> None:
    faulty.plant({"kind": "refuse"}, service="sqs", operations=["SendMessageBatch"])
    entries = [{"Id": name, "MessageBody": name} for name in ("first", "last")]
    answer = faulty.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["first"]
    assert [(entry["Id"], entry["SenderFault"]) for entry in answer["Failed"]] == [("last", False)]
    assert sorted(received(queue)) == ["first", "last"]


def test_an_item_of_a_batch_is_said_to_be_unprocessed(faulty: Faulty, table: str) -> None:
    faulty.plant({"kind": "refuse"}, service="dynamodb", operations=["BatchWriteItem"])
    writes = [{"PutRequest": {"Item": {"id": {"S": name}}}} for name in ("first", "last")]
    answer = faulty.client("dynamodb").batch_write_item(RequestItems={table: writes})
    assert answer["UnprocessedItems"] == {table: writes[-1:]}


def test_an_event_of_a_batch_is_said_to_have_failed(faulty: Faulty) -> None:
    faulty.plant({"kind": "refuse"}, service="events", operations=["PutEvents"])
    entries = [{"Source": "ours", "DetailType": "any", "Detail": "{}"}] * 2
    answer = faulty.client("events").put_events(Entries=entries)
    assert answer["FailedEntryCount"] == 1
    assert ["ErrorCode" in entry for entry in answer["Entries"]] == [False, True]


def test_a_call_without_such_an_answer_is_left_as_it_is(faulty: Faulty, queue: str) -> None:
    faulty.plant({"kind": "refuse"}, service="sqs")
    faulty.client("sqs").send_message(QueueUrl=queue, MessageBody="one")
    assert faulty.fired() == 0
