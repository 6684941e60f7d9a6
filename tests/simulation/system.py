"""The system of one schedule: functions behind their event source mappings, engine tasks, and the services between them."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import partial
from typing import Any
from unittest.mock import patch

from botocore.exceptions import BotoCoreError, ClientError
from psycopg2 import InternalError

from functions.ingest_normalizer.ingest import Clients as IngestClients
from functions.ingest_normalizer.ingest import ingest
from functions.ingest_normalizer.lines import Line
from functions.ingest_normalizer.settings import Settings as IngestSettings
from functions.reconciliation.changes import NEWEST, touched
from functions.reconciliation.reports import Store, UnsettledError, bring_up_to_date
from functions.reconciliation.settings import Settings as ReconciliationSettings
from sending import SendError
from servicing_engine import task as engine_task
from servicing_engine.clients import Clients
from servicing_engine.publishing.queue_state import RequestStates
from servicing_engine.settings import Settings
from tests.simulation.plan import SHARDS, Plan, data_of
from tests.simulation.postgres import Connection, Pool
from tests.simulation.scheduler import Crash, Process, Scheduler
from tests.simulation.services.calls import Calls
from tests.simulation.services.dynamodb import DynamoDB
from tests.simulation.services.events import Events
from tests.simulation.services.s3 import S3
from tests.simulation.services.sqs import SQS, Queue

ARRIVED = "2030-01-01T00:00:00.000Z"
MOST_RECEIVES = 5
MOST_RETRIES = 10
"""As Terraform sets them (modules/messaging, modules/functions)."""
_PASSING = (BotoCoreError, ClientError, SendError, UnsettledError)
_SECONDS_TO_START = 5
_NAMES = {
    **{name: "" for name in Settings.__dataclass_fields__},
    "entitlement_requests_queue_url": "requests",
    "dead_letter_queue_url": "dead-letters",
    "entitlements_table": "entitlements",
    "queue_state_table": "queue-state",
    "positions_table": "positions",
    "calculations_bucket": "calculations",
    "reports_bucket": "reports",
    "event_bus_name": "bus",
    "outbox_days": "7",
    "queue_state_days": "30",
}


def settings_of(kind: type[Any], **more: str) -> Any:
    """Return the settings of a function or of the engine, with the simulated services' names."""
    return kind(**{name: value for name, value in (_NAMES | more).items() if name in kind.__dataclass_fields__})


def _live(_heartbeat: Any, stopping: Any) -> None:
    """Stand in for the heartbeat, which writes a file."""
    while not stopping.wait(86_400):
        pass


