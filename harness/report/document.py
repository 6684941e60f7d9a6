"""A result document with its verdict, as the writers want it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.gate.results import Run, read_run


@dataclass(frozen=True)
class Change:
    """A scenario whose outcome is not that of the accepted result. `was` None: it is new; `now` None: it did not run."""

    id: str
    was: str | None
    now: str | None


@dataclass(frozen=True)
class Verdict:
    """The document's `verdict` part. `divergence` and `coverage`: decimals from 0 to 1, None where nothing was judged."""

    judgement: str
    reasons: tuple[str, ...]
    counts: Mapping[str, int]
    divergence: str | None
    coverage: str | None
    changes: tuple[Change, ...]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Verdict":
        """From a part that the schema has passed."""
        return cls(
            judgement=content["judgement"],
            reasons=tuple(content["reasons"]),
            counts=content["counts"],
            divergence=content["divergence"],
            coverage=content["coverage"],
            changes=tuple(Change(one["id"], one["was"], one["now"]) for one in content["changes"]),
        )


@dataclass(frozen=True)
class Document:
    """A run, and what was judged of it; None before anybody judged."""

    run: Run
    verdict: Verdict | None = None


def read_document(file: Path) -> Document:
    """A result document. Raises HarnessError, one line, where it is missing, broken or of another form."""
    run = read_run(file)
    verdict = json.loads(file.read_text(encoding="utf-8")).get("verdict")
    return Document(run, Verdict.from_json(verdict) if verdict else None)
