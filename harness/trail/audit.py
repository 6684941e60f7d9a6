"""`python -m harness audit`: who redrove or discarded letters, released elections and changed rules, as one list, the oldest first."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2
from botocore.exceptions import BotoCoreError, ClientError

from harness.failure import HarnessError, UnsupportedError
from harness.redrive.audit import history
from harness.system import System, running_system
from harness.trail.hop import instant, print_columns

WHOLE, IN_PART = 0, 2
USAGE = 3
_RELEASES = """SELECT recorded_at, body ->> 'released_by', body ->> 'election_id', record_id FROM facts
               WHERE record_type = 'election_release' ORDER BY recorded_at, record_id"""


@dataclass(frozen=True)
class Deed:
    """What somebody did: `at` an instant (RFC 3339, UTC), `by` an ARN, the name that a record says, or why it is not known."""

    at: str
    what: str
    by: str
    about: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare from when on, and JSON for programs."""
    parser.add_argument(
        "--since",
        type=_since,
        metavar="WHEN",
        help="a date or an instant with its zone, such as 2026-11-30T12:00Z",
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.epilog = (
        "Exit status: 0 the list is whole, 2 a source could not be read, which is said on standard error, 3 usage."
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what was done. A source that cannot be read is named on standard error."""
    system = running_system(arguments.target)
    deeds, unread = deeds_of(system)
    shown = sorted((deed for deed in deeds if deed.at >= (arguments.since or "")), key=lambda deed: deed.at)
    if arguments.json:
        print(json.dumps({"deeds": [asdict(deed) for deed in shown], "unread": unread}, indent=1))
    else:
        print_columns([(deed.at, deed.what, deed.by, deed.about) for deed in shown])
    for source, reason in unread.items():
        print(f"{source}: not read: {reason}", file=sys.stderr)
    return IN_PART if unread else WHOLE


def deeds_of(system: System) -> tuple[list[Deed], dict[str, str]]:
    """Return what was done, and why sources could not be read, by their names."""
    sources: dict[str, Callable[[System], Iterator[Deed]]] = {
        "letters": _letters, "elections": _releases, "rules": _rules
    }  # fmt: skip
    deeds: list[Deed] = []
    unread: dict[str, str] = {}
    for name, read in sources.items():
        try:
            deeds += read(system)
        except (UnsupportedError, psycopg2.Error, ClientError, BotoCoreError) as error:
            unread[name] = str(error).strip().splitlines()[0]
    return deeds, unread


def _letters(system: System) -> Iterator[Deed]:
    for entry in history(system):
        became = f" as {', '.join(entry.new_ids)}" if entry.new_ids else ""
        note = f": {entry.note}" if entry.note else ""
        about = f"{entry.kind} {entry.about} ({entry.reason}){became}{note}"
        yield Deed(entry.at, f"letter {entry.deed}", entry.by, about)


def _releases(system: System) -> Iterator[Deed]:
    """Give the releases of elections. `by` is the name in the record: nobody keeps who put it onto the stream."""
    connection = system.database()
    try:
        connection.set_session(readonly=True)
        with connection.cursor() as cursor:
            cursor.execute(_RELEASES)
            for at, released_by, election_id, record_id in cursor.fetchall():
                about = f"election {election_id}, record {record_id}"
                yield Deed(instant(at), "election released", f"{released_by} (says the record)", about)
    finally:
        connection.close()


def _rules(system: System) -> Iterator[Deed]:
    """Give the deployments of rules. AppConfig does not say by whom; CloudTrail does, where there is one."""
    outputs = system.outputs
    appconfig, environment = system.client("appconfig"), outputs["appconfig_environment_id"]
    where = {"ApplicationId": outputs["appconfig_application_id"], "EnvironmentId": environment}
    who = _who_deployed(system)
    for page in appconfig.get_paginator("list_deployments").paginate(**where):
        for deployment in page["Items"]:
            began, number = deployment["StartedAt"], deployment["DeploymentNumber"]
            about = f"{deployment.get('ConfigurationName') or 'rules'} version {deployment['ConfigurationVersion']}, deployment {number}"
            yield Deed(instant(began), f"rules deployed ({deployment['State']})", who(environment, number), about)


def _who_deployed(system: System) -> Callable[[str, int], str]:
    """Return a function that tells who started a deployment of an AppConfig environment, or why that is not known."""
    named = {"AttributeKey": "EventName", "AttributeValue": "StartDeployment"}
    known: dict[tuple[str, int], str] = {}
    why = "CloudTrail has no event of it"
    try:
        for page in system.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=[named]):
            for event in page["Events"]:
                said: dict[str, Any] = json.loads(event["CloudTrailEvent"])
                asked, answer = said.get("requestParameters") or {}, said.get("responseElements") or {}
                key = str(asked.get("environmentId", "")), int(answer.get("deploymentNumber", 0))
                known[key] = str(said.get("userIdentity", {}).get("arn", ""))
    except ClientError as error:
        why = f"AppConfig does not say; CloudTrail: {error.response['Error']['Code']}"
    except BotoCoreError as error:
        why = f"AppConfig does not say; CloudTrail: {error}"
    return lambda environment, number: known.get((environment, number)) or f"not known ({why})"


def _since(text: str) -> str:
    """Return the instant as deeds have it. A date is midnight in UTC. Raises HarnessError (usage) at what is neither."""
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        given = None
    if given and given.tzinfo is None and len(text) == len("2026-11-30"):
        given = given.replace(tzinfo=UTC)
    if given is None or given.tzinfo is None:
        raise HarnessError(
            f"--since {text!r}: give a date (2026-11-30) or an instant with its zone (2026-11-30T12:00Z)", USAGE
        )
    return instant(given)