class InlineExecutor:
    """An executor whose calls run where they are submitted: the order of calls is the schedule's."""

    def __init__(self, **_: Any) -> None:
        """Take what a pool of threads takes."""

    def submit(self, call: Callable[[], Any]) -> "Future[Any]":
        """Call and return the result."""
        future: Future[Any] = Future()
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - the future's reader raises it
            future.set_exception(error)
        return future

    def map(self, call: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """Call with each item."""
        return [call(item) for item in items]


class System:
    """Everything that runs in one schedule, and what it left behind in tables, queues and buckets. `heard`: what the bus took."""

    def __init__(self, plan: Plan, pool: Pool, scheduler: Scheduler, rules: Any) -> None:
        self.plan, self.scheduler, self._pool, self._rules = plan, scheduler, pool, rules
        self.calls = Calls(scheduler, plan.rates)
        dead = Queue()
        self.queues = {"requests": Queue(60, MOST_RECEIVES, dead), "dead-letters": dead}
        self.heard: list[dict[str, Any]] = []
        self.unreadable: list[str] = []
        self.given_up: list[str] = []
        self.reconciled: dict[tuple[str, int], date] = {}
        self.dynamodb, self.s3 = DynamoDB(self.calls), S3(self.calls)
        self.sqs, self.events = SQS(self.calls, self.queues), Events(self.calls, self._hear)
        self.lines = {
            f"shardId-{shard:012}:{number}": data_of(fact)
            for shard, facts in enumerate(plan.shards)
            for number, fact in enumerate(facts, 1)
        }
        self._tasks, self._started, self._readers, self._stops, self._failures = [], 0, 0, plan.stops, plan.failures
        scheduler.crash_rate = 0.002
        scheduler.crashes_left = plan.crashes

    def start(self) -> None:
        """Start mappings and the service that keeps engine tasks running."""
        aws = Process("AWS", self.scheduler)
        for shard in range(SHARDS):
            self._start(f"stream {shard}", aws, partial(self._follow_stream, shard))
        for table in self.dynamodb.tables.values() if self.plan.reconciles else ():
            for number, changes in enumerate(table.changes):
                self._start(f"changes of {table.name} {number}", aws, partial(self._follow_changes, changes))
        self.scheduler.start("ECS", aws, self._keep_running)

    def calm(self) -> None:
        """End all faults; what was late arrives."""
        self.calls.arrive()
        self.calls.calm, self.scheduler.crashes_left, self._stops, self._failures = True, 0, 0, 0

    # The stream and the functions

    def _follow_stream(self, shard: int) -> None:
        ids = [record_id for record_id in self.lines if record_id.startswith(f"shardId-{shard:012}")]
        settings = settings_of(IngestSettings)
        clients = IngestClients(self.dynamodb, self.sqs, self.s3, InlineExecutor())
        while ids:
            size = self.scheduler.random.randint(1, self.plan.batch)
            batch, ids = ids[:size], ids[size:]
            lines = [Line(record_id, ARRIVED, self.lines[record_id]) for record_id in batch]
            self._deliver("ingest-normalizer", lambda lines: ingest(lines, settings, clients), lines)

    def _follow_changes(self, changes: list[Any]) -> None:
        settings = settings_of(ReconciliationSettings)
        store = Store(self.s3, settings.reports_bucket)

        def reconcile(batch: Sequence[Any]) -> None:
            images = ({"OldImage": old, "NewImage": new} for old, new in batch)
            accounts = touched({"dynamodb": image} for image in images)
            shared = self.dynamodb.tables["queue-state"].shared
            self._readers += 1
            bring_up_to_date(self.dynamodb, store, settings, accounts, f"reader {self._readers}")
            for account, changed in accounts.items():
                done = account, shared
                self.reconciled[done] = min(changed.earliest, self.reconciled.get(done, NEWEST))

        while True:
            while not changes:
                self.scheduler.idle(lambda: bool(changes))
            size = self.scheduler.random.randint(1, self.plan.batch)
            batch = changes[:size]
            del changes[:size]
            self._deliver("reconciliation", reconcile, batch)

    def _deliver(self, name: str, function: Callable[[Any], Any], batch: Sequence[Any]) -> None:
        """Call a function with a batch until it succeeds. A batch of several that fails is halved, as the mapping is told to."""
        for tried in range(MOST_RETRIES + 1):
            # Luck turns: what fails too often is given up, rightly, and would say nothing of the system.
            self.scheduler.current.is_spared = tried > MOST_RETRIES // 2
            if self._call(name, partial(function, batch)):
                return
            if len(batch) > 1:
                half = len(batch) // 2
                self._deliver(name, function, batch[:half])
                self._deliver(name, function, batch[half:])
                return
        self.given_up.append(f"{name} {batch[0]}")

    def _call(self, name: str, function: Callable[[], Any]) -> bool:
        """Call a function in a process of its own; return True if it succeeded."""
        actor, aws = self.scheduler.current, self.scheduler.current.process
        actor.process = process = Process(name, self.scheduler)
        process.actors.append(actor)
        try:
            function()
        except Crash:
            if not aws.alive:
                raise
        except _PASSING:
            pass
        else:
            return True
        finally:
            actor.process = aws
        self.scheduler.sleep(1)
        return False

    # The engine

    def _keep_running(self) -> None:
        """Start tasks until there are as many as wanted; now and then stop one, as a deployment does."""
        while True:
            self._tasks = [process for process in self._tasks if process.alive and process.actors]
            if len(self._tasks) < self.plan.tasks:
                if self._started >= self.plan.tasks:
                    self.scheduler.sleep(_SECONDS_TO_START)
                self._tasks.append(self._start_task())
            elif self._stops and self.scheduler.random.random() < 0.05:
                self._stops -= 1
                self.scheduler.random.choice(self._tasks).stopping.set()
                self.scheduler.history.append("ECS: STOP")
            else:
                self.scheduler.idle(self._has_work())

    def _has_work(self) -> Callable[[], bool]:
        """Return what says that a task has ended, or that something was committed since now."""
        seen = self.scheduler.commits
        return lambda: self.scheduler.commits != seen or not all(task.alive and task.actors for task in self._tasks)

    def _start_task(self) -> Process:
        self._started += 1
        process = Process(f"task {self._started}", self.scheduler)
        clients = Clients(self.sqs, self.dynamodb, self.s3, self.events, None, None)
        settings = settings_of(Settings, engine_workers=str(self.plan.workers))
        states = RequestStates(self.dynamodb, settings.queue_state_table)
        for number, part in enumerate(engine_task._parts(settings, clients, states, process.stopping), 1):
            self._start(f"{process.name}/{number}", process, partial(self._guard, part, process))
        return process

    def _start(self, name: str, process: Process, work: Callable[[], None]) -> None:
        self.scheduler.start(name, process, work, self.scheduler.random.choice((1, 1, 1, 0.1)))

    def _guard(self, part: Callable[[Any], None], process: Process) -> None:
        """Run a part as a task does; what passes ends the task, and the service starts another."""
        try:
            engine_task._guard(part, process.stopping)
        except (*_PASSING, InternalError) as error:
            self.scheduler.history.append(f"{self.scheduler.current.name}: ENDS for {type(error).__name__}")
        finally:
            for connection in self._connections.pop(self.scheduler.current.name, ()):
                connection.close()

    def _connect(self, _settings: Settings, **_: Any) -> Connection:
        is_lost = partial(self.calls.suffers, "lost", "connection")
        connection = Connection(self._pool, self.scheduler, is_lost, self._fails)
        self._connections.setdefault(self.scheduler.current.name, []).append(connection)
        return connection

    def _fails(self) -> bool:
        if not self._failures or self.scheduler.current.is_spared or self.scheduler.random.random() > 0.005:
            return False
        self._failures -= 1
        self.scheduler.history.append(f"{self.scheduler.current.name}: statement FAILS")
        return True

    def _hear(self, detail: dict[str, Any]) -> None:
        if ("calculations", detail["calculation_key"]) not in self.s3.objects:
            self.unreadable.append(detail["notification_id"])
        self.heard.append(detail)

    @contextmanager
    def wired(self) -> Any:
        """Wire engine tasks to this system while the block runs."""
        self._connections: dict[str, list[Connection]] = {}
        rules = self._rules

        class _Rules:
            def __init__(self, *_: Any) -> None:
                self.rules = lambda: rules

        replaced = {
            "sending.pauses.sleep": self.scheduler.sleep,
            "servicing_engine.store.connect.connect": self._connect,
            "servicing_engine.clients.ThreadPoolExecutor": InlineExecutor,
            "servicing_engine.task.RulesSource": _Rules,
            "servicing_engine.task.RELAYS": self.plan.relays,
            "servicing_engine.task.keep_fresh": _live,
            "servicing_engine.task._now": lambda: self.scheduler.now,
            "servicing_engine.folding.processing.SHARD_HOLDERS": self.plan.shard_holders,
        }
        with ExitStack() as stack:
            for name, replacement in replaced.items():
                stack.enter_context(patch(name, replacement))
            yield
