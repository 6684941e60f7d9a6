"""What a peer's failing tests and our scenarios say of one emulator, behaviour by behaviour.

A behaviour is a scenario, or a test that no scenario asks. It is wrong in the peer's eyes if one of its tests fails, and in ours if the
scenario does not pass. A test that fails because of an error's wording alone says nothing of a behaviour: no scenario asks for wording.
"""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from harness.failure import HarnessError
from harness.results.document import Outcome, Run

MAPPING = Path(__file__).with_name("dynamodb_conformance.yaml")
_WORDING = re.compile(r"AssertionError: expected '(?=[^']* )(?:[^'\\]|\\.)*' to (?:be|match|contain) ")
"""A text of several words is not the expected one: it is no code, and no value of an item."""
_FILE = re.compile(r"tests/(.+)\.test\.ts$")


class Agreement(StrEnum):
    """What we say of a behaviour that the peer finds wrong, or (the last) the peer of one that we find wrong."""

    BOTH = "both find it"
    NEAR = "another case of its scenario finds it"
    MISSED = "we miss it"
    NOT_JUDGED = "we do not judge it"
    WORDING = "wording alone"
    OURS_ALONE = "we alone find it"


@dataclass(frozen=True)
class PeerResult:
    """What became of the peer's tests, each `file::title` without folder `tests` and ending: `failed` with its first line, and `passed`."""

    failed: Mapping[str, str]
    passed: frozenset[str]

    def wrong(self, test: str) -> bool:
        """Return True if the test fails for more than wording."""
        return test in self.failed and not _WORDING.match(self.failed[test])


def read_peer(file: Path) -> PeerResult:
    """Return what vitest's JSON reporter wrote. Raises HarnessError for a file that is missing or has another form."""
    try:
        suites = json.loads(file.read_text())["testResults"]
        tests = [(_FILE.search(suite["name"]), test) for suite in suites for test in suite["assertionResults"]]
        by_name = {f"{at[1]}::{test['title']}": test for at, test in tests if at}
    except OSError as error:
        raise HarnessError(f"{file}: {error.strerror}: name what `vitest run --reporter=json` wrote") from error
    except (ValueError, KeyError, TypeError) as error:
        raise HarnessError(f"{file}: no result of vitest ({error!r}): run it with --reporter=json") from error
    failed = {name: test for name, test in by_name.items() if test["status"] == "failed"}
    lines = {name: ([*test.get("failureMessages", []), ""])[0].partition("\n")[0] for name, test in failed.items()}
    return PeerResult(lines, frozenset(name for name, test in by_name.items() if test["status"] == "passed"))


def read_mapping(file: Path = MAPPING) -> Mapping[str, list[str]]:
    """Return the peer's tests by the id of the scenario that asks the same, or by `not judged: REASON`."""
    content: dict[str, list[str]] = yaml.safe_load(file.read_text())
    return content


def compare(peer: PeerResult, ours: Run, mapping: Mapping[str, list[str]]) -> Mapping[Agreement, list[str]]:
    """Return behaviours by agreement: scenario ids, and tests where no scenario asks."""
    by_agreement: dict[Agreement, list[str]] = defaultdict(list)
    for asked, tests in mapping.items():
        wrong = [test for test in tests if peer.wrong(test)]
        if wrong and asked.startswith("not judged"):
            by_agreement[Agreement.NOT_JUDGED] += [f"{test} ({asked})" for test in wrong]
        elif wrong:
            by_agreement[_ours(asked, ours)].append(asked)
        elif asked in ours.scenarios and _wrong(asked, ours) and peer.passed.issuperset(tests):
            by_agreement[Agreement.OURS_ALONE].append(asked)
    known = {test for tests in mapping.values() for test in tests}
    for test in sorted(peer.failed):
        if not peer.wrong(test):
            by_agreement[Agreement.WORDING].append(test)
        elif test not in known:
            by_agreement[Agreement.NOT_JUDGED].append(test)
    return by_agreement


def share(by_agreement: Mapping[Agreement, list[str]]) -> tuple[int, int]:
    """Return (found by us, found by the peer) in behaviours."""
    judged = [Agreement.BOTH, Agreement.NEAR, Agreement.MISSED, Agreement.NOT_JUDGED]
    return len(by_agreement.get(Agreement.BOTH, ())), sum(len(by_agreement.get(which, ())) for which in judged)


def _ours(scenario: str, ours: Run) -> Agreement:
    if scenario not in ours.scenarios:
        return Agreement.NOT_JUDGED
    if _wrong(scenario, ours):
        return Agreement.BOTH
    family = [other for other in ours.scenarios if other.partition("[")[0] == scenario.partition("[")[0]]
    return Agreement.NEAR if any(_wrong(other, ours) for other in family) else Agreement.MISSED


def _wrong(scenario: str, ours: Run) -> bool:
    result: Any = ours.scenarios[scenario]
    return result.outcome in {Outcome.FAIL, Outcome.UNSUPPORTED}
