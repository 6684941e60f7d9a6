"""`python -m tests.fuzz [PARSER…] [--runs N] [--seed N]`: fuzzes each parser in turn; exit status 1 where a fault was found.

Needs `requirements/fuzz.lock`. What is kept is in `.run/fuzz/<parser>/`: the smallest input of each fault (`*.input`), its traceback
(`*.txt`), the inputs that reached new code (`corpus/`), the tool's log. `--again FILE` reads one such input outside the tool.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.fuzz.corpus import CHECKOUT, SEEDS, dictionary

FOLDER = CHECKOUT / ".run" / "fuzz"


def main() -> int:
    """Exit status: 0 no fault, 1 faults, 2 a run that did not finish."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("parsers", nargs="*", metavar="PARSER", help=f"one of {', '.join(SEEDS)}; default all")
    parser.add_argument("--runs", type=int, default=1_000_000, help="inputs for each parser, default 1,000,000")
    parser.add_argument("--seed", type=int, default=1, help="draws other inputs")
    parser.add_argument(
        "--again", type=Path, metavar="FILE", help="reads this input with the one PARSER, and shows what it raises"
    )
    options = parser.parse_args()
    if unknown := set(options.parsers) - set(SEEDS):
        parser.error(f"unknown parser {', '.join(sorted(unknown))}; known: {', '.join(SEEDS)}")
    if options.again:
        return _again(options.parsers, options.again)
    os.nice(10)
    return max(_fuzz(name, options.runs, options.seed) for name in options.parsers or SEEDS)


def _again(names: list[str], file: Path) -> int:
    from tests.fuzz import reading

    accepted = getattr(reading, names[0])(file.read_bytes())
    print("accepted" if accepted else "refused")
    return 0


def _fuzz(name: str, runs: int, seed: int) -> int:
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    for inner in ("corpus", "seeds"):
        (folder / inner).mkdir(parents=True)
    seeds = list(SEEDS[name]())
    for index, data in enumerate(seeds):
        (folder / "seeds" / f"{index:04d}").write_bytes(data)
    (folder / "words.dict").write_bytes(dictionary(seeds))
    command = [sys.executable, "-m", "tests.fuzz.child", name, str(folder), str(runs), str(seed)]
    with (folder / "log").open("wb") as log:
        ended = subprocess.run(command, cwd=CHECKOUT, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
    return _report(name, folder, runs, ended)


def _report(name: str, folder: Path, runs: int, ended: int) -> int:
    result = folder / "result.json"
    nothing = {"inputs": 0, "seconds": 0, "processor": 0, "kinds": []}
    told = json.loads(result.read_text(encoding="utf-8")) if result.exists() else nothing
    covered = re.findall(rb"(?:INITED|NEW|REDUCE|DONE).* cov: ([0-9]+)", (folder / "log").read_bytes()) or [b"0"]
    print(
        f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ} {name}: {told['inputs']:,} inputs in {told['seconds']:.0f} s,"
        f" {told['processor']:.0f} s of them the processor's; {told.get('accepted', 0):,} accepted;"
        f" {int(covered[0]):,} branches by the seeds, {int(covered[-1]):,} in the end;"
        f" {told.get('faults', 0):,} faults of {len(told['kinds'])} kinds",
        flush=True,
    )
    for kind in told["kinds"]:
        print(f"  {kind}: {folder / kind}.input", flush=True)
    if told["inputs"] < runs:
        print(f"  {name} ended early with status {ended}: {folder / 'log'} says why", flush=True)
        return 2
    return 1 if told["kinds"] else 0


if __name__ == "__main__":
    sys.exit(main())
