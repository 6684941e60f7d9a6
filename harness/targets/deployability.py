"""Whether the deployed system can be judged on a target at all, by what runs there."""

from harness.targets.launching import docker_answers
from harness.targets.target import WORKLOADS, Target

_NAMES = {"lambda": "Lambda functions", "ecs": "ECS tasks", "rds": "RDS databases"}


def cannot_deploy(target: Target) -> str:
    """Why the system cannot run there, as the reason of `unsupported`; empty where it can, or where only trying tells."""
    missing = [_NAMES[one] for one in WORKLOADS if target.runs[one] == "none"]
    if missing:
        return f"{target.name} runs no {' and no '.join(missing)}"
    contained = [_NAMES[one] for one in WORKLOADS if target.runs[one] == "container"]
    if contained and not docker_answers():
        return f"{target.name} runs {' and '.join(contained)} as containers, and no Docker answers here"
    return ""
