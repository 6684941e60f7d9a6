"""One line of an explanation, in the form that every room gives it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """How one figure came about: its field's `name`, the `rule` with its source, the `arithmetic`, and the `result` as the row has it."""

    name: str
    rule: str
    arithmetic: str
    result: str

    def to_json(self) -> dict[str, str]:
        """Return the step as it stands in the S3 calculation and in the output of `calculate --explain`."""
        return {"name": self.name, "rule": self.rule, "arithmetic": self.arithmetic, "result": self.result}


def output_row(figures: dict[str, Any], steps: Iterable[Step], *, explained: bool) -> dict[str, Any]:
    """Return a row of an output: its figures, with their `explanation` if they are to be explained. Steps are taken only then."""
    return {**figures, "explanation": [step.to_json() for step in steps]} if explained else figures
