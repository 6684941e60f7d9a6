"""How well it is proved that AWS does what a scenario asserts: the facts that a scenario asserts, and its grade.

The facts of `test_NAME.py` are in `evidence/NAME.yaml` beside it, by scenario id (with a parameter in brackets only where that one's
facts differ). A fact names an API operation, then `error` and `status`, or `fields` of the answer, or `fact` in words; of an error that
answers requests beyond bounds, `bounds` lists these (harness/coverage/bounds.py; `*` stands for any text). `either: true` stands with
each error of which any will do, as AWS declares them all and does not say which answers. How a fact is proved is said by one of

- `recorded`: "SOURCE test", seen on AWS; SOURCE is one of sources.yaml, which has its commit, and `day` is when it was recorded;
- `quoted`: the link of a public issue that quotes AWS's own output;
- `documented`: true where the scenario's own link says it, else the link of the page that does;
- `none`: why nothing proves it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SOURCES = Path(__file__).with_name("sources.yaml")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where libyaml is: a tenth of the time


class Grade(StrEnum):
    """How strong the evidence is, strongest first."""

    RECORDED = "recorded"
    QUOTED = "quoted"
    DOCUMENTED = "documented"
    NONE = "none"

    @property
    def expects(self) -> str:
        """Return who says what the answer should be, before an answer: "AWS answers", or less where less is proved."""
        return {Grade.DOCUMENTED: "AWS documents", Grade.NONE: "unproven:"}.get(self, "AWS answers")

    @property
    def holds(self) -> str:
        """Return the same before a claim."""
        return {Grade.DOCUMENTED: "AWS documents that", Grade.NONE: "unproven:"}.get(self, "on AWS")


class EvidenceError(ValueError):
    """A fact that cannot be read; the text names file, scenario and field."""


@dataclass(frozen=True)
class Fact:
    """One thing that AWS does: `operation` answers `claim` ("NoSuchKey 404", "ETag, VersionId", or words). `error`: its code, else "".

    `source`: the test that recorded it, the link, or why there is none; "" for the scenario's own link. `status`: HTTP's, None where
    none is named. `bounds`: patterns of the bounds beyond which a request is answered so. `either`: another such fact's error will do.
    """

    operation: str
    claim: str
    grade: Grade
    source: str
    error: str = ""
    status: int | None = None
    bounds: tuple[str, ...] = ()
    either: bool = False

    def covers(self, bound: object) -> bool:
        """Return True if one of `bounds` is the name of this bound; a `*` in it stands for any text."""
        patterns = (re.escape(pattern).replace("\\*", ".*") for pattern in self.bounds)
        return any(re.fullmatch(pattern, str(bound)) for pattern in patterns)

    def __str__(self) -> str:
        """Return one line for people."""
        return f"{self.operation}: {self.claim} ({self.grade}{': ' if self.source else ''}{self.source})"


def evidence_file(test_file: Path) -> Path:
    """Return where the evidence of a test module is."""
    return test_file.parent / "evidence" / f"{test_file.stem.removeprefix('test_')}.yaml"


def facts_of(test_file: Path, scenario_id: str) -> tuple[Fact, ...]:
    """Return the facts of a scenario of `test_file`, nothing where its evidence names it not. Raises EvidenceError."""
    known = _read(evidence_file(test_file))
    return known.get(scenario_id) or known.get(scenario_id.partition("[")[0], ())


def grade_of(facts: Sequence[Fact]) -> Grade:
    """Return the grade of the weakest fact; NONE where there is no fact."""
    order = list(Grade)
    return max((fact.grade for fact in facts), key=order.index, default=Grade.NONE)


@cache
def _read(file: Path) -> Mapping[str, tuple[Fact, ...]]:
    if not file.exists():
        return {}
    content = yaml.load(file.read_text(), _LOADER) or {}  # a safe loader, see above
    return {
        name: tuple(_fact(f"{file.name}: {name}, fact {number}", fact) for number, fact in enumerate(facts, 1))
        for name, facts in content.items()
    }


def _fact(where: str, said: Mapping[str, Any]) -> Fact:
    grades = [grade for grade in Grade if grade.value in said]
    claims = [name for name in ("error", "fields", "fact") if said.get(name)]
    if len(grades) != 1 or len(claims) != 1 or not said.get("op"):
        raise EvidenceError(
            f"{where} has the fields {', '.join(said)}: give op; one of error, fields, fact; one of {', '.join(Grade)}"
        )
    grade, proof = grades[0], said[grades[0].value]
    if grade is Grade.RECORDED:
        _check_recording(where, said)
    elif grade is not Grade.NONE and not (
        (proof is True and grade is Grade.DOCUMENTED) or str(proof).startswith("https://")
    ):
        raise EvidenceError(f"{where}: {grade} {proof!r}: give a link (https://…)")
    claim = {
        "error": f"{said.get('error')} {said.get('status', '')}".strip(),
        "fields": ", ".join(map(str, said.get("fields", ()))),
        "fact": str(said.get("fact", "")),
    }[claims[0]]
    source = "" if proof is True else str(proof)
    error, bounds = str(said.get("error", "")), tuple(map(str, said.get("bounds", ())))
    either = bool(said.get("either"))
    return Fact(str(said["op"]), claim, grade, source, error, said.get("status"), bounds, either)


def _check_recording(where: str, said: Mapping[str, Any]) -> None:
    source, _, test = str(said["recorded"]).partition(" ")
    if source not in _sources() or not test:
        raise EvidenceError(
            f"{where}: recorded {said['recorded']!r}: begin with one of {', '.join(_sources())}, then name the test"
        )
    if not isinstance(said.get("day"), date):
        raise EvidenceError(f"{where}: day: give when it was recorded, as 2024-04-11")


@cache
def _sources() -> Mapping[str, Any]:
    content: dict[str, Any] = yaml.safe_load(SOURCES.read_text())
    return content
