"""The variables of this process and of all that it starts: the caller's, without those that lead a client astray."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from harness.failure import HarnessError

NEVER_PROXIED = ("127.0.0.1", "localhost", ".localhost", "::1")
NO_PROXY = ("no_proxy", "NO_PROXY")  # curl and urllib read the former first, Go both
_PROXY = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
PROXIES = (*_PROXY, *NO_PROXY)
AWS_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
PROFILE = "AWS_PROFILE"
CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", PROFILE, *AWS_FILES)
_HARMLESS = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PAGER", "AWS_DEFAULT_OUTPUT", "AWS_EC2_METADATA_DISABLED")


def child(own: Mapping[str, str], *inherited: str) -> dict[str, str]:
    """Return all variables of a process that we start: PATH and the `inherited` names as we have them, and `own`."""
    return {**{name: os.environ[name] for name in ("PATH", *inherited) if name in os.environ}, **own}


def require_profile() -> None:
    """Raises HarnessError if AWS_PROFILE names no profile: boto3 makes no client then, also where keys are given."""
    profile = os.environ.get(PROFILE)
    try:
        profiles = botocore.session.Session().available_profiles if profile else []
    except BotoCoreError as error:
        raise HarnessError(f"the AWS configuration cannot be read: {error}") from error
    if profile and profile not in profiles:
        known = ", ".join(profiles) or "none, as there is no profile"
        raise HarnessError(f"{PROFILE} is {profile!r}, expected one of {known}: name another, or unset it")


def forget_callers_aws(kept: Iterable[str]) -> tuple[str, ...]:
    """Remove from this process, and from all that it starts, the AWS variables by which an SDK would use other credentials, endpoints or
    settings than the target's, and the caller's AWS files unless they are among the `kept` names. Returns the names removed.
    """
    stays = {*_HARMLESS, *kept}
    removed = tuple(sorted(name for name in os.environ if name.startswith("AWS_") and name not in stays))
    for name in removed:
        del os.environ[name]
    os.environ.update({name: os.devnull for name in AWS_FILES if name not in stays})
    return removed


def bypass_proxies(hosts: Iterable[str]) -> None:
    """Let this process, and all that inherits its proxies, reach loopback and `hosts` without them."""
    listed = [word.strip() for name in NO_PROXY for word in os.environ.get(name, "").split(",")]
    whole = "*" if "*" in listed else ",".join(dict.fromkeys(filter(None, (*listed, *NEVER_PROXIED, *hosts))))
    os.environ.update({name: whole for name in NO_PROXY})


def proxy_exceptions() -> dict[str, str]:
    """Return what no proxy is asked for, as variables for a shell; {} where no proxy is set."""
    if not any(os.environ.get(name) for name in _PROXY):
        return {}
    return {name: os.environ[name] for name in NO_PROXY}


def endpoint_of(service: str, environment: Mapping[str, str]) -> str | None:
    """Return the endpoint of `service`: its own variable, else the common one, else None for the SDK's default."""
    special = environment.get(f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}")
    return special or environment.get("AWS_ENDPOINT_URL")


def client(service: str, environment: Mapping[str, str], config: Config | None = None) -> Any:
    """Return a boto3 client of `service` by the AWS variables of `environment`, and by none of this process."""
    session = boto3.session.Session(
        aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY"),
        aws_session_token=environment.get("AWS_SESSION_TOKEN"),
        region_name=environment["AWS_REGION"],
    )
    return session.client(service, endpoint_url=endpoint_of(service, environment), config=config)
