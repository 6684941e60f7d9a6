"""A burst of facts, whose every record has an entitlement, a tax lot or both to show, and what may be missing after it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.deadline import wait_for
from harness.feed.lines import Line
from harness.feed.record_states import is_final, read_items
from harness.feed.records import Record, account, buy, dividend, position
from harness.feed.stream import put_lines
from harness.isin import fresh_isin
from harness.system import System


@dataclass(frozen=True)
class Burst:
    """The records of one holder, and the ids under which they were put on the stream.

    Each of the `securities` has a trade, a position and a dividend, and the account one record.
    """

    system: System
    holder: str
    securities: int = 200
    record_ids: list[str] = field(default_factory=list)

    def put(self) -> None:
        """Put all records on the stream; return at once."""
        records = list(_records(self.holder, self.securities))
        lines = [Line(number, json.dumps(record).encode(), record) for number, record in enumerate(records, 1)]
        stream = self.system.outputs["position_stream_name"]
        self.record_ids.extend(put_lines(self.system.client("kinesis"), stream, lines))

    def unfinished(self) -> int:
        """Return how many records have no final state."""
        system = self.system
        dynamodb = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
        items = read_items(dynamodb, system.outputs["queue_state_table_name"], self.record_ids)
        return sum(not is_final(items.get(record_id)) for record_id in self.record_ids)

    def missing(self) -> dict[str, int]:
        """Return by name what is missing of the burst; a negative count is there twice."""
        system = self.system
        projected = (
            system.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=system.outputs["entitlements_table_name"],
                KeyConditionExpression="safekeeping_account = :holder",
                ExpressionAttributeValues={":holder": {"S": self.holder}},
            )
        )
        return {
            "records": self.unfinished(),
            "entitlements": self.securities - self._rows("entitlements", "status = 'CALCULATED'"),
            "tax lots": self.securities - self._rows("tax_lots", "closed_at IS NULL"),
            "projected": self.securities - sum(len(page["Items"]) for page in projected),
        }

    def await_all(self, seconds: float) -> None:
        """Wait until nothing is missing. Raises DeadlineError with the counts."""
        whole = dict.fromkeys(self.missing(), 0)
        wait_for(f"the burst of {len(self.record_ids)} whole", self.missing, whole.__eq__, seconds, longest_pause=2)

    def _rows(self, table: str, condition: str) -> int:
        connection = self.system.database()
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT count(*) FROM {table} WHERE safekeeping_account = %s AND {condition}", (self.holder,)
                )
                return int(cursor.fetchone()[0])
        finally:
            connection.close()


def dead_letters(system: System) -> int:
    """Return how many messages are on the dead-letter queue."""
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    queue = system.outputs["dead_letter_queue_url"]
    told = system.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=list(counts))["Attributes"]
    return sum(int(told[name]) for name in counts)


def _records(holder: str, securities: int) -> Iterator[Record]:
    isins = [fresh_isin() for _ in range(securities)]
    yield account(holder)
    for number, isin in enumerate(isins):
        yield buy(f"T-{holder}-{number}", holder, isin, "100", "10")
        yield position(holder, isin, "100")
        yield dividend(f"CA-{holder}-{number}", isin)
