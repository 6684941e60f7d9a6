"""Under pressure: one account's trouble is its own, a stop amid much work ends in time, and what fails is tried again within bounds."""

import signal
import threading
import time
from contextlib import closing
from types import SimpleNamespace

import psycopg2
import pytest
from botocore.exceptions import ClientError

from harness.deadline import wait_for
from sending import attempts, pause_seconds, pauses
from servicing_engine import task
from servicing_engine.publishing.fenced import Fence
from servicing_engine.store import connect as connecting
from servicing_engine.store import locks
from servicing_engine.worker import Worker
from tests.simulation.services.calls import cancelled
from tests.unit.domain.facts import event
from tests.unit.engine.engine_target import fresh_facts, number_of_messages, request, state_of, tasks
from tests.unit.engine.feeding import rows

STOP_TIMEOUT = 60
"""Seconds that ECS gives a task to stop (terraform/modules/engine)."""
BUSY = ClientError({"Error": {"Code": "ThrottlingException"}}, "AnyCall")


def states(target, record_ids):
    return {state_of(target, record_id).get("state") for record_id in record_ids}


def test_requests_of_an_account_that_is_locked_keep_no_other_account_waiting(target, queues, tmp_path):
    _, (locked,), holding = fresh_facts()
    _, _, others = fresh_facts(holders=3)
    queue = queues["ENTITLEMENT_REQUESTS_QUEUE_URL"]
    with closing(target.connect()) as connection, tasks(queues, tmp_path, 1):
        with connection, connection.cursor() as cursor:
            locks.lock_accounts(cursor, [locked])
            waiting = request(target, *holding, queue=queue)
            wait_for("the locked account's request in hand", lambda: number_of_messages(target, queue), (1).__eq__)
            done = request(target, *others, queue=queue)
            wait_for("the others applied", lambda: states(target, done), {"APPLIED"}.__eq__, 60)
            assert states(target, waiting) == {None}
        wait_for("the account applied, too", lambda: states(target, waiting), {"APPLIED"}.__eq__, 60)


def test_a_task_has_no_more_requests_in_hand_than_workers(target, queues, tmp_path):
    _, (locked,), holding = fresh_facts()
    queue, count = queues["ENTITLEMENT_REQUESTS_QUEUE_URL"], 3 * int(queues["ENGINE_WORKERS"])
    with closing(target.connect()) as connection, tasks(queues, tmp_path, 1):
        with connection, connection.cursor() as cursor:
            locks.lock_accounts(cursor, [locked])
            sent = [record_id for _ in range(count) for record_id in request(target, *holding, queue=queue)]
            names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

            def waiting_and_in_hand():
                told = target.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
                return [int(told[name]) for name in names]

            workers = int(queues["ENGINE_WORKERS"])
            wait_for("every worker has one", waiting_and_in_hand, [count - workers, workers].__eq__)
        wait_for("all done", lambda: number_of_messages(target, queue), (0).__eq__, 60)
    assert len(sent) == 2 * count


def test_the_locks_of_a_task_that_hangs_are_freed_and_its_work_is_done_again(connect, cluster, monkeypatch):
    monkeypatch.setattr(connecting, "IDLE_MILLISECONDS", 200)
    with closing(connect()) as other:
        name = other.get_dsn_parameters()["dbname"]
        settings = SimpleNamespace(
            database_host="127.0.0.1", database_port=cluster.port, database_name=name,
            database_username="rdsadmin", database_password=cluster.superuser_password,
        )  # fmt: skip
        database, runs = connecting.Database(settings, threading.Event()), []

        def work(connection):
            runs.append(connection)
            with connection, connection.cursor() as cursor:
                locks.lock_accounts(cursor, ["ACC-1"])
                if len(runs) == 1:  # it hangs, until another has the lock
                    with other, other.cursor() as waiting:
                        waiting.execute("SET LOCAL lock_timeout = '10s'")
                        try:
                            locks.lock_accounts(waiting, ["ACC-1"])
                        except psycopg2.errors.LockNotAvailable:
                            pytest.fail("the lock of the task that hangs was not freed within 10 s")
                cursor.execute("SELECT 1")

        database.run(work)
        database.close()
    assert len(runs) == 2


