"""What schedules rest on: who runs, how time passes, and what becomes of those who wait for a lock of PostgreSQL or die."""

from contextlib import closing
from datetime import timedelta
from functools import partial
from random import Random

import pytest

from tests.own_postgres import new_database, own_postgres
from tests.simulation.postgres import Connection, Pool
from tests.simulation.scheduler import BEGINNING, Process, Scheduler, StuckError


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    with (
        own_postgres(tmp_path_factory.mktemp("run")) as cluster,
        closing(Pool(new_database(cluster, "scheduler"))) as made,
    ):
        yield made


@pytest.fixture
def scheduler(pool):
    made = Scheduler(Random(1), pool.is_blocked, pool.terminate)
    yield made
    made.end()


def test_time_passes_only_when_nobody_can_run(scheduler):
    seen = []

    def sleeper():
        scheduler.sleep(3_600)
        seen.append(("woken", scheduler.now >= BEGINNING + timedelta(hours=1)))

    def runner():
        for _ in range(3):
            scheduler.pause("step")
        seen.append(("ran", scheduler.now < BEGINNING + timedelta(minutes=1)))

    scheduler.start("sleeper", Process("a", scheduler), sleeper)
    scheduler.start("runner", Process("b", scheduler), runner)
    scheduler.run(1_000, lambda: False)
    assert seen == [("ran", True), ("woken", True)]


def test_who_waits_for_a_lock_lets_others_run_and_goes_on_when_it_is_free(scheduler, pool):
    order = []

    def hold(name, connection):
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(1)")
            order.append(f"{name} has it")
            for _ in range(20):
                scheduler.pause("holding")
            order.append(f"{name} gives it")

    connections = [Connection(pool, scheduler, lambda: False) for _ in range(3)]
    for number, connection in enumerate(connections):
        scheduler.start(str(number), Process(str(number), scheduler), partial(hold, number, connection))
    scheduler.run(1_000, lambda: False)
    for connection in connections:
        connection.close()
    assert [line.partition(" ")[2] for line in order] == ["has it", "gives it"] * 3
    assert len({line.partition(" ")[0] for line in order}) == 3


def test_a_process_that_dies_does_nothing_more_and_its_transaction_is_gone(scheduler, pool):
    process, done = Process("dies", scheduler), []
    connection = Connection(pool, scheduler, lambda: False)

    def work():
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO calculated_events VALUES ('CA-1', 1)")
            done.append("wrote")
            scheduler.idle(lambda: False)
            done.append("went on")

    def kill():
        scheduler.idle(lambda: bool(done))
        scheduler.kill(process)

    scheduler.start("worker", process, work)
    scheduler.start("killer", Process("kills", scheduler), kill)
    scheduler.run(1_000, lambda: False)
    connection.close()
    with pool.look.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM calculated_events")
        assert (done, cursor.fetchone()) == (["wrote"], (0,))


def test_an_actor_that_raises_ends_the_schedule(scheduler):
    def fail():
        raise ZeroDivisionError("a fault of ours")

    scheduler.start("fails", Process("a", scheduler), fail)
    with pytest.raises(ZeroDivisionError, match="a fault of ours"):
        scheduler.run(10, lambda: False)


def test_a_schedule_that_never_rests_is_stuck(scheduler):
    def spin():
        while True:
            scheduler.pause("again")

    scheduler.start("spins", Process("a", scheduler), spin)
    with pytest.raises(StuckError, match="50 steps were not enough"):
        scheduler.run(50, lambda: False)
