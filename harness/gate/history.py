"""Results on file, per target: the latest, and the latest that was accepted (its verdict was pass)."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from harness.failure import HarnessError
from harness.gate.outcomes import Result, as_json, from_json
from harness.gate.verdict import Judgement, Verdict

KNOWN_DIVERGENCES = Path(__file__).with_name("known_divergences.yaml")


class History:
    """Files in `folder`: latest.json and accepted.json."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.latest = folder / "latest.json"
        self.accepted = folder / "accepted.json"

    def accepted_results(self) -> dict[str, Result]:
        """By test id; empty before the first pass. Raises HarnessError where the file is broken."""
        if not self.accepted.exists():
            return {}
        try:
            return from_json(json.loads(self.accepted.read_text())["results"])
        except (ValueError, KeyError, TypeError) as error:
            raise HarnessError(f"{self.accepted}: not a gate result ({error}); remove it to accept afresh") from error

    def record(self, verdict: Verdict, results: Mapping[str, Result], at: datetime) -> None:
        """Writes the latest; a pass becomes the accepted one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content: dict[str, Any] = {
            "verdict": verdict.judgement.value,
            "at": at.isoformat(),
            "reasons": list(verdict.reasons),
            "counts": dict(verdict.counts),
            "results": as_json(results),
        }
        for file in (self.latest, *([self.accepted] if verdict.judgement is Judgement.PASS else [])):
            draft = file.with_suffix(".draft")
            draft.write_text(json.dumps(content, indent=1, sort_keys=True))
            draft.replace(file)


def known_divergences(target: str, path: Path = KNOWN_DIVERGENCES) -> dict[str, str]:
    """Reason by scenario id.

    Raises HarnessError for an entry without scenario, reason, link or the version where it was seen, and for a second one of a scenario.
    """
    reasons: dict[str, str] = {}
    for number, entry in enumerate((yaml.safe_load(path.read_text()) or {}).get(target, []), 1):
        where = f"{path.name}: {target}, entry {number}"
        for name in ("scenario", "reason", "link", "seen"):
            if not entry.get(name):
                raise HarnessError(f"{where}: {name} is missing")
        if not str(entry["link"]).startswith("https://"):
            raise HarnessError(f"{where}: link {entry['link']!r} is no https address")
        if entry["scenario"] in reasons:
            raise HarnessError(f"{where}: a second entry of {entry['scenario']}")
        reasons[entry["scenario"]] = entry["reason"]
    return reasons
