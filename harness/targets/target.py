"""A target as the registry holds it: frozen data, checked field by field when it is read."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from harness.deadline import is_factor
from harness.failure import HarnessError

WORKLOADS = ("lambda", "ecs", "rds")
COMPANION_SERVICES = ("codecommit", "codedeploy", "codepipeline")
OPTIONAL_SERVICES = (
    "apigateway",
    "appconfig",
    "cloudwatch",
    "codebuild",
    *COMPANION_SERVICES,
    "ec2",
    "ecr",
    "ecs",
    "rds",
)
"""Services that the system comes up without; the root variable `absent_services` names some of them."""
CHOICES: Mapping[str, tuple[str, ...]] = {
    "started_by": ("harness", "command", "user"),
    "credentials": ("started", "ambient", "test", "root"),
    "provider": ("embedded", "registry"),
    "tls": ("plain", "verified", "bundle"),
    "task_credentials": ("role", "environment"),
    "database_access": ("direct", "forward", "none"),
}
SOME_OF: Mapping[str, tuple[str, ...]] = {"lacks": OPTIONAL_SERVICES, "companion": COMPANION_SERVICES}
CONTAINER_WAYS = ("container", "container-or-record")
WAYS_TO_RUN = ("process", *CONTAINER_WAYS, "record", "managed", "unknown")


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

    A `url` without `field` tells the emulator only, by a JSON object: its version is that of `distribution`, or its image's digest.
    Without `url` and `distribution` nothing can be read.
    """

    name: str
    url: str | None = None
    field: str | None = None
    distribution: str | None = None


@dataclass(frozen=True)
class KeyPair:
    """The access key of an emulator's root."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True)
class Target:
    """One entry; the head of targets.yaml says what each field means. `confirmation_variable` must be 1 before anything is done there.

    `entry` names the entry that the traits are from: the target's own, or that of the emulator recognised at its endpoint.
    """

    name: str
    endpoint: str | None
    started_by: str
    credentials: str
    provider: str
    tls: str
    runs: Mapping[str, str]
    identity: tuple[IdentityPart, ...]
    entry: str
    start: Start | None = None
    hosts: tuple[str, ...] = ()
    wait_factor: float = 1.0
    confirmation_variable: str | None = None
    root: KeyPair | None = None
    health: str | None = None
    lacks: tuple[str, ...] = ()
    companion: tuple[str, ...] = ()
    api_base_url_template: str | None = None
    image_registry: str | None = None
    task_credentials: str = "role"
    database_access: str = "direct"

    @property
    def root_keys(self) -> KeyPair | None:
        """Return the key pair of the emulator's root, or None where the caller's own credentials are used."""
        return (
            KeyPair("test", "test") if self.credentials == "test" else self.root if self.credentials == "root" else None
        )

    def filled(self, text: str, region: str) -> str:
        """Return `text` of the entry with {endpoint}, {address} (host:port), {port} and {region} filled in."""
        address = urlsplit(self.endpoint or "").netloc
        values = {
            "endpoint": self.endpoint or "",
            "address": address,
            "port": address.rpartition(":")[2],
            "region": region,
        }
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", value)
        return text

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
    values = _values(Target, entry, where, given={"name", "entry"})
    _check(values, where)
    texts = {key: tuple(values.get(key, ())) for key in ("hosts", *SOME_OF)}
    records = {key: make(values[key], f"{where}: {key}") for key, make in _RECORDS.items() if key in values}
    return Target(name=name, entry=name, **{**values, **texts, **records})


def _check(values: Mapping[str, Any], where: str) -> None:
    """Raises HarnessError naming the first field whose value is not accepted."""
    _check_words(values, where)
    if values["endpoint"] is not None:
        checked_endpoint(values["endpoint"], f"{where}: endpoint")
    if (values["started_by"] == "command") != (values.get("start") is not None):
        raise HarnessError(f"{where}: start goes with started_by: command, and with nothing else")
    if (values["credentials"] == "root") != ("root" in values):
        raise HarnessError(f"{where}: root goes with credentials: root, and with nothing else")
    if not is_factor(values.get("wait_factor", 1)):
        raise HarnessError(f"{where}: wait_factor is {values['wait_factor']!r}, expected a number from 1 to 100")
    if values.get("api_base_url_template", "%s%s").count("%s") != 2:  # the API's id and the stage
        raise HarnessError(f"{where}: api_base_url_template is {values['api_base_url_template']!r}, expected %s twice")


def _check_words(values: Mapping[str, Any], where: str) -> None:
    """Raises HarnessError for a field whose word is none of those that it may have."""
    for choice, allowed in CHOICES.items():
        if choice in values:
            _one_of(values[choice], allowed, f"{where}: {choice}")
    for choice, allowed in SOME_OF.items():
        for word in values.get(choice, ()):
            _one_of(word, allowed, f"{where}: {choice}")
    runs = _mapping(values["runs"], f"{where}: runs")
    for workload in WORKLOADS:
        _one_of(runs.get(workload), WAYS_TO_RUN, f"{where}: runs: {workload}")


def checked_endpoint(endpoint: Any, where: str) -> str:
    """An http or https URL with a host and no path, as given but for a closing slash. Raises HarnessError."""
    parts = urlsplit(str(endpoint))
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise HarnessError(f"{where} is {endpoint!r}, expected an http or https URL such as http://127.0.0.1:4566")
    return str(endpoint).rstrip("/")


def _start(entry: Any, where: str) -> Start:
    values = _values(Start, entry, where)
    return Start(**{**values, "arguments": tuple(values.get("arguments", ()))})


def _root(entry: Any, where: str) -> KeyPair:
    return KeyPair(**_values(KeyPair, entry, where))


def _identity(entries: Any, where: str) -> tuple[IdentityPart, ...]:
    return tuple(IdentityPart(**_values(IdentityPart, entry, where)) for entry in entries)


_RECORDS: Mapping[str, Callable[[Any, str], Any]] = {"start": _start, "root": _root, "identity": _identity}


def _values(cls: Any, entry: Any, where: str, given: set[str] | None = None) -> dict[str, Any]:
    """The entry as keyword arguments of `cls`, no name unknown and none missing."""
    content = _mapping(entry, where)
    known = {field.name: field for field in fields(cls) if field.name not in (given or set())}
    needed = {name for name, field in known.items() if field.default is MISSING and field.default_factory is MISSING}
    wrong = [f"unknown {name}" for name in sorted(content.keys() - known)]
    wrong += [f"missing {name}" for name in sorted(needed - content.keys())]
    if wrong:
        raise HarnessError(f"{where}: {', '.join(wrong)}")
    return dict(content)


def _mapping(entry: Any, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise HarnessError(f"{where}: expected a mapping")
    return entry


def _one_of(value: Any, choices: tuple[str, ...], where: str) -> None:
    if value not in choices:
        raise HarnessError(f"{where} is {value!r}, expected one of {', '.join(choices)}")
