"""Commands of the engine on the deployed system: each runs as a one-off task of its task definition, and ends with its exit status."""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from harness.failure import HarnessError, UnsupportedError
from harness.one_off import run_one_off
from harness.system import System, running_system
from harness.targets.absence import cannot_run
from harness.targets.registry import choose

SECONDS = 3600.0


def instant(text: str) -> str:
    """Return an RFC 3339 instant with a time zone as it was given. Raises ArgumentTypeError."""
    try:
        known = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        known = False
    if not known:
        raise argparse.ArgumentTypeError(f"{text!r} is no instant: give one such as {datetime.now(UTC):%FT%TZ}")
    return text


@dataclass(frozen=True)
class EngineCommand:
    """One command: `text` for its help, and the arguments that it takes, as argparse declares them; of `alternatives` exactly one."""

    name: str
    text: str
    arguments: Mapping[str, Mapping[str, Any]]
    alternatives: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its arguments, and how long its task may run."""
        for name, options in self.arguments.items():
            parser.add_argument(name, **options)
        which = parser.add_mutually_exclusive_group(required=True) if self.alternatives else parser
        for name, options in self.alternatives.items():
            which.add_argument(name, **options)
        parser.add_argument(
            "--seconds", type=float, default=SECONDS, help=f"how long its task may run (default: {SECONDS:.0f})"
        )

    def run(self, arguments: argparse.Namespace) -> int:
        """Run the command on the target's system and return its exit status."""
        return run_engine_command(
            running_system(arguments.target), [self.name, *self._given(arguments)], arguments.seconds
        )

    def _given(self, arguments: argparse.Namespace) -> Iterator[str]:
        """Give the arguments as the engine's own command line takes them."""
        for name in (*self.arguments, *self.alternatives):
            value = getattr(arguments, name.lstrip("-").replace("-", "_"))
            if value is True:
                yield name
            elif isinstance(value, list):
                yield from (word for given in value for word in (name, given))
            elif value not in (None, False):
                yield from (name, value) if name.startswith("-") else (value,)


def run_engine_command(system: System, command: list[str], seconds: float) -> int:
    """Run a command of the engine and return its exit status; its lines go to standard output. Raises HarnessError."""
    if reason := cannot_run(choose(system.target), "ecs", "rds"):
        raise UnsupportedError(f"{command[0]} runs as a task of the engine: {reason}")
    cluster, service = system.outputs["engine_cluster_name"], system.outputs["engine_service_name"]
    clients = system.client("ecs"), system.client("logs")
    try:
        return run_one_off(*clients, cluster, service, command, seconds, partial(print, flush=True))
    except (ClientError, BotoCoreError) as error:
        raise HarnessError(f"{command[0]}: {error}") from error


_DRY_RUN = {"--dry-run": {"action": "store_true", "help": "counts what would be published, and writes nothing"}}
_EVENT = {"event": {"metavar": "EVENT"}, "account": {"metavar": "ACCOUNT", "nargs": "?"}}
_AS_AT = {
    "--as-at": {"type": instant, "metavar": "INSTANT", "help": "as they stood then, such as 2026-03-27T09:00:00Z"}
}
_ANNOUNCED: Mapping[str, Mapping[str, Any]] = {
    "--event": {"metavar": "ID", "help": "what was announced of this event"},
    "--since": {"type": instant, "metavar": "INSTANT", "help": "what was announced from then on"},
}
_OF_AN_UPGRADE: Mapping[str, Mapping[str, Any]] = {
    "--event": {"action": "append", "metavar": "ID", "help": "this event and the lots it touches; may be repeated"},
    "--dry-run": {"action": "store_true", "help": "show what differs, and write nothing"},
    "--json": {"action": "store_true", "help": "one JSON object a line instead of a table"},
    **{
        f"--{name}-version": {
            "metavar": "N",
            "help": "with --dry-run: by this hosted version of AppConfig, deployed or not",
        }
        for name in ("rates", "calendars")
    },
}
ENGINE_COMMANDS = (
    EngineCommand("rebuild-projection", "writes the read projection again from PostgreSQL", _DRY_RUN),
    EngineCommand("republish", "announces entitlements again, under the ids they had", _DRY_RUN, _ANNOUNCED),
    EngineCommand("note-restore", "after PostgreSQL was restored from a snapshot, before the engine runs", {}),
    EngineCommand(
        "recalculate", "what the present code or other rates change of results, and applying it", _OF_AN_UPGRADE
    ),
    EngineCommand("history", "an event's entitlements with every revision and reversal, as JSON", {**_EVENT, **_AS_AT}),
    EngineCommand("claims", "an event's market claims, transformations and buyer protections, as JSON", _EVENT),
    EngineCommand(
        "lots",
        "an account's tax lots and what it realised, as JSON or explained",
        {
            "account": {"metavar": "ACCOUNT"},
            **_AS_AT,
            "--explain": {"action": "store_true", "help": "for people: each figure with its rule and arithmetic"},
        },
    ),
)
