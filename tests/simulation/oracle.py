"""What must hold at the end of a schedule: `verify`'s invariants, `calculate`'s figures, and what subscribers and reports were told."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from functions.reconciliation.changes import Touched
from functions.reconciliation.reports import Store, bring_up_to_date
from functions.reconciliation.settings import Settings as ReconciliationSettings
from harness.redrive.letters import digest_of, of_message
from harness.verification.aws_reads import DeadLetters, Sent
from harness.verification.database_reads import read_stored
from harness.verification.invariants import judge
from harness.verification.look import Look
from tests.agreement.sides import OF_HISTORY, calculated, rules_of, stored
from tests.simulation.postgres import Pool
from tests.simulation.scheduler import BEGINNING
from tests.simulation.system import System, settings_of

_READ = TypeDeserializer().deserialize
_AFTER = datetime(9999, 1, 1, tzinfo=UTC)
_OF_SENSIBLE_FACTS = "lots add up to positions where the facts do"
"""Positions of a random life know nothing of its events, and add up by chance only. Its lots are compared with `calculate`'s."""


def violations(system: System, pool: Pool) -> Iterator[str]:
    """Yield what does not hold, a sentence each."""
    for given_up in system.given_up:
        yield f"a mapping gave up: {given_up}"
    left = [message for message in system.queues["requests"].messages.values()]
    if left:
        yield f"{len(left)} requests are still on the queue"
    yield from _unverified(system, pool)
    yield from _differing(system, pool)
    yield from _mispositioned(system, pool)
    yield from _passed_over(pool)
    yield from _waiting(pool)
    yield from _misheard(system, pool)
    yield from _old_reports(system)


def _unverified(system: System, pool: Pool) -> Iterator[str]:
    for finding in judge(_look(system, pool)):
        if finding.name == _OF_SENSIBLE_FACTS:
            continue
        for violation in finding.violations:
            yield f"{finding.name}: {violation.record}: {violation.found}"
        if finding.not_judged:
            yield f"{finding.name} was not judged: {finding.not_judged}"


def _look(system: System, pool: Pool) -> Look:
    letters = DeadLetters(BEGINNING - timedelta(days=14))
    for message in system.queues["dead-letters"].messages.values():
        letters.add(of_message({"MessageId": str(message.number), "ReceiptHandle": "", "Body": message.body}))
    with pool.look.cursor() as cursor:
        database = read_stored(cursor)
    tables = {name: [_plain(item) for item in table.items.values()] for name, table in system.dynamodb.tables.items()}
    sources = {
        "stream": {record_id: Sent(BEGINNING, digest_of(data)) for record_id, data in system.lines.items()},
        "queue-state": {item["id"]: item for item in tables["queue-state"]},
        "projection": {_projected(item): item for item in tables["entitlements"]},
        "calculations": {key for bucket, key in system.s3.objects if bucket == "calculations"},
        "originals": {key for bucket, key in system.s3.objects if key.startswith("quarantine/")},
        "dead letters": letters,
        "database": database,
    }
    return Look(sources, {}, _AFTER)


def _plain(item: Any) -> dict[str, Any]:
    return {name: _READ(value) for name, value in item.items()}


def _projected(item: dict[str, Any]) -> str:
    event_id, _, option = item.pop("entitlement_key").rpartition("#")
    return f"{event_id}/{item['safekeeping_account']}/{option}"


def _differing(system: System, pool: Pool) -> Iterator[str]:
    """`calculate` takes the same facts, and knows nothing of the order in which the engine got them."""
    document = system.plan.document
    ours, theirs = stored(pool.look, rules_of(document)), calculated(document)
    ours["refusals"] += _refused(pool)
    for part in sorted(theirs.keys() - OF_HISTORY):
        lacking = sorted((Counter(theirs[part]) - Counter(ours[part])).elements())
        more = sorted((Counter(ours[part]) - Counter(theirs[part])).elements())
        if lacking or more:
            yield f"{part}: only calculate says {lacking}, only the engine {more}"


