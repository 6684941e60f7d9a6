"""A scenario: what one test judges, read from its marks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest

from harness.scenarios.documentation import LinkError, link
from harness.scenarios.evidence import Fact, Grade, grade_of

MARK = "scenario"
scenario = pytest.mark.scenario
"""Makes a test a scenario: `@scenario("kms.keys.disabled", service=, feature=, lane=, aws="kms:DisableKey")`."""
ID = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)+")


class Lane(StrEnum):
    """What kind of promise a scenario tests."""

    CONTROL_PLANE = "control plane"
    DATA_PLANE = "data plane"
    SECURITY = "security"
    PERFORMANCE = "performance"
    RESILIENCE = "resilience"


@dataclass(frozen=True)
class Scenario:
    """`id` never changes; `service` is boto3's name, `feature` a few words, `aws` the address of the page that says what AWS does,
    `facts` what the test asserts of AWS, with its evidence."""

    id: str
    service: str
    feature: str
    lane: Lane
    aws: str
    facts: tuple[Fact, ...] = ()

    @property
    def grade(self) -> Grade:
        """Return how well it is proved that AWS does so: the grade of the weakest fact."""
        return grade_of(self.facts)


class ScenarioError(ValueError):
    """A test whose marks do not make a scenario; the text names what is wrong."""


def scenario_of(marks: Iterable[tuple[tuple[Any, ...], Mapping[str, Any]]], parameter: str = "") -> Scenario:
    """From a test's marks, nearest first, as (args, kwargs); `parameter` is what pytest puts in brackets.

    A row whose own mark has an id takes no parameter. Raises ScenarioError.
    """
    said: dict[str, Any] = {}
    for args, kwargs in marks:
        for name, value in {**({"id": args[0]} if args else {}), **kwargs}.items():
            said.setdefault(name, value)
    missing = [name for name in ("id", "service", "feature", "lane", "aws") if not said.get(name)]
    unknown = sorted(said.keys() - {"id", "service", "feature", "lane", "aws"})
    if missing or unknown:
        problems = [*(f"no {name}" for name in missing), *(f"unknown {name}" for name in unknown)]
        raise ScenarioError(f"the scenario mark has {', '.join(problems)}")
    if not ID.fullmatch(said["id"]):
        raise ScenarioError(f"id {said['id']!r}: give words in lower case joined by dots, as sqs.redrive.after-limit")
    try:
        address = link(str(said["aws"]))
    except LinkError as error:
        raise ScenarioError(f"aws {error}") from error
    if said["lane"] not in set(Lane):
        raise ScenarioError(f"lane {said['lane']!r}: one of {', '.join(Lane)}")
    name = f"{said['id']}[{parameter}]" if parameter else said["id"]
    return Scenario(name, said["service"], said["feature"], Lane(said["lane"]), address)
