"""A worker: takes a request from SQS, processes it in one transaction, deletes it after the commit."""

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2
from psycopg2.extensions import TransactionRollbackError
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from domain.rules import Rules
from servicing_engine.processing import process
from servicing_engine.settings import Settings
from servicing_engine.store.facts import Fact

_LOGGER = logging.getLogger(__name__)
WAIT_SECONDS = 5
VISIBILITY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Worker:
    """One thread's tools: its own database connection, shared clients, the rules and the clock."""

    connection: Any
    sqs: Any
    settings: Settings
    rules: Callable[[], Rules]
    now: Callable[[], datetime]

    def run(self, stopping: threading.Event) -> None:
        """Until told to stop: then the request in hand is finished first."""
        while not stopping.is_set():
            self.step(WAIT_SECONDS)

    def step(self, wait_seconds: int) -> int:
        """Takes at most one message; returns how many. A failed one of several facts is cut into single ones."""
        queue = self.settings.entitlement_requests_queue_url
        answer = self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds, VisibilityTimeout=VISIBILITY_SECONDS
        )
        messages = answer.get("Messages", [])
        for message in messages:
            with _Visible(self.sqs, queue, message["ReceiptHandle"]):
                done = self._process(message["Body"])
            if done:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return len(messages)

    def _process(self, text: str) -> bool:
        """True when the message is done with. One that fails is logged and comes again, until redrive takes it."""
        entries: list[Any] = []
        try:
            entries = json.loads(text)["facts"]
            self._commit([Fact.read(entry) for entry in entries])
        except psycopg2.OperationalError:
            raise  # the database is gone: the task ends, its message comes back, and a new task takes it
        except Exception:  # whatever is wrong with a request, the next one must be served
            _LOGGER.exception("a request of %s facts failed", len(entries))
            return self._split(entries)
        return True

    @retry(retry=retry_if_exception_type(TransactionRollbackError), stop=stop_after_attempt(5), reraise=True)
    def _commit(self, facts: Sequence[Fact]) -> None:
        """A deadlock rolls back one of its transactions: that one is tried again."""
        process(self.connection, facts, self.rules(), self.now())

    def _split(self, entries: Sequence[Any]) -> bool:
        """Sends each fact alone, so that one bad fact does not take others to the dead-letter queue; False for a single one."""
        if len(entries) < 2:
            return False
        for entry in entries:
            request_id = hashlib.sha256(entry["record_id"].encode()).hexdigest()[:32]
            body = {"kind": "facts", "request_id": request_id, "facts": [entry]}
            self.sqs.send_message(
                QueueUrl=self.settings.entitlement_requests_queue_url, MessageBody=json.dumps(body, ensure_ascii=False)
            )
        return True


class _Visible:
    """Keeps a message invisible to others while it is worked on, however long that takes."""

    def __init__(self, sqs: Any, queue: str, receipt: str) -> None:
        self._sqs, self._message = sqs, {"QueueUrl": queue, "ReceiptHandle": receipt}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> "_Visible":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._done.wait(VISIBILITY_SECONDS / 2):
            self._sqs.change_message_visibility(**self._message, VisibilityTimeout=VISIBILITY_SECONDS)
