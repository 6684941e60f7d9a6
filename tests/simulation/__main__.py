"""`python -m tests.simulation [--schedules N] [--seed S] [--processes P]`: runs schedules, makes the first that fails smaller, and shows it.

A seed gives the same schedule again. Exit status 0: every schedule ended well; 1: one did not.
"""

import argparse
import json
import logging
import multiprocessing
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from time import monotonic
from typing import Any

from tests.own_postgres import new_database, own_postgres
from tests.simulation.plan import Plan, draw
from tests.simulation.postgres import Pool
from tests.simulation.running import Result, run
from tests.simulation.shrinking import smallest

_SHOWN = 60
_TELL_SECONDS = 10
_PROCESSES = multiprocessing.get_context("fork")
_OWN: list[Pool] = []
"""The database of this process."""


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--schedules", type=int, default=500, help="how many (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="of the first one (default 1)")
    parser.add_argument("--processes", type=int, default=1, help="how many schedules run at a time (default 1)")
    parser.add_argument("--no-shrink", action="store_true", help="show a failing schedule as it is")
    parser.add_argument("--traces", action="store_true", help="print the digest of each schedule's steps")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is a choice, too
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda _: None  # cursors of lost connections, which complain when they are collected
    seeds = range(options.seed, options.seed + options.schedules)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as clusters:
        databases = _PROCESSES.SimpleQueue()
        cpus = sorted(os.sched_getaffinity(0))
        for number in range(options.processes):
            cpu = {cpus[number % len(cpus)]} if options.processes > 1 else set(cpus)
            os.sched_setaffinity(
                0, cpu
            )  # a process and its PostgreSQL take turns: on one CPU each wakes the other at once
            cluster = clusters.enter_context(own_postgres(Path(folder) / str(number)))
            databases.put((dsn := new_database(cluster, "simulation"), cpu))
        os.sched_setaffinity(0, cpus)
        with ProcessPoolExecutor(options.processes, _PROCESSES, _begin, (databases,)) as executor:
            failing = _first_failing(zip(seeds, executor.map(_of_seed, seeds), strict=True), seeds, options.traces)
        if failing:
            with closing(Pool(dsn)) as pool:
                _show(draw(failing[0]), failing[1], pool, not options.no_shrink)
    return 1 if failing else 0


def _begin(databases: Any) -> None:
    """Take a database for this process, which the command ends: Ctrl-C comes to all."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    dsn, cpu = databases.get()
    os.sched_setaffinity(0, cpu)
    _OWN.append(Pool(dsn))


def _of_seed(seed: int) -> tuple[Result, Counter[str]]:
    """Return a schedule's result without its history, and how many faults of each kind it suffered."""
    result = run(draw(seed), _OWN[0])
    return replace(result, history=()), Counter(_faults(result))


def _first_failing(
    results: Iterator[tuple[int, tuple[Result, Counter[str]]]], seeds: range, traces: bool
) -> tuple[int, Result] | None:
    began = told = monotonic()
    suffered: Counter[str] = Counter()
    for seed, (result, faults) in results:
        suffered += faults
        if result.violations:
            return seed, result
        if traces:
            print(seed, result.trace)
        if monotonic() - told > _TELL_SECONDS:
            told = monotonic()
            print(f"{seed - seeds.start + 1} of {len(seeds)} schedules, {told - began:.0f} s", flush=True)
    rate = f"{len(seeds) / (monotonic() - began):.1f} a second"
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(suffered.items()))
    print(f"{len(seeds)} schedules from seed {seeds.start}: none failed; {rate}; faults: {shown}")
    return None


def _faults(result: Result) -> list[str]:
    """Return the kind of each fault that a schedule suffered: the word in capitals that ends its line of the history."""
    words = (line.rpartition(": ")[2].split() for line in result.history)
    return [word.lower() for line in words for word in line if word.isupper() and len(word) > 3]


def _show(plan: Plan, result: Result, pool: Pool, shrinks: bool) -> None:
    print(f"seed {plan.seed} fails:", *result.violations[:10], sep="\n  ", flush=True)
    if shrinks:
        kinds = {_kind(violation) for violation in result.violations}
        plan = smallest(plan, lambda candidate: bool(kinds & {_kind(each) for each in run(candidate, pool).violations}))
        print("made smaller:", *run(plan, pool).violations[:10], sep="\n  ")
    print(*run(plan, pool).history[-_SHOWN:], sep="\n")
    print(json.dumps(asdict(plan), default=lambda data: data.decode("latin-1")))


def _kind(violation: str) -> str:
    return violation.partition(":")[0]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped before the last schedule")