def _refused(pool: Pool) -> list[Any]:
    """Return (record, record, reason, field) of facts of which a report contradicts another, or comes from a second source."""
    with pool.look.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT identity, identity, reason, field FROM inbox
               WHERE reason IN ('conflicting_content', 'second_source')"""
        )
        return cursor.fetchall()


def _mispositioned(system: System, pool: Pool) -> Iterator[str]:
    """The positions table, which ingest writes, and PostgreSQL, which the engine writes, hold the same statements."""
    with pool.look.cursor() as cursor:
        cursor.execute(
            """SELECT concat_ws('/', safekeeping_account, isin, safekeeping_place, as_of_date),
                      trim_scale(settled_quantity)::text, source, sequence FROM current_positions"""
        )
        stored_positions = set(cursor.fetchall())
    items = [_plain(item) for item in system.dynamodb.tables["positions"].items.values()]
    written = {
        (
            "/".join(item[name] for name in ("safekeeping_account", "isin", "safekeeping_place", "as_of_date")),
            *(item[name] for name in ("settled_quantity", "source", "sequence")),
        )
        for item in items
    }
    for only, where in (
        (stored_positions - written, "PostgreSQL"),
        (written - stored_positions, "the positions table"),
    ):
        for position in sorted(only):
            yield f"only {where} has the position {position}"


def _passed_over(pool: Pool) -> Iterator[str]:
    """The record that counts for a fact is none that was told to be passed over."""
    with pool.look.cursor() as cursor:
        cursor.execute(
            """SELECT record_id, outcome FROM (SELECT record_id FROM current_records UNION ALL SELECT record_id FROM current_positions)
               AS counts JOIN inbox USING (record_id) WHERE outcome IN ('DUPLICATE', 'STALE', 'QUARANTINED') ORDER BY 1"""
        )
        yield from (
            f"the record {record_id} counts, and is told to be {outcome}" for record_id, outcome in cursor.fetchall()
        )


def _waiting(pool: Pool) -> Iterator[str]:
    """No record waits for an account, event or election that is there."""
    with pool.look.cursor() as cursor:
        cursor.execute(
            """SELECT kind, identity FROM held WHERE safekeeping_account = '' AND reason LIKE 'unknown%' AND EXISTS
               (SELECT 1 FROM current_records AS c WHERE c.record_type = held.kind AND c.identity = held.identity) ORDER BY 1, 2"""
        )
        yield from (f"records wait for the {kind} {identity}, which is there" for kind, identity in cursor.fetchall())


def _misheard(system: System, pool: Pool) -> Iterator[str]:
    """Each revision is announced, under one notification id, after its calculation can be read, and after the revision before it."""
    for notification in system.unreadable:
        yield f"{notification} was announced before its calculation could be read"
    heard: dict[tuple[str, ...], dict[int, str]] = {}
    for detail in system.heard:
        key = tuple(detail[name] for name in ("corporate_action_event_id", "safekeeping_account", "option_number"))
        revisions = heard.setdefault(key, {})
        if max(revisions, default=0) > detail["revision"]:
            yield f"{'/'.join(key)}: revision {detail['revision']} was announced after {max(revisions)}"
        if revisions.setdefault(detail["revision"], detail["notification_id"]) != detail["notification_id"]:
            yield f"{'/'.join(key)}: revision {detail['revision']} was announced under two ids"
    with pool.look.cursor() as cursor:
        cursor.execute(
            "SELECT corporate_action_event_id, safekeeping_account, option_number, revision FROM announcements"
        )
        for *key, revision in cursor.fetchall():
            if revision not in heard.get(tuple(key), {}):
                yield f"{'/'.join(key)}: revision {revision} is noted as announced, and nobody heard it"


def _old_reports(system: System) -> Iterator[str]:
    """Each report is what the tables give at the end.

    Not judged: days before the earliest that was touched since an event or a security changed last, which the function does not follow
    (functions/reconciliation).
    """
    shared, before = system.dynamodb.tables["queue-state"].shared, dict(system.s3.objects)
    settings = settings_of(ReconciliationSettings)
    for (account, seen), earliest in sorted(system.reconciled.items()):
        if seen == shared:
            changed = {account: Touched(earliest)}
            bring_up_to_date(system.dynamodb, Store(system.s3, settings.reports_bucket), settings, changed, "oracle")
    for bucket, key in sorted(key for key, body in system.s3.objects.items() if before.get(key) != body):
        yield f"{key} in {bucket} is not what the tables give"
