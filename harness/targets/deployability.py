"""Whether what is deployed on a target can run there, by what the registry says of it."""

from harness.targets.launching import docker_answers
from harness.targets.target import WORKLOADS, Target

_NAMES = {"lambda": "Lambda functions", "ecs": "ECS tasks", "rds": "RDS databases"}


def cannot_run(target: Target, *workloads: str) -> str:
    """Why these of `lambda`, `ecs` and `rds` do not run there: the reason of `unsupported`. Empty where they do, or only trying tells."""
    missing = [_NAMES[one] for one in workloads if target.runs[one] == "none"]
    if missing:
        return f"{target.name} runs no {' and no '.join(missing)}"
    contained = [_NAMES[one] for one in workloads if target.runs[one] == "container"]
    if contained and not docker_answers():
        return f"{target.name} runs {' and '.join(contained)} as containers, and no Docker answers here"
    return ""


def cannot_deploy(target: Target) -> str:
    """Why the system cannot run there: it needs them all."""
    return cannot_run(target, *WORKLOADS)
