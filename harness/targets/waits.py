"""How long the waits of a process are, by the target that it works on."""

from harness.deadline import stretch
from harness.failure import HarnessError
from harness.targets.docker import docker_answers
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.targets.target import CONTAINER_WAYS, Target


def stretch_waits(target_name: str) -> None:
    """Make the waits of this process as long as the target wants them. Raises HarnessError if WAIT_FACTOR is not valid."""
    stretch(lambda: _factor_of(target_name))


def wait_factor(target: Target) -> float:
    """Return the entry's wait_factor; 1 if it is for containers and none can run, as no Docker answers."""
    contained = not {*CONTAINER_WAYS, "unknown"}.isdisjoint(target.runs.values())
    return 1.0 if contained and not docker_answers() else target.wait_factor


def _factor_of(target_name: str) -> float:
    try:
        return wait_factor(running(choose(target_name)))
    except HarnessError:
        return 1.0  # the command itself says what is wrong with the name
