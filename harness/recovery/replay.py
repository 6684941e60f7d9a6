"""`replay`: retained records of the stream go through ingest-normalizer again, under their own ids, to a database that lacks them."""

import argparse
import json
import sys
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.deadline import wait_for
from harness.failure import HarnessError
from harness.feed.record_states import read_items
from harness.feed.stream import Retained, batches, retained
from harness.interruption import deferred
from harness.progress import Ticker
from harness.queues import counts
from harness.recovery.engine_commands import instant
from harness.redrive.routes import call_function
from harness.system import System, running_system

OLDEST = "oldest"
SECONDS = 600.0
TICK_SECONDS = 2.0
RECORDS_A_CALL, BYTES_A_CALL = 100, 3_500_000
"""As many records as a mapping gives the function at once; a synchronous call takes 6 MB, which base64 fills with three quarters of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare from when on, and how long the engine may take."""
    parser.add_argument(
        "--from",
        dest="since",
        type=lambda text: text if text == OLDEST else instant(text),
        required=True,
        metavar="INSTANT",
        help=f"what arrived from then on, such as 2026-03-27T09:00:00Z, or `{OLDEST}`: all that the stream holds",
    )
    parser.add_argument("--dry-run", action="store_true", help="counts what would be sent again, and sends nothing")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"how long to wait for the engine (default: {SECONDS:.0f})"
    )


def run(arguments: argparse.Namespace) -> int:
    """Send the records again, wait until no request is left, and return the exit status. Raises HarnessError, and DeadlineError."""
    system = running_system(arguments.target)
    replay = Replay(system, arguments.dry_run)
    replay.send(None if arguments.since == OLDEST else datetime.fromisoformat(arguments.since))
    if not arguments.dry_run:
        sqs, queue = system.client("sqs"), system.outputs["entitlement_requests_queue_url"]
        ticker = Ticker(_note, TICK_SECONDS)

        def left() -> int:
            requests = sum(counts(sqs, queue))
            ticker.tick(lambda: f"{requests} requests left")
            return requests

        wait_for("no request left", left, lambda requests: requests == 0, arguments.seconds)
        print("the engine has taken every request: `make verify` says whether all is whole")
    return 0


class Replay:
    """One run of the command: `sent` and `left_out` count records, `at` is the arrival of the first that may not have been sent."""

    def __init__(self, system: System, dry_run: bool) -> None:
        self._system, self._dry_run = system, dry_run
        self._tables = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
        self._kinesis, self._stream = system.client("kinesis"), system.outputs["position_stream_name"]
        self._arn = self._kinesis.describe_stream_summary(StreamName=self._stream)["StreamDescriptionSummary"][
            "StreamARN"
        ]
        self.sent = self.left_out = 0
        self.at = OLDEST

    def send(self, since: datetime | None) -> None:
        """Send what arrived since then, oldest first, and say how many. Ctrl-C waits for the call at work and says where to go on."""
        ticker = Ticker(_note, TICK_SECONDS)
        try:
            for batch in batches(retained(self._kinesis, self._stream, since), RECORDS_A_CALL, BYTES_A_CALL):
                self.at = batch[0].arrived.isoformat()
                with deferred():
                    self._send_batch(batch)
                ticker.tick(lambda: f"{self.sent} records, up to {self.at}")
        except (KeyboardInterrupt, HarnessError, ClientError, BotoCoreError) as error:
            print(f"{self.sent} records sent; go on with --from {self.at}", flush=True)
            if isinstance(error, (ClientError, BotoCoreError)):
                raise HarnessError(f"replay: {error}") from error
            raise
        did = "would be sent" if self._dry_run else "sent"
        print(f"{self.sent} records {did} again, {self.left_out} left out as they were quarantined")

    def _send_batch(self, batch: Sequence[Retained]) -> None:
        quarantined = self._quarantined(batch)
        records = [record for record in batch if record.record_id not in quarantined]
        if records and not self._dry_run:
            event = {"Records": [self._as_lambda_gives(record) for record in records]}
            call_function(self._system, "ingest_normalizer", json.dumps(event))
        self.sent, self.left_out = self.sent + len(records), self.left_out + len(quarantined)

    def _quarantined(self, batch: Sequence[Retained]) -> set[str]:
        """Return the ids of the records that ingest-normalizer quarantined: the engine knows nothing of them, and each has its letter."""
        ids = [record.record_id for record in batch]
        items = read_items(self._tables, self._system.outputs["queue_state_table_name"], ids)
        return {
            name for name, item in items.items() if item.get("state") == "QUARANTINED" and "state_version" not in item
        }

    def _as_lambda_gives(self, record: Retained) -> dict[str, Any]:
        """Return the record as Lambda hands it to a function (developer guide, "Using Lambda with Kinesis")."""
        kinesis = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.partition_key,
            "sequenceNumber": record.record_id.partition(":")[2],
            "data": b64encode(record.data).decode(),
            "approximateArrivalTimestamp": record.arrived.timestamp(),
        }
        source = {"eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record"}
        where = {"eventSourceARN": self._arn, "awsRegion": self._system.region}
        return {"kinesis": kinesis, "eventID": record.record_id, **source, **where}


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
