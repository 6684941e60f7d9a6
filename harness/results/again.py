"""The command that runs one scenario again."""

import shlex

from harness.results.document import Stamp


def again(stamp: Stamp, scenario: str) -> str:
    """Return the shell command that judges one scenario again, as `make gate TARGET=moto ONLY='sqs.tags[x]'`."""
    return command_of(stamp.target, stamp.endpoint, scenario)


def command_of(target: str, endpoint: str, scenario: str) -> str:
    """Return the command that `again` returns, for a target by its name. `endpoint` is used for the target custom only."""
    variables = [("TARGET", target), *([("ENDPOINT", endpoint)] if target == "custom" else []), ("ONLY", scenario)]
    return " ".join(["make gate", *(f"{name}={shlex.quote(value.replace('$', '$$'))}" for name, value in variables)])
