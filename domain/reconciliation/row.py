"""One comparison: what two sides say of one key, and which inputs it looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from domain.exact import plain

Input = tuple[str, str]
"""(kind of input, its key)."""


@dataclass(frozen=True, slots=True)
class Row:
    """Units or None on each side; an empty `code` where both agree."""

    kind: str
    key: str
    ours: Fraction | None
    theirs: Fraction | None
    code: str
    likely_cause: str
    uses: frozenset[Input]

    def to_json(self) -> dict[str, Any]:
        """As it stands in the report; difference = theirs - ours."""
        difference = None if self.ours is None or self.theirs is None else plain(self.theirs - self.ours)
        return {
            "kind": self.kind,
            "key": self.key,
            "code": self.code,
            "ours": None if self.ours is None else plain(self.ours),
            "theirs": None if self.theirs is None else plain(self.theirs),
            "difference": difference,
            "likely_cause": self.likely_cause,
        }


def row(
    kind: str,
    key: str,
    sides: tuple[Fraction | None, Fraction | None],
    finding: tuple[str, str],
    uses: Iterable[Input],
) -> Row:
    """`sides` ours and theirs; `finding` a code and its likely cause, which is left out where the code is empty."""
    code, cause = finding
    return Row(kind, key, *sides, code, cause if code else "", frozenset(uses))


AGREED = ("", "")
