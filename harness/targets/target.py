"""A target as the registry holds it: frozen data, checked field by field when it is read."""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from harness.failure import HarnessError

WORKLOADS = ("lambda", "ecs", "rds")
CHOICES: Mapping[str, tuple[str, ...]] = {
    "started_by": ("harness", "command", "user"),
    "credentials": ("started", "ambient", "test"),
    "provider": ("embedded", "registry"),
    "tls": ("plain", "verified", "bundle"),
}
WAYS_TO_RUN = ("process", "container", "none", "managed", "unknown")


@dataclass(frozen=True)
class Start:
    """How the harness starts an emulator. Texts may hold {port}, {address}, {folder} and {free_port}.

    `program` is looked for on PATH; `image_port` is the port inside the container; `seconds` until its port answers.
    """

    program: str | None = None
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    image_port: int = 4566
    image_environment: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 60.0


@dataclass(frozen=True)
class IdentityPart:
    """An emulator's name and where its version is: `url` (a path of the endpoint) with `field` (names joined by dots), or `distribution`.

    None of them: it cannot be read.
    """

    name: str
    url: str | None = None
    field: str | None = None
    distribution: str | None = None


@dataclass(frozen=True)
class Target:
    """One entry. `confirmation_variable` must be 1 in the environment before anything is done there.

    `runs`: how Lambda, ECS and RDS run (WAYS_TO_RUN) by `lambda`, `ecs` and `rds`. `hosts`: patterns of names, beside the endpoint's, that
    requests may go to. `wait_factor`: what deadlines are multiplied by. `image_registry`: host[:port] that container
    daemons pull from where ECR's own name leads nowhere; it may hold {address}, the endpoint's host:port.
    """

    name: str
    endpoint: str | None
    started_by: str
    credentials: str
    provider: str
    tls: str
    runs: Mapping[str, str]
    identity: tuple[IdentityPart, ...]
    start: Start | None = None
    hosts: tuple[str, ...] = ()
    wait_factor: float = 1.0
    image_registry: str | None = None
    confirmation_variable: str | None = None

    @property
    def wants_endpoint(self) -> bool:
        """Whether the caller has to say where it is."""
        return self.endpoint is None and self.started_by != "harness" and not self.hosts

    @property
    def has_own_endpoints(self) -> bool:
        """Whether its endpoints are not for the caller to give: made at start, or AWS's."""
        return self.started_by == "harness" or bool(self.hosts)


def target_of(name: str, entry: Any, where: str) -> Target:
    """The entry `name` of a registry; `where` begins each error. Raises HarnessError naming target and field."""
    values = _values(Target, entry, where, given={"name"})
    for choice, allowed in CHOICES.items():
        _one_of(values[choice], allowed, f"{where}: {choice}")
    if values["endpoint"] is not None:
        checked_endpoint(values["endpoint"], f"{where}: endpoint")
    runs = _mapping(values["runs"], f"{where}: runs")
    for workload in WORKLOADS:
        _one_of(runs.get(workload), WAYS_TO_RUN, f"{where}: runs: {workload}")
    if (values["started_by"] == "command") != (values.get("start") is not None):
        raise HarnessError(f"{where}: start goes with started_by: command, and with nothing else")
    parts = tuple(_record(IdentityPart, one, f"{where}: identity") for one in values["identity"])
    start = values.get("start")
    return Target(
        name=name,
        **{
            **values,
            "identity": parts,
            "hosts": tuple(values.get("hosts", ())),
            "start": None if start is None else _start(start, f"{where}: start"),
        },
    )


def checked_endpoint(endpoint: Any, where: str) -> str:
    """An http or https URL with a host and no path, as given but for a closing slash. Raises HarnessError."""
    parts = urlsplit(str(endpoint))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise HarnessError(f"{where} is {endpoint!r}, expected an http or https URL such as http://127.0.0.1:4566")
    return str(endpoint).rstrip("/")


def _start(entry: Any, where: str) -> Start:
    values = _values(Start, entry, where)
    return Start(**{**values, "arguments": tuple(values.get("arguments", ()))})


def _record(cls: Any, entry: Any, where: str) -> Any:
    return cls(**_values(cls, entry, where))


def _values(cls: Any, entry: Any, where: str, given: set[str] | None = None) -> dict[str, Any]:
    """The entry as keyword arguments of `cls`, no name unknown and none missing."""
    found = _mapping(entry, where)
    known = {one.name: one for one in fields(cls) if one.name not in (given or set())}
    needed = {name for name, one in known.items() if one.default is MISSING and one.default_factory is MISSING}
    wrong = [f"unknown {one}" for one in sorted(found.keys() - known)]
    wrong += [f"missing {one}" for one in sorted(needed - found.keys())]
    if wrong:
        raise HarnessError(f"{where}: {', '.join(wrong)}")
    return dict(found)


def _mapping(entry: Any, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise HarnessError(f"{where}: expected a mapping")
    return entry


def _one_of(value: Any, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise HarnessError(f"{where} is {value!r}, expected one of {', '.join(choices)}")
