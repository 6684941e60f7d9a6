"""The tool, mutmut 3, through its command line: it makes the mutants in `mutants/`, learns which test reaches which function, and runs them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
FOLDER = CHECKOUT / "mutants"
_FINISHED = FOLDER / "finished"
_MUTMUT = str(Path(sys.executable).with_name("mutmut"))
_AT_A_TIME = 200  # names of one call: the tool matches each as a pattern, and Python remembers 256 of those
_ONE_THAT_FEW_TESTS_REACH = "domain.corporate_actions.day_count.x__thirty_e_360__mutmut_1"
_SECONDS_TO_STOP = 30
_RESULT = re.compile(r"^ {4}(?P<mutant>\S+): (?P<status>.+)$", re.MULTILINE)


class MutationError(Exception):
    """The tool could not judge: mutants not made, or tests that fail without a mutant."""


def prepare() -> None:
    """Makes the mutants of what has changed, and learns from one run of the tests which of them reach which function.

    What was copied or learnt before is thrown away; the mutants of unchanged files stay, as making them takes minutes, unless the last time was
    interrupted: the tool would take a file half written for a finished one.
    """
    if not _FINISHED.exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
    _FINISHED.unlink(missing_ok=True)
    for copied in ("docs", "examples", "rules", "terraform", "tests", "tmp"):
        shutil.rmtree(FOLDER / copied, ignore_errors=True)
    (FOLDER / "mutmut-stats.json").unlink(missing_ok=True)
    (FOLDER / "tmp").mkdir(parents=True)
    _run(_ONE_THAT_FEW_TESTS_REACH)
    _FINISHED.touch()


def judge(mutants: Sequence[str]) -> None:
    """Runs the tests that reach each of `mutants`; of none named, of all that have no result yet."""
    if not mutants:
        _run()
    for start in range(0, len(mutants), _AT_A_TIME):
        print(f"\nmutants {start + 1} to {min(start + _AT_A_TIME, len(mutants))} of {len(mutants)}", flush=True)
        _run(*mutants[start : start + _AT_A_TIME])


def results() -> dict[str, str]:
    """The status of every mutant: killed, survived, timeout, no tests, suspicious, segfault or not checked."""
    return {found["mutant"]: found["status"] for found in _RESULT.finditer(_answer("results", "--all", "True"))}


def diff(mutant: str) -> tuple[str, str, str]:
    """The file that a mutant changes, and its changed lines before and after, each without surrounding space."""
    lines = _answer("show", mutant).splitlines()
    path = next(line.removeprefix("--- ").strip() for line in lines if line.startswith("--- "))
    removed = [line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")]
    added = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    return path, "\n".join(removed), "\n".join(added)


def _answer(*arguments: str) -> str:
    done = subprocess.run(
        [_MUTMUT, *arguments],
        cwd=CHECKOUT,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise MutationError(f"mutmut {' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _run(*names: str) -> None:
    """`mutmut run`, in a process group of its own that an interrupt here ends."""
    process = subprocess.Popen(
        [_MUTMUT, "run", "--max-children", "2", *names], cwd=CHECKOUT, env=_environment(), start_new_session=True
    )
    try:
        code = process.wait()
    except KeyboardInterrupt:
        _stop(process)
        raise
    if code:
        raise MutationError(f"mutmut run ended with {code}; what it says is above")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment() -> dict[str, str]:
    """Temporary files stay in the checkout."""
    return os.environ | {"TMPDIR": str(FOLDER / "tmp"), "PYTHONUTF8": "1"}
