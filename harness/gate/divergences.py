"""Divergences that are known, by emulator: known_divergences.yaml."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

from harness.failure import HarnessError

KNOWN_DIVERGENCES = Path(__file__).with_name("known_divergences.yaml")
Emulator = tuple[str, str]
"""Name and version, as harness/targets/identity.py tells them."""


def known_divergences(target: str, emulators: Iterable[Emulator], path: Path = KNOWN_DIVERGENCES) -> dict[str, str]:
    """Return what is known of these emulators on `target`: by scenario id the version since which, the reason and the link.

    Raises HarnessError for an entry without scenario, reason, link or since, and for a second one of a scenario.
    """
    content = yaml.safe_load(path.read_text()) or {}
    entries = [(name, version, entry) for name, version in emulators for entry in _checked(path, name, content)]
    return {
        entry["scenario"]: f"since {name} {entry['since']}: {entry['reason']}, see {entry['link']}"
        for name, version, entry in entries
        if target in entry.get("targets", [target]) and _counts_from(str(entry["since"]), version)
    }


def _checked(path: Path, emulator: str, content: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of one emulator."""
    entries: list[dict[str, Any]] = content.get(emulator, [])
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        where = f"{path.name}: {emulator}, entry {number}"
        for field in ("scenario", "reason", "link", "since"):
            if not entry.get(field):
                raise HarnessError(f"{where}: {field} is missing")
        if not str(entry["link"]).startswith("https://"):
            raise HarnessError(f"{where}: link {entry['link']!r} is no https address")
        if entry["scenario"] in seen:
            raise HarnessError(f"{where}: a second entry of {entry['scenario']}")
        seen.add(entry["scenario"])
    return entries


def _counts_from(since: str, version: str) -> bool:
    """Return True if `version` is `since` or newer, or cannot be compared with it: an unknown version is taken for a new one."""
    try:
        return Version(version) >= Version(since)
    except InvalidVersion:
        return True
