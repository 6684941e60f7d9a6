"""What emulator, in which version, a result is about: read from the target in the way that the registry names."""

import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any
from urllib.parse import urljoin

import psutil

from harness.embedded.run_folder import RunFolder
from harness.embedded.state import TargetState
from harness.failure import HarnessError
from harness.targets.registry import load
from harness.targets.target import IdentityPart, Target

UNKNOWN = "unknown"
SECONDS = 10
_VERSION_OF = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"


def identity(target: Target, environment: Mapping[str, str]) -> tuple[str, str]:
    """Return name and version of what answers; of several emulators each joined by " + ". Raises HarnessError as `emulators` does."""
    return joined(emulators(target, environment))


def joined(found: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """Return the names and the versions of emulators, each joined by " + "."""
    return " + ".join(name for name, _ in found), " + ".join(version for _, version in found)


def emulators(target: Target, environment: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return name and version of each emulator that answers; `unknown` where it cannot be told. `environment`: as `make -s env`.

    Emulators answer each other's addresses (many answer LocalStack's), so all entries' addresses are asked, the last entry first, and
    the first that answers says what is there: what the registry cannot read (custom, above all) is told by that. Raises HarnessError
    where it is another emulator than the target's, or its address is not there.
    """
    endpoint, bundle = environment.get("AWS_ENDPOINT_URL", ""), environment.get("AWS_CA_BUNDLE")
    readable = any(part.url or part.distribution for part in target.identity)
    seen = None if target.has_own_endpoints else _recognised(target, endpoint, bundle)
    if not readable:
        return (seen or (target.identity[0].name, UNKNOWN),)
    if seen and seen[0] not in {part.name for part in target.identity}:
        raise HarnessError(
            f"target {target.name}: what answers at {endpoint} is {seen[0]} {seen[1]}, not {_name(target)}"
        )
    return tuple((part.name, _version(target, part, endpoint, bundle)) for part in target.identity)


def tells_its_version(target: Target, endpoint: str) -> bool:
    """Whether every address that tells a version does so by now; True for a target that has none."""
    try:
        for part in target.identity:
            if part.url:
                _told(target, part, endpoint, os.environ.get("AWS_CA_BUNDLE"))
    except HarnessError:
        return False
    return True


def require_version(target: Target, found: tuple[str, str], expected: str) -> None:
    """Raises HarnessError, one line, unless the version found is the expected one."""
    name, version = found
    if version != expected:
        raise HarnessError(f"target {target.name}: {name} {version} answers, and version {expected} was expected")


def _name(target: Target) -> str:
    return " + ".join(part.name for part in target.identity)


def _recognised(target: Target, endpoint: str, bundle: str | None) -> tuple[str, str] | None:
    for part in (part for one in reversed(load().values()) for part in one.identity if part.url):
        try:
            return part.name, _told(target, part, endpoint, bundle)
        except HarnessError:
            continue
    return None


def _version(target: Target, part: IdentityPart, endpoint: str, bundle: str | None) -> str:
    if part.url:
        return _told(target, part, endpoint, bundle)
    if part.distribution:
        return _installed(part.distribution, _interpreter(target))
    return UNKNOWN


def _told(target: Target, part: IdentityPart, endpoint: str, bundle: str | None) -> str:
    url = urljoin(endpoint, part.url)
    context = ssl.create_default_context(cafile=bundle) if url.startswith("https:") else None
    try:
        with urllib.request.urlopen(url, timeout=SECONDS, context=context) as answer:
            content = json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise _other(target, part, endpoint, f"{part.url} answers {error.code}") from error
    except ValueError as error:
        raise _other(target, part, endpoint, f"{part.url} answers no JSON") from error
    except OSError as error:
        raise HarnessError(f"target {target.name}: {url} does not answer ({error})") from error
    version = reduce(_member, (part.field or "").split("."), content)
    if not isinstance(version, str):
        raise _other(target, part, endpoint, f"{part.url} tells no {part.field}")
    return version


def _member(content: Any, name: str) -> Any:
    return content.get(name) if isinstance(content, dict) else None


def _other(target: Target, part: IdentityPart, endpoint: str, seen: str) -> HarnessError:
    return HarnessError(f"target {target.name}: what answers at {endpoint} is not {part.name}: {seen}")


def _interpreter(target: Target) -> str | None:
    """The Python that the emulator runs on: ours for what our supervisor starts, else that of the process that we started."""
    if target.started_by == "harness":
        return sys.executable
    state = TargetState.read(RunFolder.of_target(target.name))
    record = next(iter(state.processes.values()), None) if state else None
    if record is None or not record.alive():
        return None
    words = psutil.Process(record.pid).cmdline()
    return words[0] if words and "python" in words[0].rpartition("/")[2] else None


def _installed(distribution: str, interpreter: str | None) -> str:
    if interpreter is None:
        return UNKNOWN
    asked = subprocess.run(
        [interpreter, "-c", _VERSION_OF, distribution], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    return asked.stdout.strip() or UNKNOWN
