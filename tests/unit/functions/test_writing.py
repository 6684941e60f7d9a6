"""A batch in transactions: what stands is kept, what is refused is quarantined alone, and what passes is tried again."""

import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from functions.ingest_normalizer.ingest import Clients, ingest
from functions.ingest_normalizer.lines import Line
from functions.ingest_normalizer.settings import Settings
from sending import pauses
from tests.simulation.services.calls import cancelled, error
from tests.simulation.services.dynamodb import DynamoDB
from tests.unit.domain.facts import account, event, position, trade
from tests.unit.functions.test_refusals import FAILURES

POSITION, STATE = "position_key", "record_identity"
"""What an item of either kind alone has."""


class Services(DynamoDB):
    """Tables, queue and bucket in one. `fault` is asked before each transaction with its items, and may raise."""

    def __init__(self, fault: Any = lambda items: None) -> None:
        super().__init__(SimpleNamespace(make=lambda _service, _name, effect: effect(), wrote=lambda: None))  # type: ignore[arg-type]
        self.fault, self.transactions = fault, 0
        self.sent: dict[str, list[Any]] = {}

    def transact_write_items(self, TransactItems: Any) -> dict[str, Any]:
        self.transactions += 1
        self.fault([write["Put"]["Item"] for write in TransactItems])
        return super().transact_write_items(TransactItems)

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:
        self.sent.setdefault(QueueUrl, []).extend(json.loads(entry["MessageBody"]) for entry in Entries)
        return {}

    def states(self, *names: str) -> list[str]:
        return [self.tables["queue-state"].items[(name,)]["state"]["S"] for name in names]

    def run(self, *records: Any) -> dict[str, int]:
        """Ingest records under the ids s:1, s:2 …"""
        lines = [Line(f"s:{n}", "2026-03-16T00:00:00Z", json.dumps(each).encode()) for n, each in enumerate(records, 1)]
        settings = Settings("positions", "queue-state", "requests", "dead", "reports", "30")
        with ThreadPoolExecutor(4) as pool:
            return ingest(lines, settings, Clients(self, self, self, pool))


def positions(count: int) -> list[Any]:
    return [position("5", safekeeping_account=f"ACC-{n}") for n in range(1, count + 1)]


def of_acc_2(kind: str, raised: Exception) -> Any:
    """Return a fault of transactions that hold an item of this kind for account ACC-2."""

    def fault(items: Any) -> None:
        codes = ["ValidationError" if kind in item and "ACC-2" in str(item) else "None" for item in items]
        if "ValidationError" in codes:
            raise cancelled(*codes) if raised is CANCELLED else raised

    return fault


CANCELLED = Exception()
REFUSALS = [error("ValidationException", "TransactWriteItems"), CANCELLED]


@pytest.mark.parametrize("kind", [POSITION, STATE])
@pytest.mark.parametrize("raised", REFUSALS, ids=["the request", "the transaction"])
def test_a_record_that_a_service_refuses_is_quarantined_alone_and_its_batch_is_done(kind, raised):
    services = Services(of_acc_2(kind, raised))
    assert services.run(*positions(3)) == {"facts": 2, "quarantined": 1}
    requested = [fact["record_id"] for request in services.sent["requests"] for fact in request["facts"]]
    (told,) = services.sent["dead"]
    assert (requested, told["record_id"], told["reason"]) == (["s:1", "s:3"], "s:2", "unprocessable")
    assert told["detail"].startswith(("ValidationException: ", "TransactionCanceledException: "))
    assert services.states("s:1", "s:2", "s:3") == ["RECEIVED", "QUARANTINED", "RECEIVED"]
    accounts = {key[0] for key in services.tables["positions"].items}
    assert accounts - {"ACC-2"} == {"ACC-1", "ACC-3"}


@pytest.mark.parametrize("raised", FAILURES[:2] + FAILURES[-7:-4], ids=repr)
def test_a_failure_of_a_service_raises_and_quarantines_nothing(raised):
    services = Services(of_acc_2(POSITION, raised))
    with pytest.raises(type(raised)):
        services.run(*positions(3))
    assert (services.sent, services.tables["queue-state"].items, services.transactions) == ({}, {}, 1)


def test_a_state_that_stands_is_kept_and_does_not_hold_up_the_new_ones_of_its_batch():
    services = Services()
    standing = {"id": {"S": "s:2"}, "state": {"S": "APPLIED"}}
    services.tables["queue-state"].put(("s:2",), standing)
    services.run(account("ACC-1"), account("ACC-2"), account("ACC-3"))
    assert services.states("s:1", "s:2", "s:3") == ["RECEIVED", "APPLIED", "RECEIVED"]
    assert services.transactions == 3  # of records: one cancelled, one without what stands; of the request


def test_of_two_versions_of_an_announcement_in_a_batch_the_first_one_stands_and_both_are_received():
    services = Services()
    assert services.run(event(version=1), event(version=2), account()) == {"facts": 3, "quarantined": 0}
    assert services.states("s:1", "s:2", "s:3") == ["RECEIVED"] * 3
    assert services.tables["queue-state"].items[("corporate_action:CA-1",)]["version"] == {"N": "1"}
    assert services.transactions == 4  # the second version's is cancelled, and repeated without the event


def test_of_positions_of_one_key_in_a_batch_the_highest_sequence_of_the_first_source_stands():
    services = Services()
    services.run(
        position("10", sequence=1),
        position("20", sequence=2),
        position("15", sequence=1),
        position("9", sequence=9, source="B"),
    )
    (item,) = services.tables["positions"].items.values()
    assert item["settled_quantity"] == {"S": "20"}
    assert (
        services.transactions == 6
    )  # a key comes once in a transaction: four of positions; of records and of the request


def test_what_is_too_large_for_one_transaction_is_written_in_several():
    def fault(items: Any) -> None:
        if len(items) > 1:
            raise error("ValidationException", "TransactWriteItems")

    services = Services(fault)
    assert services.run(*positions(3)) == {"facts": 3, "quarantined": 0}
    assert len(services.tables["positions"].items) == 3


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_that_others_are_in_the_way_of_is_tried_again_after_a_pause(monkeypatch, code):
    slept: list[float] = []
    monkeypatch.setattr(pauses, "sleep", slept.append)
    left = [1, 1]

    def fault(items: Any) -> None:
        if left:
            left.pop()
            raise cancelled(*["None"] * (len(items) - 1), code)

    services = Services(fault)
    assert services.run(*positions(3)) == {"facts": 3, "quarantined": 0}
    assert (len(slept), services.states("s:1", "s:2", "s:3")) == (2, ["RECEIVED"] * 3)


def test_a_batch_of_a_hundred_records_is_four_transactions():
    services = Services()
    trades = [trade(f"T-{n}", "BUY", "5", "2026-03-10") for n in range(70)]
    assert services.run(*positions(30), *trades) == {"facts": 100, "quarantined": 0}
    assert services.transactions == 4  # of positions, two of records, and of the four requests
