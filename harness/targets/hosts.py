"""Nothing leaves for a host that is not the target's: an audit hook of the interpreter refuses the connection before it is made.

What goes through Python's sockets is seen, so botocore, urllib3, urllib and the standard library. What a C library or another process
connects itself (libpq, Terraform) is not: for libpq, ask `require_allowed` before.
"""

import ipaddress
import socket
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from harness.targets.target import Target

ENDPOINT_VARIABLES = "AWS_ENDPOINT_URL"
DATABASE_VARIABLE = "PGHOST"
NAMED = ("socket.getaddrinfo", "socket.gethostbyname")
CONNECTED = ("socket.connect", "socket.sendto", "socket.sendmsg")


class HostRefusedError(BaseException):
    """A connection to a host that is not the target's.

    No Exception: a client would take that for a fault of transport, and try again.
    """


@dataclass
class _Guard:
    """What is in force: names and addresses that may be asked for, and `refused`, hosts that somebody asked for in vain."""

    target: Target
    allowed: frozenset[str]
    loopback: bool
    resolved: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def permits(self, host: str) -> bool:
        if host in self.allowed or host in self.resolved or any(_below(host, name) for name in self.allowed):
            return True
        return self.loopback and _is_loopback(host)

    def require(self, host: str) -> None:
        if self.permits(host):
            return
        self.refused.append(host)
        permitted = ", ".join(sorted(self.allowed)) or "none"
        raise HostRefusedError(
            f"target {self.target.name}: no connection to {host}, which is not a host of it ({permitted}): give the client"
            " the target's endpoint, or name the host in its entry of targets.yaml (hosts)"
        )


_in_force: _Guard | None = None
_installed = False


def hosts_of(environment: Mapping[str, str]) -> frozenset[str]:
    """The hosts that a target's variables name (`make -s env`): of its endpoints and of its database."""
    urls = [value for name, value in environment.items() if name.startswith(ENDPOINT_VARIABLES)]
    hosts = {urlsplit(url).hostname or "" for url in urls} | {environment.get(DATABASE_VARIABLE, "")}
    return frozenset(host.lower() for host in hosts if host)


def guard(target: Target, allowed_hosts: Iterable[str]) -> None:
    """From now on, in this process, only these hosts and those of the target's entry; loopback too, where one of these is on loopback.

    `allowed_hosts`: names or addresses, as `hosts_of` gives them; what lies below a name is allowed with it. A second call replaces the
    first. The caller has the target from `registry.choose`, which has asked for the confirmation that real AWS wants.
    """
    global _in_force, _installed  # noqa: PLW0603 - an audit hook is for the whole process and cannot be taken away again
    allowed = frozenset(host.lower() for host in (*allowed_hosts, *target.hosts))
    _in_force = _Guard(target, allowed, any(_is_loopback(host) for host in allowed))
    if not _installed:
        _installed = True
        sys.addaudithook(_audit)
        _remember_addresses()


def unguard() -> None:
    """Everything is allowed again."""
    global _in_force  # noqa: PLW0603
    _in_force = None


def require_allowed(host: str) -> None:
    """For a client whose connections the hook cannot see. Raises HostRefusedError."""
    if _in_force:
        _in_force.require(host.lower())


def refused_hosts() -> tuple[str, ...]:
    """What was refused since `guard`, also where somebody caught the error."""
    return tuple(_in_force.refused) if _in_force else ()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _in_force is None or not event.startswith("socket."):
        return
    if event in NAMED:
        host = arguments[0]
    elif event in CONNECTED and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return  # also local sockets, whose address is a path
    text = host.decode(errors="replace") if isinstance(host, bytes) else host
    if text:  # none: a socket that listens
        _in_force.require(str(text).lower())


def _remember_addresses() -> None:
    """Clients connect to addresses: those that an allowed name was resolved to are allowed with it."""
    resolve = socket.getaddrinfo

    def remembering(*arguments: Any, **options: Any) -> Any:
        addresses = resolve(*arguments, **options)
        if _in_force:
            _in_force.resolved.update(str(address[4][0]).lower() for address in addresses)
        return addresses

    socket.getaddrinfo = remembering


def _below(host: str, name: str) -> bool:
    return not _is_address(name) and host.endswith(f".{name.removeprefix('*.')}")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if not _is_address(host):
        return False
    address = ipaddress.ip_address(host)
    return address.is_loopback or address.is_unspecified
