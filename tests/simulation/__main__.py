"""`python -m tests.simulation [--schedules N] [--seed S]`: runs schedules, makes the first that fails smaller, and shows it.

A seed gives the same schedule again. Exit status 0: every schedule ended well; 1: one did not.
"""

import argparse
import json
import logging
import os
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from time import monotonic

from tests.own_postgres import new_database, own_postgres
from tests.simulation.plan import Plan, draw
from tests.simulation.postgres import Pool
from tests.simulation.running import Result, run
from tests.simulation.shrinking import smallest

_SHOWN = 60
_TELL_SECONDS = 10


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--schedules", type=int, default=500, help="how many (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="of the first one (default 1)")
    parser.add_argument("--no-shrink", action="store_true", help="show a failing schedule as it is")
    parser.add_argument("--traces", action="store_true", help="print the digest of each schedule's steps")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is a choice, too
        os.execve(
            sys.executable,
            [sys.executable, "-m", "tests.simulation", *sys.argv[1:]],
            {**os.environ, "PYTHONHASHSEED": "0"},
        )
    logging.disable(logging.CRITICAL)
    sys.unraisablehook = lambda _: None  # cursors of lost connections, which complain when they are collected
    with (
        tempfile.TemporaryDirectory() as folder,
        own_postgres(Path(folder) / "run") as cluster,
        closing(Pool(new_database(cluster, "simulation"))) as pool,
    ):
        return _run_all(pool, range(options.seed, options.seed + options.schedules), options)


def _run_all(pool: Pool, seeds: range, options: argparse.Namespace) -> int:
    began = told = monotonic()
    suffered: Counter[str] = Counter()
    for seed in seeds:
        plan = draw(seed)
        result = run(plan, pool)
        suffered.update(_faults(result))
        if result.violations:
            _show(plan, result, pool, not options.no_shrink)
            return 1
        if options.traces:
            print(seed, result.trace)
        if monotonic() - told > _TELL_SECONDS:
            told = monotonic()
            print(f"{seed - seeds.start + 1} of {len(seeds)} schedules, {told - began:.0f} s", flush=True)
    seconds = monotonic() - began
    print(
        f"{len(seeds)} schedules from seed {seeds.start}: none failed; {len(seeds) / seconds:.1f} a second; faults: ",
        end="",
    )
    print(", ".join(f"{count} {kind}" for kind, count in sorted(suffered.items())))
    return 0


def _faults(result: Result) -> list[str]:
    """Return the kind of each fault that a schedule suffered: the word in capitals that ends its line of the history."""
    words = (line.rpartition(": ")[2].split() for line in result.history)
    return [word.lower() for line in words for word in line if word.isupper() and len(word) > 3]


def _show(plan: Plan, result: Result, pool: Pool, shrinks: bool) -> None:
    print(f"seed {plan.seed} fails:", *result.violations[:10], sep="\n  ")
    if shrinks:
        kinds = {_kind(violation) for violation in result.violations}
        plan = smallest(plan, lambda candidate: bool(kinds & {_kind(each) for each in run(candidate, pool).violations}))
        result = run(plan, pool)
        print("made smaller:", *result.violations[:10], sep="\n  ")
    print(*result.history[-_SHOWN:], sep="\n")
    print(json.dumps(asdict(plan), default=lambda data: data.decode("latin-1")))


def _kind(violation: str) -> str:
    return violation.partition(":")[0]


if __name__ == "__main__":
    sys.exit(main())
