"""What queue-state says became of each record."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import Progress

from harness.deadline import DeadlineError, wait_for
from harness.system import System

FINAL = frozenset({"APPLIED", "DUPLICATE", "STALE", "HELD", "QUARANTINED"})
KEYS_A_CALL = 100
"""BatchGetItem takes 100 keys a call (API reference)."""

Item = dict[str, Any]


def await_states(
    dynamodb: Any, table: str, record_ids: Sequence[str], seconds: float, progress: Callable[[int], None]
) -> dict[str, Item]:
    """The queue-state items of the records by id, once each is in a final state; at the deadline, as far as they have come.

    `dynamodb` is the resource-level client (Python values). `progress` is told how many are final.
    """
    items: dict[str, Item] = {}

    def observe() -> int:
        wanting = [record_id for record_id in record_ids if not is_final(items.get(record_id))]
        items.update(read_items(dynamodb, table, wanting))
        final = sum(is_final(items.get(record_id)) for record_id in record_ids)
        progress(final)
        return final

    try:
        wait_for("records with a final state", observe, lambda final: final == len(record_ids), seconds)
    except DeadlineError:
        return items
    return {**items, **read_items(dynamodb, table, [key for key in record_ids if items[key]["state"] == "HELD"])}


def await_with_bar(system: System, what: str, record_ids: Sequence[str], seconds: float) -> dict[str, Item]:
    """Return what `await_states` does for records of the deployed system; a bar on standard error shows how many are final."""
    dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    table = system.outputs["queue_state_table_name"]
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=len(record_ids))
        return await_states(dynamodb, table, record_ids, seconds, lambda final: progress.update(task, completed=final))


def is_final(item: Mapping[str, Any] | None) -> bool:
    """Whether the item says what became of its record."""
    return item is not None and item.get("state") in FINAL


def read_items(dynamodb: Any, table: str, ids: Sequence[str]) -> dict[str, Item]:
    """The items of `table` with these ids, by id; what is not there is left out."""
    items: dict[str, Item] = {}
    for start in range(0, len(ids), KEYS_A_CALL):
        request = {table: {"Keys": [{"id": key} for key in ids[start : start + KEYS_A_CALL]], "ConsistentRead": True}}
        while request:
            answer = dynamodb.batch_get_item(RequestItems=request)
            items |= {item["id"]: item for item in answer["Responses"].get(table, [])}
            request = answer.get("UnprocessedKeys") or {}
    return items
