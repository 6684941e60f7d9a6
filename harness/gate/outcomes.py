"""What each test said of the target, read from pytest's JUnit file."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

from harness.failure import HarnessError


class Outcome(StrEnum):
    """design.md, "Outcomes of a scenario on a target"."""

    PASS = "pass"
    FAIL = "fail"
    UNSUPPORTED = "unsupported"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True)
class Result:
    """The outcome of one test and, unless it passed, one line that says why."""

    outcome: Outcome
    detail: str = ""


TRANSPORT = (
    "EndpointConnectionError",
    "ConnectionClosedError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionRefusedError",
    "ThrottlingException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "psycopg2.OperationalError",
)
"""Error names by which a failure says nothing about the answer. A deadline that passes while the target answers is a wrong
answer, so it is not here."""

PASSED_AGAINST_EXPECTATION = "[XPASS(strict)]"
"""How pytest reports a known divergence that passed."""


def read_results(junit: Path) -> dict[str, Result]:
    """The results by test id (`tests.integration.test_x::test_name[parameter]`).

    Raises HarnessError where the file is missing or broken.
    """
    try:
        root = ElementTree.parse(junit).getroot()
    except (OSError, ElementTree.ParseError) as error:
        raise HarnessError(f"no results to judge: {junit.name}: {error}") from error
    results: dict[str, Result] = {}
    for case in root.iter("testcase"):
        test_id = f"{case.get('classname')}::{case.get('name')}"
        # A test that fails and whose teardown fails too has two entries: the first trouble counts.
        if results.get(test_id, Result(Outcome.PASS)).outcome is Outcome.PASS:
            results[test_id] = _result(case)
    return results


def as_json(results: Mapping[str, Result]) -> dict[str, dict[str, str]]:
    """Plain values for a file."""
    return {test_id: {"outcome": result.outcome.value, "detail": result.detail} for test_id, result in results.items()}


def from_json(content: Mapping[str, Mapping[str, str]]) -> dict[str, Result]:
    """What `as_json` wrote."""
    return {test_id: Result(Outcome(item["outcome"]), item["detail"]) for test_id, item in content.items()}


def _result(case: ElementTree.Element) -> Result:
    skipped = case.find("skipped")
    if skipped is not None:  # A known divergence that failed, as expected, is a failure all the same.
        outcome = Outcome.FAIL if skipped.get("type") == "pytest.xfail" else Outcome.UNSUPPORTED
        return Result(outcome, skipped.get("message", ""))
    trouble = next((found for kind in ("failure", "error") if (found := case.find(kind)) is not None), None)
    if trouble is None:
        return Result(Outcome.PASS)
    message = trouble.get("message", "").strip()
    if message.startswith(PASSED_AGAINST_EXPECTATION):
        return Result(Outcome.PASS)
    indeterminate = any(name in f"{message}\n{trouble.text or ''}" for name in TRANSPORT)
    return Result(Outcome.INDETERMINATE if indeterminate else Outcome.FAIL, message.split("\n", 1)[0][:300])
