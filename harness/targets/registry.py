"""The registry of targets: data in targets.yaml, and what the caller's environment says beside it."""

import os
import socket
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from harness.environment import CREDENTIALS as AWS_CREDENTIALS
from harness.environment import bypass_proxies, forget_callers_aws, require_profile
from harness.failure import HarnessError
from harness.targets.target import Target, checked_endpoint, target_of

FILE = Path(__file__).parent / "targets.yaml"
DEFAULT = "embedded"
ENDPOINT = "ENDPOINT"
CREDENTIALS = "EMULATOR_CREDENTIALS"
GIVEN_CREDENTIALS = ("test", "ambient")
CA_BUNDLE = "AWS_CA_BUNDLE"
CONNECT_SECONDS = 3.0
USAGE = 3


def load(file: Path = FILE) -> dict[str, Target]:
    """Every target by name; raises HarnessError where the file is not valid."""
    content = yaml.safe_load(file.read_text())
    if not isinstance(content, dict):
        raise HarnessError(f"{file.name}: expected a mapping of target names")
    return {str(name): target_of(str(name), entry, f"{file.name}: {name}") for name, entry in content.items()}


def named(name: str, file: Path = FILE) -> Target:
    """Return the entry called `name`, whether or not it can be reached. Raises HarnessError naming the targets there are."""
    targets = load(file)
    if name not in targets:
        raise HarnessError(f"unknown target {name!r}: TARGET is one of {', '.join(targets)}", exit_status=USAGE)
    return targets[name]


def choose(name: str, file: Path = FILE) -> Target:
    """The target called `name`, where ENDPOINT and EMULATOR_CREDENTIALS of the environment say it is.

    Raises HarnessError naming the targets there are, the endpoint that is missing, or the confirmation that it wants.
    """
    target = _as_the_caller_says(named(name, file), os.environ)
    variable = target.confirmation_variable
    if variable and os.environ.get(variable) != "1":
        raise HarnessError(f"target {name} costs money and changes a real account: set {variable}=1 to go on")
    return target


def settle_environment(name: str, file: Path = FILE) -> tuple[str, ...]:
    """Rid this process, and all that it starts, of the caller's settings that lead clients of target `name` astray.

    Returns the names of the AWS variables removed: none on AWS, where the caller's own configuration counts. An unknown name is taken for
    an emulator's. Raises HarnessError if AWS_PROFILE counts and names no profile.
    """
    target = load(file).get(name)
    endpoint = os.environ.get(ENDPOINT) or (target.endpoint if target else None) or ""
    bypass_proxies(filter(None, [urlsplit(endpoint).hostname]))
    own = target is not None and bool(target.hosts)
    ambient = own or (os.environ.get(CREDENTIALS) or (target.credentials if target else "")) == "ambient"
    if ambient:
        require_profile()
    if own:
        return ()
    plain = endpoint.startswith("http:") or target is None or target.tls == "plain"
    return forget_callers_aws((*(AWS_CREDENTIALS if ambient else ()), *(() if plain else (CA_BUNDLE,))))


def require_reachable(target: Target) -> None:
    """Raises HarnessError when the target has an endpoint and nothing answers there."""
    if (reason := unreachable(target)) is not None:
        raise HarnessError(
            f"target {target.name}: nothing answers at {target.endpoint} ({reason}); start it and try again"
        )


def unreachable(target: Target) -> str | None:
    """Why nothing answers at the target's endpoint; None where something does, or where it has none of its own."""
    if target.endpoint is None:
        return None
    try:
        socket.create_connection(address_of(target.endpoint), timeout=CONNECT_SECONDS).close()
    except OSError as error:
        return error.strerror or str(error)
    return None


def address_of(endpoint: str) -> tuple[str, int]:
    """Host and port of a checked endpoint."""
    parts = urlsplit(endpoint)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _as_the_caller_says(target: Target, environment: Mapping[str, str]) -> Target:
    given = environment.get(ENDPOINT)
    if given and target.has_own_endpoints:
        raise HarnessError(
            f"target {target.name} has endpoints of its own: unset {ENDPOINT}, or take TARGET=custom", exit_status=USAGE
        )
    if target.wants_endpoint and not given:
        raise HarnessError(
            f"target {target.name} has no endpoint of its own: give {ENDPOINT}=http://HOST:PORT (or --endpoint)",
            exit_status=USAGE,
        )
    if given:
        endpoint = checked_endpoint(given, ENDPOINT)
        https = target.tls if target.tls != "plain" else "verified"
        target = replace(target, endpoint=endpoint, tls="plain" if endpoint.startswith("http:") else https)
    return _with_credentials(target, environment.get(CREDENTIALS))


def _with_credentials(target: Target, given: str | None) -> Target:
    if not given or target.has_own_endpoints:
        return target
    if given not in GIVEN_CREDENTIALS:
        choices = ", ".join(GIVEN_CREDENTIALS)
        raise HarnessError(f"{CREDENTIALS} is {given!r}, expected one of {choices}", exit_status=USAGE)
    return replace(target, credentials=given)


def require_started_here(target_name: str) -> Target:
    """Return the target, which the harness itself can start. Raises HarnessError for the others."""
    target = choose(target_name)
    if target.started_by == "user":
        require_reachable(target)
        raise HarnessError(f"target {target.name} is not started by the harness: this command is not for it")
    return target
