"""A scratch emulator with what a feed touches, and a stand-in for what follows the stream."""

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest

from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder
from harness.system import Outputs, System

Item = dict[str, Any]


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    run = RunFolder(tmp_path_factory.mktemp("embedded"))
    run.make()
    try:
        yield bring_up(run).state.aws_variables()
    finally:
        take_down(run)


@pytest.fixture
def system(emulator: dict[str, str]) -> System:
    name = f"feed-{uuid.uuid4().hex[:8]}"
    bare = System("embedded", emulator, outputs=Outputs({}, {}))
    bare.client("kinesis").create_stream(StreamName=name, ShardCount=2)
    for table, range_key, index in (
        ("positions", "position_key", None),
        ("entitlements", "entitlement_key", None),
        ("queue-state", None, "by_account"),
    ):
        bare.client("dynamodb").create_table(
            **_table(f"{name}-{table}", "id" if index else "safekeeping_account", range_key, index)
        )
    for bucket in ("calculations", "reports"):
        bare.client("s3").create_bucket(Bucket=f"{name}-{bucket}")
    outputs = {
        "position_stream_name": name,
        "positions_table_name": f"{name}-positions",
        "entitlements_table_name": f"{name}-entitlements",
        "queue_state_table_name": f"{name}-queue-state",
        "calculations_bucket": f"{name}-calculations",
        "reports_bucket": f"{name}-reports",
        "notifications_topic_arn": bare.client("sns").create_topic(Name=name)["TopicArn"],
    }
    return System("embedded", emulator, outputs=Outputs(outputs, {}))


def _table(name: str, hash_key: str, range_key: str | None, index: str | None) -> Item:
    keys = [key for key in (hash_key, range_key) if key]
    account_and_id = [
        {"AttributeName": "safekeeping_account", "KeyType": "HASH"},
        {"AttributeName": "id", "KeyType": "RANGE"},
    ]
    attributes = sorted({*keys, *(["safekeeping_account", "id"] if index else [])})
    definition: Item = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in attributes],
    }
    if index:
        definition["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": account_and_id, "Projection": {"ProjectionType": "ALL"}}
        ]
    return definition


@dataclass
class Follower:
    """Reads the stream as the ingest function does and writes down what `outcome` says of each record's bytes."""

    system: System
    outcome: Callable[[bytes], Item | None]
    seen: list[bytes] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @cached_property
    def table(self) -> Any:
        tables = self.system.session().resource("dynamodb", endpoint_url=self.system.endpoint("dynamodb"))
        return tables.Table(self.system.outputs["queue_state_table_name"])

    def run(self) -> None:
        kinesis, stream = self.system.client("kinesis"), self.system.outputs["position_stream_name"]
        shards = [shard["ShardId"] for shard in kinesis.list_shards(StreamName=stream)["Shards"]]
        places = {
            shard: kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")[
                "ShardIterator"
            ]
            for shard in shards
        }
        while not self._stop.wait(0.02):
            for shard in shards:
                answer = kinesis.get_records(ShardIterator=places[shard])
                places[shard] = answer["NextShardIterator"]
                for record in answer["Records"]:
                    self.write(f"{shard}:{record['SequenceNumber']}", record["Data"])

    def write(self, record_id: str, data: bytes) -> None:
        self.seen.append(data)
        if item := self.outcome(data):
            self.table.put_item(Item={"id": record_id, "kind": "record", **item})

    def stop(self) -> None:
        self._stop.set()


@pytest.fixture
def follow(system: System) -> Iterator[Callable[[Callable[[bytes], Item | None]], Follower]]:
    running: list[tuple[Follower, threading.Thread]] = []

    def start(outcome: Callable[[bytes], Item | None]) -> Follower:
        follower = Follower(system, outcome)
        thread = threading.Thread(target=follower.run)
        thread.start()
        running.append((follower, thread))
        return follower

    yield start
    for follower, thread in running:
        follower.stop()
        thread.join(10)
