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


def known_divergences(entry: str, emulators: Iterable[Emulator], path: Path = KNOWN_DIVERGENCES) -> dict[str, str]:
    """Return what is known of these emulators, by scenario id: the version since which, the reason and the link.

    `entry`: the target's entry of the registry, or that of the emulator recognised there.

    Raises HarnessError for an entry without scenario, reason, link or since, and for a second one of a scenario.
    """
    content = yaml.safe_load(path.read_text()) or {}
    listed = [(name, version, known) for name, version in emulators for known in _checked(path, name, content)]
    return {
        scenario: f"since {name} {known['since']}: {known['reason']}, see {known['link']}"
        for name, version, known in listed
        for scenario in _scenarios(known)
        if entry in known.get("targets", [entry]) and _counts_from(str(known["since"]), version)
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
        if twice := seen.intersection(_scenarios(entry)):
            raise HarnessError(f"{where}: a second entry of {', '.join(sorted(twice))}")
        seen.update(_scenarios(entry))
    return entries


def _scenarios(entry: dict[str, Any]) -> list[str]:
    """Return the ids of an entry: one, or several of a kind."""
    named = entry["scenario"]
    return list(named) if isinstance(named, list) else [named]


def _counts_from(since: str, version: str) -> bool:
    """Return True if `version` is `since` or newer, or cannot be compared with it: an unknown version is taken for a new one."""
    try:
        return Version(version) >= Version(since)
    except InvalidVersion:
        return True
