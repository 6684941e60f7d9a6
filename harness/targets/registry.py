"""Reads the registry of targets and refuses what is not valid, naming target and field."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from harness.failure import HarnessError

FILE = Path(__file__).parent / "targets.yaml"
DEFAULT = "embedded"
CHOICES: Mapping[str, tuple[str, ...]] = {
    "started_by": ("harness", "user"),
    "credentials": ("started", "ambient", "test"),
    "provider": ("embedded", "registry"),
    "tls": ("plain", "verified"),
}
CONNECT_SECONDS = 3.0


@dataclass(frozen=True)
class Target:
    """One entry. `confirmation_variable` must be 1 in the environment before anything is done there."""

    name: str
    endpoint: str | None
    started_by: str
    credentials: str
    provider: str
    tls: str
    confirmation_variable: str | None = None


def load(file: Path = FILE) -> dict[str, Target]:
    """Every target by name; raises HarnessError where the file is not valid."""
    content = yaml.safe_load(file.read_text())
    if not isinstance(content, dict):
        raise HarnessError(f"{file.name}: expected a mapping of target names")
    return {name: _target(str(name), entry, file) for name, entry in content.items()}


def choose(name: str, file: Path = FILE) -> Target:
    """The target called `name`; raises HarnessError naming those there are, or the confirmation that it wants."""
    targets = load(file)
    if name not in targets:
        raise HarnessError(f"unknown target {name!r}: TARGET is one of {', '.join(targets)}", exit_status=3)
    target = targets[name]
    variable = target.confirmation_variable
    if variable and os.environ.get(variable) != "1":
        raise HarnessError(f"target {name} costs money and changes a real account: set {variable}=1 to go on")
    return target


def require_reachable(target: Target) -> None:
    """Raises HarnessError when the target has an endpoint and nothing answers there."""
    if target.endpoint is None:
        return
    parts = urlsplit(target.endpoint)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 443), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise HarnessError(
            f"target {target.name}: nothing answers at {target.endpoint} ({reason}); start it and try again"
        ) from error


def _target(name: str, entry: Any, file: Path) -> Target:
    if not isinstance(entry, dict):
        raise HarnessError(f"{file.name}: {name}: expected a mapping")
    known = {one.name for one in fields(Target)} - {"name"}
    unknown, missing = entry.keys() - known, known - entry.keys() - {"confirmation_variable"}
    if unknown or missing:
        wrong = [f"unknown {one}" for one in sorted(unknown)] + [f"missing {one}" for one in sorted(missing)]
        raise HarnessError(f"{file.name}: {name}: {', '.join(wrong)}")
    for field, choices in CHOICES.items():
        if entry[field] not in choices:
            raise HarnessError(
                f"{file.name}: {name}: {field} is {entry[field]!r}, expected one of {', '.join(choices)}"
            )
    _check_endpoint(name, entry["endpoint"], file)
    return Target(name=name, **entry)


def _check_endpoint(name: str, endpoint: Any, file: Path) -> None:
    if endpoint is None:
        return
    parts = urlsplit(str(endpoint))
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise HarnessError(f"{file.name}: {name}: endpoint is {endpoint!r}, expected an http or https URL")
