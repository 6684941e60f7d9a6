"""How a deployment's record comes about: what was reached, or what the error says that ended it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError
from harness.results.deployment import APPLIED, IMPOSSIBLE, REFUSED, Deployment, Refusal
from harness.terraform.driver import TerraformError

_BY_TERRAFORM = re.compile(
    r"operation error (?P<service>[^:]+): (?P<operation>\w+),.*?StatusCode: (?P<status>\d+)"
    r"(?:, RequestID: [^,]*)?, (?:api error )?(?P<answer>.*)",
    re.DOTALL,
)
"""The words of AWS's SDK for Go, which the registry's provider quotes; our stand-in uses the same."""
_BY_BOTO3 = re.compile(r"An error occurred \(\w+\) when calling the (?P<operation>\w+) operation.*", re.DOTALL)
LONGEST_ANSWER = 600


NO_TASK = "no engine task runs: "


class EngineError(HarnessError):
    """The infrastructure is applied, and no engine task runs, for the reason given; the record keeps the reason alone."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"{NO_TASK}{reason}")


class CodeError(HarnessError):
    """The functions' code could not be shipped: the text quotes the deploy step."""


@dataclass
class Draft:
    """What a deployment has reached. `provider`: embedded or registry; `absent`: services switched off, with reasons."""

    provider: str = ""
    absent: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def recorded(run: RunFolder) -> Iterator[Draft]:
    """Write the record of the deployment that the block makes, also where it raises; the error goes on to the caller."""
    before = Deployment.read(run)
    draft, outcome, reason, refusal, engine = Draft(before.provider if before else ""), APPLIED, "", None, ""
    try:
        yield draft
    except EngineError as error:
        engine = str(error).removeprefix(NO_TASK)
        raise
    except (HarnessError, KeyboardInterrupt) as error:
        refusal = _refusal(error)
        outcome, reason = (REFUSED if refusal else IMPOSSIBLE), str(error) or "interrupted"
        raise
    finally:
        Deployment(outcome, reason, refusal, draft.absent, engine, draft.provider).write(run)


def _refusal(error: BaseException) -> Refusal | None:
    if isinstance(error, TerraformError):
        return refusal_in(error.diagnostics)
    match = _BY_BOTO3.search(str(error)) if isinstance(error, CodeError) else None
    return Refusal("deploy_functions.py", f"lambda:{match['operation']}", match[0][:LONGEST_ANSWER]) if match else None


def refusal_in(diagnostics: Iterable[tuple[str, str]]) -> Refusal | None:
    """Return the first diagnostic (resource, text) in which the target answered with an error; None if there is none.

    Status 0 means that no answer came, so nothing was refused.
    """
    for resource, text in diagnostics:
        match = _BY_TERRAFORM.search(text)
        if match and match["status"] != "0":
            call = f"{match['service'].lower().replace(' ', '')}:{match['operation']}"
            return Refusal(resource, call, f"{match['status']} {' '.join(match['answer'].split())}"[:LONGEST_ANSWER])
    return None
