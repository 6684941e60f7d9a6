"""A worker: takes a request from SQS, processes it in one transaction, deletes it after the commit."""

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg2

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
        """Takes at most one message; returns how many facts it held. A failed one of several facts is cut into single ones."""
        queue = self.settings.entitlement_requests_queue_url
        answer = self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds, VisibilityTimeout=VISIBILITY_SECONDS
        )
        for message in answer.get("Messages", []):
            body = json.loads(message["Body"])
            with _Visible(self.sqs, queue, message["ReceiptHandle"]):
                done = self._process(body)
            if done:
                self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            return len(body["facts"])
        return 0

    def _process(self, body: Mapping[str, Any]) -> bool:
        try:
            process(self.connection, [Fact.read(entry) for entry in body["facts"]], self.rules(), self.now())
        except psycopg2.OperationalError:
            raise  # the database is gone: the task ends, its message comes back, and a new task takes it
        except Exception:  # whatever is wrong with a request, the next one must be served; it is logged and comes again
            _LOGGER.exception("request %s failed", body.get("request_id"))
            return self._split(body)
        return True

    def _split(self, body: Mapping[str, Any]) -> bool:
        """Sends each fact alone, so that one bad fact does not take others to the dead-letter queue; False for a single one."""
        if len(body["facts"]) == 1:
            return False
        for index, entry in enumerate(body["facts"]):
            single = {**body, "request_id": f"{body['request_id']}-{index}", "facts": [entry]}
            self.sqs.send_message(
                QueueUrl=self.settings.entitlement_requests_queue_url,
                MessageBody=json.dumps(single, ensure_ascii=False),
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
