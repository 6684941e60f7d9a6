"""For commands that deal with what the harness itself starts."""

from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError
from harness.targets.registry import choose, require_reachable
from harness.targets.target import Target


def require_started_here(target_name: str) -> Target:
    """The target, where the harness can start it; HarnessError for the others."""
    target = choose(target_name)
    if target.started_by == "user":
        require_reachable(target)
        raise HarnessError(f"target {target.name} is not started by the harness: this command is not for it")
    return target


def run_folder(target_name: str) -> RunFolder:
    """The run folder of a target that the harness starts; HarnessError for the others."""
    return RunFolder.of_target(require_started_here(target_name).name)
