"""Which scenarios a defect is put to, and in which order."""

from collections.abc import Iterable
from decimal import Decimal

from harness.faults.defects import ANY, Defect
from harness.gate.results import Outcome, Run, ScenarioResult

SECURITY = "security"


def scenarios_for(defect: Defect, clean: Run, seconds: Decimal) -> list[ScenarioResult]:
    """Those that passed without defects and touch what the defect changes: its operations first, quickest first.

    No more than together took `seconds` then, but at least one of each kind (_nearness).
    """
    found = [(_nearness(defect, one), one) for one in clean.scenarios.values() if one.outcome is Outcome.PASS]
    near = [(rank, Decimal(one.seconds), one.id, one) for rank, one in found if rank is not None]
    chosen, total, kinds = [], Decimal(0), set[int]()
    for rank, took, _, one in sorted(near, key=lambda entry: entry[:3]):
        if total + took <= seconds or rank not in kinds:
            chosen.append(one)
            kinds.add(rank)
            total += took
    return chosen


def _nearness(defect: Defect, scenario: ScenarioResult) -> int | None:
    """0: judges the defect's service and touches an operation of it; 1: touches one; 2: judges its service and touches it; 3: touches it;
    4: judges it only; None: neither."""
    services = {rule.service for rule in defect.rules}
    if ANY in services:
        return 0 if scenario.lane == SECURITY else 4
    touched = {name.partition(":")[0] for name in scenario.touches}
    operations = {f"{rule.service}:{name}" for rule in defect.rules for name in rule.operations}
    judges = scenario.service in services | {defect.service}
    if operations & set(scenario.touches):
        return 0 if judges else 1
    if services & touched:
        return 2 if judges else 3
    return 4 if judges else None


def files_of(scenarios: Iterable[ScenarioResult]) -> list[str]:
    """The test files in which they are, so that only these are collected."""
    return sorted({one.test.partition("::")[0] for one in scenarios})
