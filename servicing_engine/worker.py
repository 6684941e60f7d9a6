"""A worker: takes a request from SQS, processes it in one transaction, deletes it after the commit."""

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from domain.rules import Rules
from servicing_engine.processing import calculate_shard, process
from servicing_engine.queue_state import RequestStates
from servicing_engine.settings import Settings
from servicing_engine.store.connect import Database, DatabaseAwayError
from servicing_engine.store.facts import Fact

_LOGGER = logging.getLogger(__name__)
WAIT_SECONDS = 5
VISIBILITY_SECONDS = 60
_OF_AWS = (BotoCoreError, ClientError)
GIVEN_BACK_SECONDS = 2 * WAIT_SECONDS
"""A request that is given back is hidden until those who wait for a message now, and are to stop as well, have left."""


class UnknownRequest(ValueError):
    """A message of a kind that nobody handles."""


@dataclass(frozen=True, slots=True)
class Worker:
    """One thread's tools: its own database connection, shared clients, the rules and the clock."""

    database: Database
    sqs: Any
    settings: Settings
    states: RequestStates
    rules: Callable[[], Rules]
    now: Callable[[], datetime]

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop. Raises DatabaseAwayError.

        A request that comes while the worker stops is done as any other: each receive counts towards the dead-letter queue, so none
        may pass without a try.
        """
        while not stopping.is_set():
            self.step(WAIT_SECONDS)

    def step(self, wait_seconds: int) -> int:
        """Receive at most one message, once the database is there, and process it; return how many came. Raises DatabaseAwayError."""
        self.database.connected()
        queue = self.settings.entitlement_requests_queue_url
        answer = self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=1, WaitTimeSeconds=wait_seconds, VisibilityTimeout=VISIBILITY_SECONDS
        )
        messages = answer.get("Messages", [])
        for message in messages:
            one = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
            try:
                with _Visible(self.sqs, one):
                    done = self._process(message["Body"])
            except DatabaseAwayError:
                self.sqs.change_message_visibility(**one, VisibilityTimeout=GIVEN_BACK_SECONDS)
                raise
            if done:
                self.sqs.delete_message(**one)
        return len(messages)

    def _process(self, text: str) -> bool:
        """Return True when the message is done with. One that fails is logged and comes again, until redrive takes it."""
        request: Mapping[str, Any] = {}
        try:
            request = _read(text)
            self.states.note(request["request_id"], "CLAIMED")
            self.database.run(lambda connection: self._commit(connection, request))
        except DatabaseAwayError:
            raise
        except Exception as error:  # whatever is wrong with a request, the next one must be served
            entries = request.get("facts") or []
            _LOGGER.exception("request %s of %s facts failed", request.get("request_id"), len(entries))
            parted = not isinstance(error, _OF_AWS) and self._split(entries)
            detail = f"split into {len(entries)} requests" if parted else f"{type(error).__name__}: {error}"[:300]
            self.states.note(request.get("request_id", ""), "FAILED", detail)
            return parted
        self.states.note(request["request_id"], "COMMITTED")
        return True

    def _commit(self, connection: Any, request: Mapping[str, Any]) -> None:
        request_id = request["request_id"]
        if request["kind"] == "recalculate":
            calculate_shard(connection, int(request["shard_id"]), self.rules(), self.now(), request_id)
        else:
            facts = [Fact.read(entry) for entry in request["facts"]]
            process(connection, facts, self.rules(), self.now(), request_id)

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


def _read(text: str) -> Mapping[str, Any]:
    """A request of a kind that we know, with its id. Raises ValueError."""
    request = json.loads(text)
    if not isinstance(request, dict) or request.get("kind") not in ("facts", "recalculate"):
        raise UnknownRequest("no request of kind facts or recalculate")
    if not isinstance(request.get("request_id"), str):
        raise UnknownRequest("a request needs a request_id")
    return request


class _Visible:
    """Keeps a message invisible to others while it is worked on, however long that takes."""

    def __init__(self, sqs: Any, message: Mapping[str, str]) -> None:
        self._sqs, self._message = sqs, message
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
            try:
                self._sqs.change_message_visibility(**self._message, VisibilityTimeout=VISIBILITY_SECONDS)
            except _OF_AWS:
                _LOGGER.exception("a message may come to another worker, too")
