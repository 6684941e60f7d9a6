"""Entry point: wires the clients once per process, then hands the batch on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import KinesisStreamEvent, event_source

from functions.ingest_normalizer.ingest import Clients, ingest
from functions.ingest_normalizer.lines import Line
from functions.ingest_normalizer.settings import Settings
from sending.clients import client

_LOGGER = Logger()
_SETTINGS: Settings | None = None
_CLIENTS: Clients | None = None


@event_source(data_class=KinesisStreamEvent)
def handle(event: KinesisStreamEvent, _context: Any) -> dict[str, list[Any]]:
    """Ingest a Kinesis batch. No item is ever reported as failed: a failure of AWS raises and the batch comes again."""
    settings, clients = _wire()
    counts = ingest([_line(record) for record in event.records], settings, clients)
    _LOGGER.info("ingested", extra=counts)
    return {"batchItemFailures": []}


def _wire() -> tuple[Settings, Clients]:
    global _SETTINGS, _CLIENTS  # noqa: PLW0603 - one wiring per Lambda process
    if _SETTINGS is None or _CLIENTS is None:
        _SETTINGS = Settings.from_environment()
        _CLIENTS = Clients(client("dynamodb"), client("sqs"), client("s3"), ThreadPoolExecutor(max_workers=8))
    return _SETTINGS, _CLIENTS


def _line(record: Any) -> Line:
    arrived = record.kinesis.approximate_arrival_timestamp
    return Line(record.event_id, _instant(arrived), record.kinesis.data_as_bytes())


def _instant(seconds: Any) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
