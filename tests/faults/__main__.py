"""`python -m tests.faults [--schedules N] [--seed S]`: an upgrade, each failpoint of each effect once, then schedules of random faults.

Brings up an embedded instance of its own with the fault layer (`.run/faults`, or RUN_FOLDER), and takes it down at the end. A seed draws
the same life and faults again; which step comes when is the machine's. Exit status 0: all was survived; 1: not; 2: it could not be told.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from time import monotonic

from harness.failure import HarnessError
from harness.interruption import uninterrupted
from harness.notification_tap import notification_tap
from harness.results.document import write_document
from harness.system import running_system
from harness.targets.registry import settle_environment
from tests.faults import telling
from tests.faults.backlog import backlog
from tests.faults.emulator import emulator_killed
from tests.faults.failpoints import failpoints
from tests.faults.kinds import TIME_OUTS
from tests.faults.listing import drawable, each_failpoint, effects_of
from tests.faults.oracle import Oracle
from tests.faults.running import Result, draw_faults, run
from tests.faults.upgrade import upgraded
from tests.faults.world import World

TARGET = "embedded"
RUNS = telling.CHECKOUT / ".run" / "faults"
RESULTS = RUNS / "results.json"


def main() -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--schedules", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--seed", type=int, default=1, help="of the first one (default 1)")
    parser.add_argument(
        "--failpoints", type=int, metavar="N", help="only so many of the failpoints, drawn by the seed (default: all)"
    )
    parser.add_argument(
        "--no-emulator", action="store_true", help="do not kill the emulator at the end, and apply again"
    )
    parser.add_argument(
        "--backlog",
        type=int,
        metavar="N",
        help="also start the engine on N records that wait, and compare its memory with that on a tenth (10000 take minutes)",
    )
    parser.add_argument("--record", action="store_true", help=f"write {telling.PAGE.relative_to(telling.CHECKOUT)}")
    parser.add_argument("--keep", action="store_true", help="leave the instance up")
    options = parser.parse_args()
    os.environ.setdefault("RUN_FOLDER", str(RUNS / "instance"))
    os.environ |= {"FAULT_LAYER": "1", "TF_VAR_time_outs": TIME_OUTS}
    settle_environment(TARGET)
    try:
        with _instance(options.keep) as world:
            return _judge(world, options)
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status


@contextmanager
def _instance(keep: bool) -> Iterator[World]:
    try:
        if _harness("apply"):
            raise HarnessError("the instance did not come up: see above")
        yield World.of(running_system(TARGET))
    finally:
        if not keep:
            with uninterrupted():
                _harness("down")


def _harness(command: str) -> int:
    """Return the exit status of a command of the harness, whose progress goes to standard error."""
    line = [sys.executable, "-m", "harness", command, "--target", TARGET]
    return subprocess.run(line, stdout=subprocess.DEVNULL, check=False).returncode


def _judge(world: World, options: argparse.Namespace) -> int:
    began, done = monotonic(), telling.Run.begun(" ".join(["python -m tests.faults", *sys.argv[1:]]))
    world.clear()
    with notification_tap(world.system) as tap:
        oracle = Oracle(world, tap)
        try:
            for result in _results(world, oracle, done, options):
                print(result.line, flush=True)
                write_document(RESULTS, done.as_json())  # all so far, as a run may be interrupted
        finally:
            world.clear()
        said = [backlog(world, oracle, options.backlog)] if options.backlog else []
    print("\n".join(["", *telling.effects_table(done.listed), "", *telling.kinds_table(done.schedules), ""]))
    if not options.no_emulator:
        said.append(emulator_killed(world, lambda: _harness("apply")))
    print("\n".join(said))
    if options.record:
        telling.PAGE.write_text(telling.page([done], said))
    print(f"{telling.summary(done.listed, done.schedules)}; {monotonic() - began:.0f} s; {RESULTS}")
    return int(any(result.violations for result in (*done.listed.values(), *done.schedules)))


def _results(world: World, oracle: Oracle, done: telling.Run, options: argparse.Namespace) -> Iterator[Result]:
    """Judge all that was asked for; give each result once it is in `done`."""
    for result in upgraded(world, oracle, options.seed):
        done.schedules.append(result)
        yield result
    points = failpoints(effects_of(world, oracle, options.seed))
    chosen = points if options.failpoints is None else Random(options.seed).sample(points, options.failpoints)
    for point, result in each_failpoint(world, oracle, chosen, options.seed):
        done.listed[point] = result
        yield result
    for seed in range(options.seed, options.seed + options.schedules):
        result = run(world, oracle, f"seed {seed}", *draw_faults(seed, drawable(points)))
        done.schedules.append(result)
        yield result


if __name__ == "__main__":
    sys.exit(main())
