"""One line of an explanation, in the form that every room gives it."""

from dataclasses import dataclass


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
