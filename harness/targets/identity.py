"""What emulator, in which version, a result is about: read from the target in the way that the registry names."""

import http.client
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from typing import Any
from urllib.parse import urljoin

import psutil

from harness.embedded.run_folder import RunFolder
from harness.embedded.state import TargetState
from harness.failure import HarnessError
from harness.targets.docker import image_digest
from harness.targets.launching import EMULATOR
from harness.targets.registry import CREDENTIALS, load
from harness.targets.target import IdentityPart, Target

UNKNOWN = "unknown"
SECONDS = 10
STARTING = 503
TRAITS = (
    "entry", "runs", "lacks", "companion", "api_base_url_template", "image_registry", "task_credentials", "database_access",
    "health", "wait_factor",
)  # fmt: skip
"""What a target whose own emulator is not known takes from the entry of the emulator that answers there."""
_VERSION_OF = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


def identity(target: Target, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return name and version of what answers; of several emulators each joined by " + ". Raises HarnessError as `emulators` does."""
    return joined(emulators(target, environment))


def joined(answering: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the names and the versions of emulators, each joined by " + "."""
    return " + ".join(name for name, _ in answering), " + ".join(version for _, version in answering)


def emulators(target: Target, environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return name and version of each emulator that answers; `unknown` where it cannot be told. `environment`: as `make -s env`.

    A companion is one of them, after those of the entry. Emulators answer each other's addresses (many answer LocalStack's), so all
    entries' addresses are asked, the last entry first, and the first that answers says what is there: what the registry cannot read
    (custom, above all) is told by that. Raises HarnessError where it is another emulator than the target's, or its address is not there.
    """
    endpoint, bundle = environment.get("AWS_ENDPOINT_URL", ""), environment.get("AWS_CA_BUNDLE")
    seen = None if target.has_own_endpoints else _recognised(target, endpoint, bundle)
    if not _readable(target):
        part = seen[1] if seen else target.identity[0]
        version = _version(target, part, endpoint, bundle) if seen else UNKNOWN
        return ((part.name, version), *_beside(seen[0] if seen else target))
    if seen and seen[1].name not in {part.name for part in target.identity}:
        other = f"{seen[1].name} {_version(target, seen[1], endpoint, bundle)}"
        raise HarnessError(f"target {target.name}: what answers at {endpoint} is {other}, not {_name(target)}")
    own = ((part.name, _version(target, part, endpoint, bundle)) for part in target.identity)
    return tuple(dict.fromkeys((*own, *_beside(target))))  # embedded's own Moto is its companion too


def _beside(target: Target) -> tuple[tuple[str, str], ...]:
    """Return the Moto that answers for some services beside the emulator, where the target has such a companion."""
    return (("Moto", _installed("moto", sys.executable) or UNKNOWN),) if target.companion else ()


def running(target: Target) -> Target:
    """Return `target` with the TRAITS of the entry whose emulator answers at its endpoint; ask it once the target is up.

    A target that names an emulator of its own, has endpoints of its own, or is not recognised is returned as it is. Root keys of the
    entry are taken unless the caller chose credentials.
    """
    if target.has_own_endpoints or target.endpoint is None or _readable(target):
        return target
    seen = _recognised(target, target.endpoint, os.environ.get("AWS_CA_BUNDLE"))
    if seen is None:
        return target
    entry = seen[0]
    keys = ("credentials", "root") if entry.root_keys and not os.environ.get(CREDENTIALS) else ()
    return replace(target, **{name: getattr(entry, name) for name in (*TRAITS, *keys)})


def is_ready(target: Target, endpoint: str) -> bool:
    """Return True if the emulator takes requests: its `health` answers 200, else its version addresses tell, else anything answers."""
    bundle = os.environ.get("AWS_CA_BUNDLE")
    if target.health or not any(part.url for part in target.identity):
        status = _answered(urljoin(endpoint, target.health or "/"), bundle)[0]
        return status == 200 if target.health else status is not None
    try:
        for part in target.identity:
            if part.url:
                _told(target, part, endpoint, bundle)
    except HarnessError:
        return False
    return True


def require_version(target: Target, emulator: tuple[str, str], expected: str) -> None:
    """Raises HarnessError, one line, unless the version found, or that of the first of several emulators, is the expected one."""
    name, version = emulator
    if expected not in (version, version.partition(" + ")[0]):
        raise HarnessError(f"target {target.name}: {name} {version} answers, and version {expected} was expected")


def _name(target: Target) -> str:
    return " + ".join(part.name for part in target.identity)


def _readable(target: Target) -> bool:
    return any(part.url or part.distribution for part in target.identity)


def _recognised(target: Target, endpoint: str, bundle: str | None) -> tuple[Target, IdentityPart] | None:
    """Return the entry whose emulator answers, and the part of its identity that told so."""
    for entry in reversed(load().values()):
        for part in entry.identity:
            if part.url:
                with suppress(HarnessError):
                    _told(target, part, endpoint, bundle)
                    return entry, part
    return None


def _version(target: Target, part: IdentityPart, endpoint: str, bundle: str | None) -> str:
    told = _told(target, part, endpoint, bundle) if part.url else None
    installed = _installed(part.distribution, _interpreter(target)) if part.distribution else None
    return told or installed or (part.url and image_digest(endpoint)) or UNKNOWN


def _told(target: Target, part: IdentityPart, endpoint: str, bundle: str | None) -> str | None:
    """Return the version, or None where the address tells the emulator only. Raises HarnessError where another emulator answers."""
    url = urljoin(endpoint, part.url)
    status, content = _answered(url, bundle)
    if status is None:
        raise HarnessError(f"target {target.name}: {url} does not answer ({content})")
    if status // 100 != 2 and not (status == STARTING and part.field is None):  # Moto's answers 201
        raise _other(target, part, endpoint, f"{part.url} answers {status}")
    try:
        known = json.loads(content)
    except ValueError as error:
        raise _other(target, part, endpoint, f"{part.url} answers no JSON") from error
    if part.field is None and isinstance(known, dict):
        return None
    version = reduce(_member, (part.field or "").split("."), known)
    if not isinstance(version, str):
        raise _other(target, part, endpoint, f"{part.url} tells no {part.field}")
    return version


def _answered(url: str, bundle: str | None) -> tuple[int | None, str]:
    """Return status and body of a GET, or None and the reason where no answer came."""
    context = ssl.create_default_context(cafile=bundle) if url.startswith("https:") else None
    try:
        with urllib.request.urlopen(url, timeout=SECONDS, context=context) as answer:
            return answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return None, str(error)


def _member(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None


def _other(target: Target, part: IdentityPart, endpoint: str, seen: str) -> HarnessError:
    return HarnessError(f"target {target.name}: what answers at {endpoint} is not {part.name}: {seen}")


def _interpreter(target: Target) -> str | None:
    """The Python that the emulator runs on: ours for what our supervisor starts, else that of the process that we started."""
    if target.started_by == "harness":
        return sys.executable
    state = TargetState.read(RunFolder.of_target(target.name))
    record = state.processes.get(EMULATOR) if state else None
    if record is None or not record.alive():
        return None
    words = psutil.Process(record.pid).cmdline()
    return words[0] if words and "python" in words[0].rpartition("/")[2] else None


def _installed(distribution: str, interpreter: str | None) -> str | None:
    if interpreter is None:
        return None
    asked = subprocess.run(
        [interpreter, "-c", _VERSION_OF, distribution], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return asked.stdout.strip() or None
