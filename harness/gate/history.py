"""Divergences that are known, per target: known_divergences.yaml."""

from pathlib import Path

import yaml

from harness.failure import HarnessError

KNOWN_DIVERGENCES = Path(__file__).with_name("known_divergences.yaml")


def known_divergences(target: str, path: Path = KNOWN_DIVERGENCES) -> dict[str, str]:
    """Reason by test id. Raises HarnessError for an entry without test, reason or link."""
    entries = (yaml.safe_load(path.read_text()) or {}).get(target, [])
    for number, entry in enumerate(entries, 1):
        for name in ("test", "reason", "link"):
            if not entry.get(name):
                raise HarnessError(f"{path.name}: {target}, entry {number}: {name} is missing")
    return {entry["test"]: entry["reason"] for entry in entries}
