"""A result document with its verdict, as the writers want it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.gate.verdict import Change, Judgement, Verdict
from harness.results.document import Run, read_run


@dataclass(frozen=True)
class Document:
    """A run, and what was judged of it; None before anybody judged."""

    run: Run
    verdict: Verdict | None = None


def read_document(file: Path) -> Document:
    """A result document. Raises HarnessError, one line, where it is missing, broken or of another form."""
    run = read_run(file)
    verdict = json.loads(file.read_text(encoding="utf-8")).get("verdict")
    return Document(run, _verdict(verdict) if verdict else None)


def _verdict(content: Mapping[str, Any]) -> Verdict:
    """From a part that the schema has passed."""
    return Verdict(
        judgement=Judgement(content["judgement"]),
        reasons=tuple(content["reasons"]),
        counts=content["counts"],
        changes=tuple(Change(one["id"], one["was"], one["now"]) for one in content["changes"]),
        notes=tuple(content.get("notes", ())),  # older documents have none
    )
