"""One run of one parser, in a process of its own: atheris ends the process when it has finished."""

import gc
import json
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from random import Random
from types import FrameType

import atheris

with atheris.instrument_imports(include=["domain", "functions", "servicing_engine"]):
    from tests.fuzz import reading

from tests.fuzz.mutating import change

SECONDS_OF_ONE_INPUT = 5
"""Of the processor, for an input of at most MOST_BYTES; a busy machine is no fault."""
MOST_BYTES = 8192
MOST_MEGABYTES = 2048
_MOST_FAULTS = 50


class TooSlowError(Exception):
    """An input that takes longer than SECONDS_OF_ONE_INPUT."""


class Run:
    """Counts what became of the inputs, and keeps the smallest input of each fault in `folder`."""

    def __init__(self, parser: str, folder: Path, runs: int) -> None:
        self._read = getattr(reading, parser)
        self._folder, self._runs = folder, runs
        self._counts: Counter[str] = Counter()
        self._faults: dict[str, int] = {}
        self._began = time.monotonic()
        self._reading, self._ticks = False, 0

    def one_input(self, data: bytes) -> None:
        """Read one input; an exception is a fault, which is kept, and the run goes on."""
        self._counts["inputs"] += 1
        self._reading, self._ticks = True, 0
        try:
            self._counts["accepted"] += bool(self._read(data))
        except Exception as error:  # noqa: BLE001 - whatever it is, it was not declared
            self._keep(error, data)
        finally:
            self._reading = False
        if self._counts["inputs"] % 2000 == 0 or self._counts["inputs"] >= self._runs:
            self._tell()

    def tick(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a second of the processor. Raises TooSlowError in an input that is being read since SECONDS_OF_ONE_INPUT of them."""
        self._ticks += 1
        if self._reading and self._ticks > SECONDS_OF_ONE_INPUT:
            self._ticks = 0
            raise TooSlowError(f"more than {SECONDS_OF_ONE_INPUT} s")

    def _keep(self, error: Exception, data: bytes) -> None:
        name = fault_of(error)
        self._counts["faults"] += 1
        if len(data) < self._faults.get(name, 1 << 30) and (name in self._faults or len(self._faults) < _MOST_FAULTS):
            self._faults[name] = len(data)
            (self._folder / f"{name}.input").write_bytes(data)
            (self._folder / f"{name}.txt").write_text("".join(traceback.format_exception(error)), encoding="utf-8")

    def _tell(self) -> None:
        seconds = round(time.monotonic() - self._began, 1)
        processor = round(time.process_time(), 1)
        told = dict(self._counts) | {"seconds": seconds, "processor": processor, "kinds": sorted(self._faults)}
        (self._folder / "result.json").write_text(json.dumps(told), encoding="utf-8")


def fault_of(error: Exception) -> str:
    """Return a name of the fault: the exception (of an oracle its name) and the line of ours that raised it."""
    ours = [each for each in traceback.extract_tb(error.__traceback__) if "tests/fuzz" not in each.filename]
    ours = [each for each in ours if "/domain/" in each.filename or "/functions/" in each.filename] or ours
    oracle = f"-{str(error).partition(':')[0]}" if type(error).__name__ == "Broken" else ""
    place = f"-{Path(ours[-1].filename).stem}-{ours[-1].lineno}" if ours and not oracle else ""
    return f"{type(error).__name__}{oracle}{place}"


def main(parser: str, folder: Path, runs: int, seed: int) -> None:
    """Fuzz until `runs` inputs have been read; does not return."""
    run = Run(parser, folder, runs)
    signal.signal(signal.SIGVTALRM, run.tick)
    signal.setitimer(signal.ITIMER_VIRTUAL, 1, 1)
    seeds = [path.read_bytes() for path in sorted((folder / "seeds").iterdir())]

    def mutate(data: bytes, most: int, number: int) -> bytes:
        chance = Random(number)
        if chance.random() < 0.3:
            return atheris.Mutate(data, most)
        start = (
            bytes(data) if chance.random() < 0.5 else chance.choice(seeds)
        )  # what reached new code is mostly refused
        return change(start, chance, chance.choice(seeds))[:most]

    options = [
        f"-runs={runs}",
        f"-seed={seed}",
        f"-max_len={MOST_BYTES}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        "-timeout=7200",
    ]
    options += [f"-dict={folder}/words.dict", f"-artifact_prefix={folder}/", "-print_final_stats=1", "-len_control=0"]
    atheris.Setup(
        [sys.argv[0], *options, str(folder / "corpus"), str(folder / "seeds")], run.one_input, custom_mutator=mutate
    )
    gc.freeze()  # what was imported is not looked at again in each collection
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
