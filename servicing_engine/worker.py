"""A worker: takes a request from SQS, processes it in one transaction, deletes it after the commit."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from domain.rules import Rules
from sending import SendError, send_messages
from servicing_engine.folding.processing import calculate_shard, hold_event_of_shard, process, quarantine
from servicing_engine.folding.requests import Request, alone, read_request
from servicing_engine.publishing.queue_state import RequestStates
from servicing_engine.settings import Settings
from servicing_engine.store.connect import Database, DatabaseAwayError
from servicing_engine.store.facts import Fact
from servicing_engine.store.faults import is_of_the_record

_LOGGER = logging.getLogger(__name__)
VISIBILITY_SECONDS = 60
"""For how long a message is hidden at each renewal. The first time it is hidden for as long as its queue says (Terraform)."""
_OF_AWS = (BotoCoreError, ClientError)
GIVEN_BACK_SECONDS = 10
"""A request that is given back is hidden for two long polls of its queue: until those who wait now, and are to stop as well, have left."""


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
            self.step()

    def step(self) -> None:
        """Receive at most one message, once database and rules are there, and process it.

        Raises DatabaseAwayError, and botocore's errors while SQS or AppConfig fail: no receive is counted then.
        """
        self.database.connected()
        self.rules()
        queue = self.settings.entitlement_requests_queue_url
        answer = self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=1, MessageSystemAttributeNames=["SentTimestamp"]
        )
        for message in answer.get("Messages", []):
            received = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
            try:
                with _invisible(self.sqs, received):
                    done = self._process(read_request(message))
            except DatabaseAwayError:
                self.sqs.change_message_visibility(**received, VisibilityTimeout=GIVEN_BACK_SECONDS)
                raise
            if done:
                self._delete(received)

    def _delete(self, message: Mapping[str, str]) -> None:
        try:
            self.sqs.delete_message(**message)
        except _OF_AWS:  # such as a handle that has expired: the message comes again, and its records are known then
            _LOGGER.exception("a message that is done may come again")

    def _process(self, request: Request) -> bool:
        """Return True when the message is done with. One that fails is logged and comes again, until redrive takes it."""
        rules: Rules | None = None
        try:
            self.states.note(request.request_id, "CLAIMED")
            rules = self.rules()
            self._commit(request, rules)
        except DatabaseAwayError:
            raise
        except Exception as error:  # whatever is wrong with a request, the next one must be served
            _LOGGER.exception("request %s of %s facts failed", request.request_id, len(request.facts))
            splits = len(request.facts) > 1 and not isinstance(error, _OF_AWS)
            detail = f"split into {len(request.facts)} requests" if splits else repr(error)[:300]
            self.states.note(request.request_id, "FAILED", detail)
            at_fault = rules is not None and is_of_the_record(error)
            return self._isolate(request, error, splits, rules if at_fault else None)
        self.states.note(request.request_id, "COMMITTED")
        _LOGGER.info("request %s of %s facts is committed", request.request_id, len(request.facts))
        return True

    def _commit(self, request: Request, rules: Rules) -> None:
        now, request_id = self.now(), request.request_id
        if (shard_id := request.shard_id) is not None:
            self.database.run(lambda connection: calculate_shard(connection, shard_id, rules, now, request_id))
        else:
            facts, quarantines = request.facts, request.quarantines
            self.database.run(lambda connection: process(connection, facts, rules, now, request_id, quarantines))

    def _isolate(self, request: Request, error: Exception, splits: bool, rules: Rules | None) -> bool:
        """Send each of several facts alone, quarantine a single one, or hold a shard's event; False where the request is to come again.

        `rules` are those with which the request raised `error`, None where the request is not at fault.
        """
        facts, shard_id, request_id, run = request.facts, request.shard_id, request.request_id, self.database.run
        if splits:
            run(lambda connection: quarantine(connection, request.quarantines))
            self._split(facts)
        elif rules and shard_id is not None:
            run(lambda connection: hold_event_of_shard(connection, shard_id, error, rules, self.now(), request_id))
        elif rules and facts:
            quarantines = [*request.quarantines, facts[0].quarantined(error)]
            run(lambda connection: quarantine(connection, quarantines, facts, request_id))
        else:
            return False
        return True

    def _split(self, facts: Sequence[Fact]) -> None:
        """Send each fact alone, so that one bad fact does not take others to the dead-letter queue."""
        queue = self.settings.entitlement_requests_queue_url
        if refused := send_messages(self.sqs, queue, [alone(fact) for fact in facts]):
            raise SendError(f"SQS refused facts of a request that is split: {', '.join(refused.values())}")


@contextmanager
def _invisible(sqs: Any, message: Mapping[str, str]) -> Iterator[None]:
    """Keep a message invisible to others while it is worked on, however long that takes."""
    done = threading.Event()

    def keep() -> None:
        while not done.wait(VISIBILITY_SECONDS / 2):
            try:
                sqs.change_message_visibility(**message, VisibilityTimeout=VISIBILITY_SECONDS)
            except _OF_AWS:
                _LOGGER.exception("a message may come to another worker, too")

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
