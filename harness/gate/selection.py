"""Which part of the scenarios a gate runs: by id, lane, service, or the quick ones. Told before anything is brought up."""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.scenarios.listing import Listed, features_of

QUICK = Path(__file__).with_name("quick.json")
"""The ids that `--quick` runs, chosen by the power run (harness/power/quick.py)."""
NEAR = 3
LISTED = 30
LONGEST = 300
COLLECTED = (0, 5)
"""pytest's exit statuses for "all collected" and "nothing to collect"."""


@dataclass(frozen=True)
class Part:
    """The scenarios chosen among `total` with `total_features`, in the order in which they run."""

    scenarios: tuple[Listed, ...]
    total: int
    total_features: int

    @classmethod
    def of(cls, scenarios: Sequence[Listed], everything: Sequence[Listed]) -> "Part":
        """Return these scenarios as a part of `everything`."""
        return cls(tuple(scenarios), len(everything), len(features_of(everything)))

    @property
    def ids(self) -> list[str]:
        """Return the ids in the order in which they run."""
        return [scenario.id for scenario in self.scenarios]

    @property
    def files(self) -> list[Path]:
        """Return the files that hold the scenarios, so that no other is collected."""
        return sorted({Path(scenario.file) for scenario in self.scenarios})

    @property
    def without_system(self) -> str:
        """Return why the system need not be deployed, or "" if a scenario asks for it."""
        needed = any(scenario.needs_system for scenario in self.scenarios)
        return "" if needed else "none of the chosen scenarios asks for it"

    @property
    def line(self) -> str:
        """Return one line: how many scenarios and features of all."""
        features = len(features_of(self.scenarios))
        return f"part: {len(self.scenarios)} of {self.total} scenarios, {features} of {self.total_features} features"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options by which a part is chosen."""
    parser.add_argument(
        "--only", metavar="ID[,ID…]", help="these scenarios; without brackets an id means all of its parameters"
    )
    parser.add_argument("--lane", metavar="LANE[,LANE…]", help="the scenarios of these lanes, as 'data plane'")
    parser.add_argument(
        "--service", metavar="NAME[,NAME…]", help="the scenarios about these services, by boto3's names"
    )
    parser.add_argument(
        "--quick", action="store_true",
        help="what catches most in a minute after apply: chosen by planted defects caught per second",
    )  # fmt: skip


def options_of(arguments: argparse.Namespace) -> list[str]:
    """Return the options that `add_arguments` read, as words of a command line."""
    given = [(f"--{name}", getattr(arguments, name)) for name in ("only", "lane", "service")]
    return [word for option, value in given if value for word in (option, value)] + ["--quick"] * arguments.quick


def chosen(arguments: argparse.Namespace, suites: Sequence[Path]) -> Part | None:
    """Return the part asked for, which takes some seconds of collecting; None if all is asked for.

    Raises HarnessError, one line with near matches, for an unknown id, lane or service, and if nothing is both.
    """
    if not options_of(arguments):
        return None
    scenarios = everything = collected(arguments.target, suites)
    if arguments.quick:
        scenarios = list(quick_part(everything).scenarios)
    if arguments.only:
        names = {name for scenario in everything for name in (scenario.id, _base(scenario.id))}
        _require_known("scenario", _words(arguments.only), names)
        scenarios = _by_id(_words(arguments.only), scenarios)
    for kind, asked in (("lane", arguments.lane), ("service", arguments.service)):
        if asked:
            _require_known(kind, _words(asked), {getattr(scenario, kind) for scenario in everything})
            scenarios = [scenario for scenario in scenarios if getattr(scenario, kind) in _words(asked)]
    if not scenarios:
        raise HarnessError(f"{' '.join(options_of(arguments))}: no scenario is all of this: leave one option out")
    return Part.of(scenarios, everything)


def quick_part(everything: Sequence[Listed]) -> Part:
    """Return the scenarios that `--quick` runs, the most catching first."""
    return Part.of(
        _by_id([scenario["id"] for scenario in json.loads(QUICK.read_text())["scenarios"]], everything), everything
    )


def collected(target: str, suites: Sequence[Path]) -> list[Listed]:
    """Return the scenarios of these files and folders. Raises HarnessError, one line, if pytest cannot collect them."""
    with tempfile.TemporaryDirectory(prefix="scenarios-") as folder:
        file = Path(folder) / "scenarios.json"
        command = [
            sys.executable, "-m", "pytest", "-c", str(CHECKOUT / "pyproject.toml"), "-q", "-n0", "--collect-only",
            "-p", "no:cacheprovider", "-p", "harness.scenarios.listing", "--list-scenarios", str(file),
            "--target", target, *map(str, suites),
        ]  # fmt: skip
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        if done.returncode not in COLLECTED:
            said = " ".join(done.stderr.split())[:LONGEST] or done.stdout.strip().rpartition("\n")[2]
            raise HarnessError(f"the scenarios cannot be collected (pytest exit status {done.returncode}): {said}")
        return [
            Listed(**{**scenario, "shared": tuple(scenario["shared"])}) for scenario in json.loads(file.read_text())
        ]


def _words(text: str) -> list[str]:
    """Return what commas part, but for those in the brackets of a parameter."""
    return [word for part in re.findall(r"(?:\[[^\]]*\]|[^,[])+", text) if (word := part.strip())]


def _base(name: str) -> str:
    return name.partition("[")[0]


def _by_id(names: Sequence[str], scenarios: Sequence[Listed]) -> list[Listed]:
    """Return the scenarios of these ids in the order of the names."""
    named = (scenario for name in names for scenario in scenarios if name in (scenario.id, _base(scenario.id)))
    return list(dict.fromkeys(named))


def _require_known(kind: str, names: Sequence[str], known: Collection[str]) -> None:
    if unknown := [_unknown(kind, name, known) for name in names if name not in known]:
        raise HarnessError("; ".join(unknown))


def _unknown(kind: str, name: str, known: Collection[str]) -> str:
    alike = {known_name for known_name in known if "[" in name or "[" not in known_name}
    near = list(dict.fromkeys(_near(name, alike)))[:NEAR] or sorted(alike)[:LISTED]
    return f"there is no {kind} {name!r}: give {' or '.join(near)}"


def _near(name: str, known: Collection[str]) -> Iterator[str]:
    yield from get_close_matches(name, sorted(known), NEAR)
    yield from (known_name for known_name in sorted(known) if known_name.startswith(name))
