"""`python -m harness trace RECORD`: the way of a record from the stream to its notifications, hop by hop."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from harness.failure import HarnessError, UnsupportedError
from harness.system import System, running_system
from harness.trail import outside, stored
from harness.trail.hop import Hop, instant, print_hops

FOLLOWED, STOPPED = 0, 1
_SETTLED = ("APPLIED", "DUPLICATE", "HELD", "STALE")
"""States with which a record is in no letter."""
_NO_RECORD = "make status"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the record and what is shown."""
    parser.add_argument(
        "record",
        metavar="RECORD",
        help="a record id (<shard>:<sequence number>), or an identity: a trade's, event's, election's or account's id; of several records"
        " with it the newest is followed",
    )
    parser.add_argument(
        "--most", type=int, default=3, help="entitlements that are followed, the newest first (default 3)"
    )
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.epilog = "Exit status: 0 every hop was found, 1 one is missing or the record stopped there, 2 it could not be done, 3 usage."


def run(arguments: argparse.Namespace) -> int:
    """Print the hops. Raises HarnessError where nothing has the record."""
    system = running_system(arguments.target)
    with _cursor(system) as cursor:
        record_id, others = _named(system, cursor, arguments.record)
        hops = [*others, *follow(system, cursor, record_id, arguments.most)]
    print_hops(hops, arguments.json)
    return STOPPED if any(hop.next for hop in hops) else FOLLOWED


def follow(system: System, cursor: Any, record_id: str, most: int) -> Iterator[Hop]:
    """Give a record's hops in the order of its way. `cursor` is None where the database cannot be reached."""
    items = outside.states(system, record_id)
    record = items.get(record_id)
    yield outside.on_stream(system, record_id)
    yield outside.in_queue_state("record", record_id, record, "make logs: ingest-normalizer has not written it")
    if (record or {}).get("state") not in _SETTLED:
        yield from outside.given_up(system, record_id)
    request_id = str((record or {}).get("request_id", ""))
    if request_id:
        request = outside.states(system, request_id).get(request_id)
        yield outside.in_queue_state("request", request_id, request, "make status: its queue and the engine's tasks")
    if (record or {}).get("state") != "QUARANTINED":
        yield from _calculated(system, cursor, record_id, request_id, most)
    yield from outside.logged(system, record_id, request_id)


def _calculated(system: System, cursor: Any, record_id: str, request_id: str, most: int) -> Iterator[Hop]:
    """Give the hops behind the engine's commit."""
    if cursor is None:
        yield Hop("inbox", record_id, said="cannot be looked at: the database is not reachable from here")
        return
    found = stored.committed(cursor, record_id)
    if found is None:
        yield Hop("inbox", record_id, next="make status: its request waits, or the engine does not run")
        return
    yield found.hop
    yield from stored.waiting(cursor, request_id)
    revisions, count = stored.revisions(cursor, found, most)
    for revision in revisions:
        name = f"{revision.entitlement}/{revision.number}"
        yield Hop("entitlement", name, instant(revision.calculated_at), revision.status)
        yield outside.calculation(system, revision.calculation_key)
        yield outside.projection(system, revision.entitlement)
        if revision.announced_at:
            yield Hop("notification", name, instant(revision.announced_at), "EventBridge took it")
        else:
            yield Hop("notification", name, next="make verify")
    if count > len(revisions):
        yield Hop("entitlement", f"{count - len(revisions)} more", said=f"not shown: --most {count}")


def _named(system: System, cursor: Any, name: str) -> tuple[str, list[Hop]]:
    """Return the id of the newest record that is meant, and a hop that tells of the others. Raises HarnessError where there is none."""
    if outside.is_record_id(name):
        return name, []
    records = (stored.records_of(cursor, name) if cursor else []) or outside.records_of(system, name)
    if not records:
        raise HarnessError(
            f"no record has the identity {name!r}: give a record id (`make feed` prints them), or the id of a trade, event, election or"
            f" account; what was quarantined has none: {_NO_RECORD}"
        )
    others = ", ".join(records[:-1][-3:])
    return records[-1], [Hop("identity", name, said=f"{len(records)} records; before this: {others}")] if others else []


@contextmanager
def _cursor(system: System) -> Iterator[Any]:
    """Give a cursor that only reads, None where the database cannot be reached."""
    try:
        connection = system.database()
    except (UnsupportedError, psycopg2.OperationalError):
        yield None
        return
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