def test_a_stop_amid_an_event_of_many_holders_ends_in_time_and_the_rest_is_done_once(target, queues, tmp_path):
    event_id, (tag,), _ = fresh_facts()
    isin, holders = "GB0002634946", 3_000
    with closing(target.connect()) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO current_records (record_type, identity, sequence, body)
                   SELECT 'account', %(tag)s || n, 0, jsonb_build_object('record_type', 'account', 'residence', 'GB', 'relief_method', 'FIFO',
                       'safekeeping_account', %(tag)s || n, 'beneficial_owner', 'portfolio_investor', 'documentation_status', 'valid')
                   FROM generate_series(1, %(count)s) AS n""",
                {"tag": tag, "count": holders},
            )
            cursor.execute(
                """INSERT INTO current_positions SELECT %(tag)s || n, %(isin)s, 'DTCYUS33', '2026-03-16', 1000, 'A', 0
                   FROM generate_series(1, %(count)s) AS n""",
                {"tag": tag, "isin": isin, "count": holders},
            )

        def calculated():
            with connection, connection.cursor():
                told = "SELECT count(*), count(DISTINCT safekeeping_account), max(revision) FROM entitlements WHERE corporate_action_event_id = %s"
                return rows(connection, told, event_id)[0]

        queue = queues["ENTITLEMENT_REQUESTS_QUEUE_URL"]
        with tasks(queues | {"ENGINE_WORKERS": "1"}, tmp_path, 1) as [process]:
            request(target, event(corporate_action_event_id=event_id, isin=isin), queue=queue)
            wait_for("a shard done", calculated, lambda told: told[0] > 0, 120, longest_pause=0.05)
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_TIMEOUT) == 0
            took = time.monotonic() - began
        assert took < STOP_TIMEOUT
        before = calculated()[0]
        with tasks(queues, tmp_path, 1):
            wait_for("all shards done", calculated, (holders, holders, 1).__eq__, 240)
    assert before < holders, "the stop came too late to show anything"
    assert number_of_messages(target, queues["DEAD_LETTER_QUEUE_URL"]) == 0


def test_a_worker_receives_nothing_while_appconfig_fails():
    def fails():
        raise BUSY

    worker = Worker(SimpleNamespace(connected=lambda: None), None, None, None, fails, None)
    with pytest.raises(ClientError):
        worker.step()


class Part:
    """A part of a task that AWS fails so many times; `pauses`: how long it was waited for, in seconds."""

    def __init__(self, failures):
        self.left, self.pauses = failures, []

    def __call__(self, stopping):
        if self.left:
            self.left -= 1
            raise BUSY

    def is_set(self):
        return bool(self.ended)

    ended = False

    def set(self):
        self.ended = True

    def wait(self, seconds):
        self.pauses.append(seconds)


def test_a_part_that_aws_fails_runs_again_after_pauses_that_grow_and_differ():
    part = Part(task.FAILURES_IN_A_ROW)
    task._guard(part, part)
    assert len(part.pauses) == task.FAILURES_IN_A_ROW == len(set(part.pauses))
    assert max(part.pauses[:3]) <= 0.8
    assert max(part.pauses) <= task.LONGEST_PAUSE_SECONDS


def test_a_part_that_aws_fails_for_good_ends_the_task():
    part = Part(task.FAILURES_IN_A_ROW + 1)
    with pytest.raises(ClientError):
        task._guard(part, part)
    assert part.ended


def test_a_pause_is_at_random_up_to_a_bound_that_doubles():
    bounds = [max(pause_seconds(failures, longest=2.0) for _ in range(400)) for failures in (1, 3, 5, 50)]
    assert [0.15 < bounds[0] <= 0.2, 0.6 < bounds[1] <= 0.8, 1.5 < bounds[2] <= 2.0, 1.5 < bounds[3] <= 2.0] == [
        True
    ] * 4


def test_attempts_pause_between_but_not_before_the_first(monkeypatch):
    slept = []
    monkeypatch.setattr(pauses, "sleep", slept.append)
    assert list(attempts(3)) == [1, 2, 3]
    assert len(slept) == 2


def test_a_transaction_that_others_are_in_the_way_of_is_given_up_in_the_end(monkeypatch):
    monkeypatch.setattr(pauses, "sleep", lambda _: None)
    calls = []

    def write(TransactItems):
        calls.append(TransactItems)
        raise cancelled("None", "TransactionConflict")

    dynamodb = SimpleNamespace(transact_write_items=write)
    with pytest.raises(ClientError, match="TransactionCanceled"):
        Fence(dynamodb, "t", 1, 1).write("t", [{"Delete": {}}])
    assert len(calls) == 5
