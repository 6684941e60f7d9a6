"""The metrics that an engine task logs: in the embedded metric format, and true."""

import json
import logging
import threading
from datetime import UTC, datetime

import pytest
from jsonschema import ValidationError

from sending import embedded
from servicing_engine.metrics import ErrorCount, Metrics
from servicing_engine.task import _JsonFormatter
from tests.embedded_metrics import metrics_of
from tests.unit.engine.engine_target import eventually

NAMES = {"EngineErrors", "HeldFacts", "OutboxLag", "OutboxParked"}


class _Database:
    def __init__(self, connection):
        self.run = lambda work: work(connection)


def logged(connection, caplog, errors=None):
    """Run the part once and return what CloudWatch makes of its line."""
    stopping = threading.Event()
    stopping.set()
    caplog.set_level(logging.INFO, "servicing_engine.metrics")
    caplog.clear()
    Metrics(_Database(connection), "asset-servicing", errors or ErrorCount()).run(stopping)
    [record] = caplog.records
    return metrics_of(_JsonFormatter().format(record))


@pytest.fixture
def connection(connect):
    made = connect()
    yield made
    made.close()


def enqueue(connection, age="0 s", parked=None, published=False):
    with connection, connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO outbox (kind, key, body, created_at, parked, published_at)
               VALUES ('record', 'r', '{}', now() - %s::interval, %s, CASE WHEN %s THEN now() END)""",
            (age, parked, published),
        )


def test_an_idle_engine_says_that_nothing_waits(connection, caplog):
    assert logged(connection, caplog) == ("asset-servicing", dict.fromkeys(NAMES, 0))


def test_the_lag_is_the_age_of_the_oldest_row_that_is_neither_published_nor_parked(connection, caplog):
    enqueue(connection, "1 day", published=True)
    enqueue(connection, "1 hour", parked="refused")
    enqueue(connection, "90 s")
    enqueue(connection)
    said = logged(connection, caplog)[1]
    assert (said["OutboxLag"] in range(90, 100), said["OutboxParked"]) == (True, 1)


def test_what_is_held_is_counted(connection, caplog):
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO held (kind, identity, reason, field, detail) VALUES ('trade', 'T-1', 'r', 'f', 'd')"
        )
    assert logged(connection, caplog)[1]["HeldFacts"] == 1


def test_errors_are_counted_once(connection, caplog):
    errors, logger = ErrorCount(), logging.getLogger("test_metrics")
    logger.addHandler(errors)
    logger.error("one")
    logger.warning("none")
    assert [logged(connection, caplog, errors)[1]["EngineErrors"] for _ in range(2)] == [1, 0]


def test_a_task_logs_its_metrics_as_it_starts(task, tmp_path):
    lines = lambda: [line for line in (tmp_path / "task.log").read_text().splitlines() if '"_aws"' in line]  # noqa: E731
    namespace, values = metrics_of(eventually(lines)[0])
    assert (namespace, values.keys()) == ("servicing", NAMES)


@pytest.mark.parametrize("unit", ["seconds", ""])
def test_the_schema_refuses_a_unit_that_cloudwatch_does_not_know(unit):
    with pytest.raises(ValidationError):
        metrics_of(json.dumps(embedded("n", {"Lag": (1, unit)}, datetime.now(UTC))))
