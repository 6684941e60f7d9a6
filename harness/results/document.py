"""The result document of one run: what the recorder found, as data that verdict, reports, matrix and baseline read."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import jsonschema

from harness.embedded.run_folder import write_whole
from harness.failure import HarnessError
from harness.results.verdict import Verdict

SCHEMA = Path(__file__).with_name("results.schema.json")
VERSION = 1


class Outcome(StrEnum):
    """design.md, "Outcomes of a scenario on a target"."""

    PASS = "pass"
    FAIL = "fail"
    UNSUPPORTED = "unsupported"
    INDETERMINATE = "indeterminate"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, secrets masked, bodies cut; `status` None: no answer came. `seconds` is a decimal text.

    `decided`: the scenario's outcome rests on this one. `left_out`: how many requests just before it are not shown.
    """

    service: str
    operation: str
    method: str
    url: str
    request_headers: Mapping[str, str]
    request_body: str
    status: int | None
    response_headers: Mapping[str, str]
    response_body: str
    seconds: str
    decided: bool = False
    left_out: int = 0


@dataclass(frozen=True)
class ScenarioResult:
    """What one scenario said of the target. `detail`: one sentence that says why, unless it passed.

    `touches`: sorted `service:Operation`. `exchanges`: of a scenario that did not pass, what led to the one that decided, without
    clean-up. `latencies`: seconds as decimal texts by the name of what was measured (`p50`, `p95`, `p99`), of performance scenarios.
    `grade`: how well it is proved that AWS does what the scenario asserts; `evidence`: a line for each fact, of a scenario that did not
    pass (harness/scenarios/evidence.py). `trouble` counts by "service kind" what went wrong on the way to its answers: `sqs late`,
    `sqs reset`, `sqs retried`. `setup_seconds`: what its fixtures took.
    """

    id: str
    service: str
    feature: str
    lane: str
    aws: str
    test: str
    outcome: Outcome
    detail: str = ""
    seconds: str = "0"
    attempts: int = 1
    touches: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    latencies: Mapping[str, str] = field(default_factory=dict)
    grade: str = "none"
    evidence: tuple[str, ...] = ()
    trouble: Mapping[str, int] = field(default_factory=dict)
    setup_seconds: str = "0"

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ScenarioResult":
        """What `as_json` gave."""
        exchanges = tuple(Exchange(**exchange) for exchange in content["exchanges"])
        changed = {"outcome": Outcome(content["outcome"]), "touches": tuple(content["touches"]), "exchanges": exchanges}
        changed["evidence"] = tuple(content.get("evidence", ()))
        return cls(**{**content, **changed})

    def as_json(self) -> dict[str, Any]:
        """Plain values for a file."""
        return {**asdict(self), "outcome": self.outcome.value}


@dataclass(frozen=True)
class Canary:
    """One question asked of the target before it is judged."""

    name: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True)
class Stamp:
    """What was judged, when, by which commit of ours, on what machine. Instants RFC 3339 in UTC."""

    target: str
    endpoint: str
    emulator: str
    emulator_version: str
    commit: str
    machine: str
    started_at: str
    finished_at: str


@dataclass(frozen=True)
class Run:
    """Everything one run of the gate found. `known`: reason by scenario id, of divergences on file; `verdict`: None before it is judged."""

    stamp: Stamp
    scenarios: Mapping[str, ScenarioResult]
    canaries: tuple[Canary, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    broke_off: str = ""
    verdict: Verdict | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        return {
            **({"verdict": self.verdict.as_json()} if self.verdict else {}),
            "schema": VERSION,
            "stamp": asdict(self.stamp),
            "canaries": [{**asdict(canary), "outcome": canary.outcome.value} for canary in self.canaries],
            "known_divergences": dict(sorted(self.known.items())),
            "broke_off": self.broke_off,
            "scenarios": [self.scenarios[name].as_json() for name in sorted(self.scenarios)],
        }


def read_run(file: Path) -> Run:
    """A result document. Raises HarnessError, one line, where it is missing, broken or of another form."""
    try:
        content = json.loads(file.read_text())
        jsonschema.validate(content, json.loads(SCHEMA.read_text()))
    except OSError as error:
        raise HarnessError(f"{file}: {error.strerror}; name a result document of the gate") from error
    except ValueError as error:
        raise HarnessError(f"{file}: not JSON ({error}); name a result document of the gate") from error
    except jsonschema.ValidationError as error:
        raise HarnessError(f"{file}: not a result of the gate: {error.json_path}: {error.message[:200]}") from error
    return Run(
        stamp=Stamp(**content["stamp"]),
        scenarios={scenario["id"]: ScenarioResult.from_json(scenario) for scenario in content["scenarios"]},
        canaries=tuple(
            Canary(canary["name"], Outcome(canary["outcome"]), canary["detail"]) for canary in content["canaries"]
        ),
        known=content["known_divergences"],
        broke_off=content["broke_off"],
        verdict=Verdict.from_json(content["verdict"]) if "verdict" in content else None,
    )


def write_document(file: Path, content: Mapping[str, Any]) -> None:
    """Write a document as JSON with sorted keys, whole or not at all; its folder is made where it is missing."""
    write_whole(file, json.dumps(content, indent=1, sort_keys=True) + "\n")
