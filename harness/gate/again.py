"""The command that runs one scenario again."""

import shlex

from harness.gate.results import Stamp


def again(stamp: Stamp, scenario: str) -> str:
    """Return the line for a shell, as `make gate TARGET=moto ONLY='sqs.attributes.wrong-values[DelaySeconds-901]'`."""
    return command_of(stamp.target, stamp.endpoint, scenario)


def command_of(target: str, endpoint: str, scenario: str) -> str:
    """Return the same for a target by its name; `endpoint` counts for a custom one."""
    variables = [("TARGET", target), *([("ENDPOINT", endpoint)] if target == "custom" else []), ("ONLY", scenario)]
    return " ".join(["make gate", *(f"{name}={shlex.quote(value.replace('$', '$$'))}" for name, value in variables)])
