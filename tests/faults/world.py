"""The instance under faults: its clients, fault layer, tasks and database, and whether it is at rest."""

import json
import os
import signal
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import psutil
import psycopg2

from harness.deadline import wait_for
from harness.embedded.fault_layer import layer_at
from harness.embedded.postgres import Cluster, takes_connections
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder, read_json
from harness.embedded.state import POSTGRES, TargetState
from harness.failure import HarnessError
from harness.faults.callers import ENGINE
from harness.faults.layer import FaultLayer
from harness.feed.lines import Line
from harness.feed.record_states import is_final, read_items
from harness.feed.stream import put_lines
from harness.system import System
from tests.api_calls import signed_call
from tests.faults.failpoints import PLANTED
from tests.faults.life import Life, Record

_ACCEPTED = 202
_PUT_SECONDS, _TASKS_SECONDS = 120.0, 120.0


@dataclass(frozen=True)
class World:
    """A deployed embedded instance with the fault layer. `tasks_wanted`: how many engine tasks run when all is well."""

    system: System
    run: RunFolder
    tasks_wanted: int

    @classmethod
    def of(cls, system: System) -> "World":
        """Return the instance of the run folder. Raises HarnessError where it has no fault layer."""
        run = RunFolder.of_target(system.target)
        state = TargetState.read(run)
        if state is None or state.fault_layer is None:
            raise HarnessError("the instance is up without the fault layer: take it down first (make down)")
        world = cls(system, run, 0)
        return cls(system, run, int(world.service["desiredCount"]))

    @property
    def state(self) -> TargetState:
        """Return what the supervisor says now."""
        state = TargetState.read(self.run)
        if state is None:
            raise HarnessError(f"{self.run.state_file} is gone: the instance was taken down")
        return state

    @cached_property
    def layer(self) -> FaultLayer:
        """Return what plants rules."""
        faults = self.state.fault_layer
        if faults is None:
            raise HarnessError("the instance has no fault layer")
        return layer_at(faults)

    def clear(self) -> None:
        """Take out what these tests planted, also in a run that was killed; rules of others stay."""
        self.layer.clear([rule_id for rule_id in self.layer.counters() if rule_id.startswith(PLANTED)])

    @cached_property
    def _dynamodb(self) -> Any:
        return self.system.session().resource("dynamodb", endpoint_url=self.system.endpoint("dynamodb"))

    @property
    def callers(self) -> tuple[str, ...]:
        """Return the names of all whose calls may suffer: engine tasks and functions."""
        return (ENGINE, *sorted(self.system.outputs["function_names"].values()))

    @property
    def service(self) -> dict[str, Any]:
        """Return the engine's service as ECS describes it."""
        outputs = self.system.outputs
        answer = self.system.client("ecs").describe_services(
            cluster=outputs["engine_cluster_name"], services=[outputs["engine_service_name"]]
        )
        return dict(answer["services"][0])

    def tasks(self) -> list[dict[str, Any]]:
        """Return the engine tasks that run and are not being stopped."""
        told = read_json(self.run.tasks_file).get("tasks", [])
        return [task for task in told if task["state"] == "RUNNING" and ProcessRecord.from_json(task).alive()]

    def settle(self) -> None:
        """Wait until as many tasks run as the service wants, of its task definition, and no other, not even one that stops."""
        service = self.service
        wanted = [service["taskDefinition"]] * int(service["desiredCount"])

        def definitions() -> list[str]:
            return [task["task_definition_arn"] for task in read_json(self.run.tasks_file).get("tasks", [])]

        wait_for("the service's tasks alone", definitions, wanted.__eq__, _TASKS_SECONDS)

    def scale(self, count: int) -> None:
        """Let the service run so many tasks, and wait until it does."""
        service = self.service
        self.system.client("ecs").update_service(
            cluster=service["clusterArn"], service=service["serviceName"], desiredCount=count
        )
        self.settle()

    def kill_postgres(self) -> None:
        """SIGKILL to the server's first process, as when its machine fails; the supervisor starts another on its data."""
        with suppress(ProcessLookupError):
            os.kill(self.state.processes[POSTGRES].pid, signal.SIGKILL)

    def administer(self, *statements: str) -> None:
        """Run statements as the server's superuser, past the fault layer, once it takes connections."""
        cluster = Cluster.from_json(self.state.cluster)
        wait_for("PostgreSQL takes connections", lambda: takes_connections(cluster), bool, _PUT_SECONDS)
        with closing(cluster.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT."""
        with closing(self.system.database()) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def migrations(self) -> set[str]:
        """Return the names of the migrations that the database has; none while it is away, or has no such table."""
        with suppress(psycopg2.Error):
            return {name for (name,) in self.rows("SELECT name FROM migrations")}
        return set()

    def put(self, records: Sequence[Record | bytes]) -> list[str]:
        """Put records on the stream; return their ids."""
        lines = [
            Line.of(number, record if isinstance(record, bytes) else json.dumps(record).encode())
            for number, record in enumerate(records, 1)
        ]
        return put_lines(self.system.client("kinesis"), self.system.outputs["position_stream_name"], lines)

    def put_through_api(self, life: Life) -> list[str]:
        """Put the life's position through the API, again until it is accepted, as its client would; return the record id."""
        if life.written is None:
            return []
        holder, isin, body = life.written

        def accepted() -> str:
            status, document, _ = signed_call(self.system, "PUT", f"/positions/{holder}/{isin}", body)
            return str(document["record_id"]) if status == _ACCEPTED else ""

        return [wait_for("the API takes a position", accepted, bool, _PUT_SECONDS)]

    def send_spoilt(self, life: Life) -> list[str]:
        """Send the life's request with an entry that is no fact; return the entry's record id."""
        if not life.spoilt:
            return []
        record_id = f"spoilt:{uuid4().hex}"
        body = {"kind": "facts", "request_id": uuid4().hex, "facts": [{"record_id": record_id, "record": None}]}
        queue = self.system.outputs["entitlement_requests_queue_url"]
        self.system.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(body))
        return [record_id]

    def items(self, record_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the items that queue-state has of records, by their ids."""
        return read_items(self._dynamodb, self.system.outputs["queue_state_table_name"], record_ids)

    def unrest(self, record_ids: Sequence[str]) -> dict[str, int]:
        """Return what is still to come: records without outcome, outbox rows, requests, tasks. A database that is away is one of them."""
        system = self.system
        items = self.items(record_ids)
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        queue = system.client("sqs").get_queue_attributes(
            QueueUrl=system.outputs["entitlement_requests_queue_url"], AttributeNames=names
        )["Attributes"]
        try:
            ((waiting,),) = self.rows("SELECT count(*) FROM outbox WHERE published_at IS NULL AND parked IS NULL")
        except psycopg2.Error:
            return {"database away": 1}
        return {
            "records": sum(not is_final(items.get(record_id)) for record_id in record_ids),
            "outbox rows": int(waiting),
            "requests": sum(int(queue[name]) for name in names),
            "tasks": abs(self.tasks_wanted - len(self.tasks())),
        }

    def signal_tasks(self, number: signal.Signals, most: int) -> None:
        """Send a signal to at most so many of the tasks."""
        for task in self.tasks()[:most]:
            with suppress(psutil.NoSuchProcess):
                psutil.Process(task["pid"]).send_signal(number)
