"""`python -m harness soak`: feeds a running system at a steady rate, measures it meanwhile, and says whether it could go on for ever."""

import argparse
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from time import monotonic

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.soak.feeding import Feeding, UnderWay
from harness.soak.judgement import LEAST_SAMPLES, growths, trends
from harness.soak.mix import Mix
from harness.soak.samples import CLOSING, FEEDING, OPENING, Samples
from harness.system import running_system
from harness.verification import command as verify

MINUTES, RATE, SECONDS_A_SAMPLE = 60.0, 100.0, 30.0
SECONDS_BETWEEN_LOOKS = 5.0
SECONDS_WITHOUT_PROGRESS = 300.0
HELD_PERCENT = 95.0
"""Of the rate that was asked for, how much must have been put: less says that the stream or this machine was too slow."""
FLAT, GREW, NOT_JUDGED, USAGE, INTERRUPTED = 0, 1, 2, 3, 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how long, how fast, and how often it is measured."""
    parser.add_argument("--minutes", type=float, default=MINUTES, metavar="N", help="how long to feed (default: 60)")
    parser.add_argument("--rate", type=float, default=RATE, metavar="N", help="records a second (default: 100)")
    parser.add_argument(
        "--every", type=float, default=SECONDS_A_SAMPLE, metavar="SECONDS", help="between samples (default: 30)"
    )
    parser.epilog = (
        "Accounts, securities and events are its own, and stay. Ctrl-C ends it and shows what was measured. Exit status: 0 memory is"
        " flat, lag does not grow and all invariants hold; 1 not so; 2 not judged; 3 usage; 130 Ctrl-C."
    )


def run(arguments: argparse.Namespace) -> int:
    """Feed, wait until all is done, verify; print the quantities and the verdict, and return the exit status."""
    minutes, rate = arguments.minutes, arguments.rate
    if min(minutes, rate, arguments.every) <= 0:
        raise HarnessError("--minutes, --rate and --every take numbers above 0", USAGE)
    system, began = running_system(arguments.target), datetime.now(UTC)
    file = CHECKOUT / ".run" / "soak" / f"{system.target}-{began:%Y%m%dT%H%M%SZ}.csv"
    under_way = UnderWay(system)
    mix = Mix(uuid.uuid4().hex[:6].upper(), round(minutes * 60 * rate))
    feeding = Feeding(system, mix, under_way)
    samples = Samples(system, feeding, under_way, file, _tell)
    _tell(
        f"soak of {system.target} from {began:%FT%TZ}: {rate:g} records a second for {minutes:g} min; samples: {file}"
    )
    try:
        feeding.put_all(list(mix.opening()))
        _come_to_rest(samples, OPENING)
        put, seconds = _feed(samples, rate, minutes * 60, arguments.every)
        feeding.put_all(list(mix.closing()))
        _come_to_rest(samples, CLOSING)
    except KeyboardInterrupt:
        _tell("interrupted; measured until now:")
        _show(samples)
        return INTERRUPTED
    _show(samples)
    problems = [*growths(samples.fed, rate)]
    if put / seconds < rate * HELD_PERCENT / 100:
        problems.append(f"{put} records were put in {seconds:.0f} s: {put / seconds:.1f} a second of {rate:g}")
    return _judged(arguments.target, problems, len(samples.fed))


def _tell(line: str) -> None:
    print(line, flush=True)


def _feed(samples: Samples, rate: float, seconds: float, every: float) -> tuple[int, float]:
    """Feed, with a sample now and then; return how many records were put, and in how many seconds."""
    began, before, stopping = monotonic(), samples.feeding.put, threading.Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        fed = pool.submit(samples.feeding.run, rate, seconds, stopping)
        try:
            number = 1
            while not wait([fed], timeout=max(0.0, began + number * every - monotonic())).done:
                samples.take(FEEDING, began)
                number = max(number, int((monotonic() - began) / every)) + 1
        finally:
            stopping.set()
        fed.result()
        took = monotonic() - began
    samples.take(FEEDING, began)
    return samples.feeding.put - before, took


def _come_to_rest(samples: Samples, phase: str) -> None:
    """Sample until nothing is unfinished. Raises HarnessError if nothing has come to its end for five minutes."""
    began = moved = monotonic()
    least, pause = float("inf"), threading.Event()
    while left := samples.take(phase, began):
        if left < least:
            least, moved = left, monotonic()
        elif monotonic() - moved > SECONDS_WITHOUT_PROGRESS:
            raise HarnessError(
                f"{left:.0f} records, requests and outbox rows are unfinished, and none has ended for"
                f" {SECONDS_WITHOUT_PROGRESS:g} s: `make status` says what is stuck"
            )
        pause.wait(SECONDS_BETWEEN_LOOKS)


def _show(samples: Samples) -> None:
    """Print a line for each quantity of the samples that were taken while feeding, and what became of the records."""
    if samples.fed:
        _tell("\n".join(_table(samples)))
    outcomes = ", ".join(f"{count} {state}" for state, count in sorted(samples.under_way.outcomes.items()))
    _tell(f"outcomes: {outcomes or 'none'}")


def _table(samples: Samples) -> Iterator[str]:
    found = trends(samples.fed)
    width = max(map(len, found))
    yield f"{'':<{width}} {'first':>12} {'median':>12} {'last':>12} {'an hour':>12}"
    for name, trend in found.items():
        columns = (trend.first, trend.median, trend.last, trend.an_hour)
        yield f"{name:<{width}} " + " ".join(f"{value:>12,.1f}" for value in columns)


def _judged(target: str, problems: list[str], count: int) -> int:
    """Run `verify`, print the verdict and return the exit status."""
    whole = verify.run(argparse.Namespace(target=target, seconds=verify.BOUND_SECONDS, most=verify.MOST, json=False))
    if whole == verify.VIOLATED:
        problems.append("invariants are violated: see above")
    for problem in problems:
        _tell(f"not so: {problem}")
    if problems:
        _tell("soak: fail")
        return GREW
    if whole != verify.HOLDS or count < LEAST_SAMPLES:
        few = f"{count} samples, {LEAST_SAMPLES} are needed: feed for longer, or sample more often with --every"
        _tell(f"soak: not judged ({few if count < LEAST_SAMPLES else 'not every invariant could be judged'})")
        return NOT_JUDGED
    _tell("soak: pass (memory is flat, lag does not grow, all invariants hold)")
    return FLAT
