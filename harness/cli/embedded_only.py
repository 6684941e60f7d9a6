"""For commands that deal with what the harness itself starts."""

from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError
from harness.targets.registry import choose, require_reachable


def run_folder(target_name: str) -> RunFolder:
    """The run folder of a target that the harness starts; HarnessError for the others."""
    target = choose(target_name)
    if target.started_by != "harness":
        require_reachable(target)
        raise HarnessError(f"target {target.name} is not started by the harness: this command is for embedded")
    return RunFolder.of_target(target.name)
