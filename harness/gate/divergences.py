"""Divergences that are known, per target: known_divergences.yaml."""

from pathlib import Path

import yaml

from harness.failure import HarnessError

KNOWN_DIVERGENCES = Path(__file__).with_name("known_divergences.yaml")


def known_divergences(target: str, path: Path = KNOWN_DIVERGENCES) -> dict[str, str]:
    """Reason by scenario id, with the version that was seen and the link.

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
        reasons[entry["scenario"]] = "{reason} ({seen}, {link})".format_map(entry)
    return reasons
