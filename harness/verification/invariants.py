"""The invariants, each with the sources that it needs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.feed.record_states import FINAL
from harness.verification.aws_reads import DeadLetters
from harness.verification.balances import unbalanced
from harness.verification.database_reads import Stored
from harness.verification.delays import overdue
from harness.verification.look import Look
from harness.verification.outcomes import contradicted, records_of, undecided, unknown
from harness.verification.quarantines import uncarried
from harness.verification.results import misprojected, misstored, unannounced
from harness.verification.violation import FEED, Violation, publish_again


@dataclass(frozen=True)
class Invariant:
    """What holds, in one sentence; the sources of a look that it needs; how many things it judges, and the violations found."""

    name: str
    needs: Sequence[str]
    judge: Callable[[Look], tuple[int, Iterable[Violation]]]


@dataclass(frozen=True)
class Finding:
    """An invariant judged: how many things, and the violations, sorted; or why it was not."""

    name: str
    judged: int = 0
    violations: tuple[Violation, ...] = ()
    not_judged: str = ""


def judge(look: Look) -> list[Finding]:
    """Judge all invariants on one look."""
    return [_judged(invariant, look) for invariant in INVARIANTS]


def _judged(invariant: Invariant, look: Look) -> Finding:
    reasons = [look.unread[source] for source in invariant.needs if source in look.unread]
    if reasons:
        return Finding(invariant.name, not_judged="; ".join(dict.fromkeys(reasons)))
    count, violations = invariant.judge(look)
    return Finding(invariant.name, count, tuple(sorted(set(violations))))


def _known(look: Look) -> tuple[int, Iterable[Violation]]:
    stream, letters = look.sources["stream"], _letters(look)
    arrivals = {record_id: sent.arrived for record_id, sent in stream.items() if not letters.is_discarded(record_id)}
    return len(stream), unknown(arrivals, look.sources["queue-state"], letters.given_up, look.due)


def _decided(look: Look) -> tuple[int, Iterable[Violation]]:
    items, letters = look.sources["queue-state"], _letters(look)
    kept = {item_id: item for item_id, item in items.items() if not letters.is_discarded(item_id)}
    return len(records_of(items)), undecided(kept, letters.given_up, look.due)


def _letters(look: Look) -> DeadLetters:
    """Return the dead letters; none where they could not be read: then records that were discarded are violations too."""
    return look.sources.get("dead letters") or DeadLetters(look.due)


def _told(look: Look) -> tuple[int, Iterable[Violation]]:
    stored: Stored = look.sources["database"]
    pending = stored.pending("record")
    told = contradicted(look.sources["queue-state"], stored.record_states, pending, stored.old_records)
    return len(stored.record_states), told


def _stored(look: Look) -> tuple[int, Iterable[Violation]]:
    stored: Stored = look.sources["database"]
    pending, objects = stored.pending("announce"), look.sources["calculations"]
    return len(stored.revisions), misstored(stored.revisions, objects, pending, stored.lost_revisions)


def _announced(look: Look) -> tuple[int, Iterable[Violation]]:
    stored: Stored = look.sources["database"]
    return len(stored.revisions), unannounced(stored.revisions, stored.announced, stored.pending("announce"))


def _projected(look: Look) -> tuple[int, Iterable[Violation]]:
    stored: Stored = look.sources["database"]
    pending = stored.pending("project", "announce")
    items = look.sources["projection"]
    return len(stored.current), misprojected(stored.current, items, pending, lambda key: publish_again("project", key))


def _events(look: Look) -> tuple[int, Iterable[Violation]]:
    """Compare the states of events. An event that PostgreSQL lacks is RECEIVED until its record has an outcome, which `_decided` judges."""
    stored: Stored = look.sources["database"]
    names = ("corporate_action_event_id", "version", "state", "entitlements", "reason")
    projected = {
        str(item["corporate_action_event_id"]): {name: item.get(name) for name in names}
        for item in look.sources["queue-state"].values()
        if item.get("kind") == "corporate_action"
        and (item.get("state") != "RECEIVED" or item["corporate_action_event_id"] in stored.event_states)
    }
    pending = stored.pending("corporate_action")
    return len(stored.event_states), misprojected(
        stored.event_states,
        projected,
        pending,
        lambda key: publish_again("corporate_action", key) if key in stored.event_states else FEED,
    )


def _open_quantities(look: Look) -> tuple[int, Iterable[Violation]]:
    stored: Stored = look.sources["database"]
    projected = {
        f"{item['safekeeping_account']}/{item['isin']}": {"open_quantity": item.get("open_quantity")}
        for item in look.sources["queue-state"].values()
        if item.get("kind") == "tax_lots"
    }
    accounts = stored.pending("tax_lots")
    pending = {key for key in (*stored.open_quantities, *projected) if _account(key) in accounts}
    return len(stored.open_quantities), misprojected(
        stored.open_quantities,
        projected,
        pending,
        lambda key: _lots_again(key) if key in stored.open_quantities else _delete_lots(key),
    )


def _lots_again(key: str) -> str:
    return publish_again("tax_lots", _account(key))


def _delete_lots(key: str) -> str:
    """No lots are left that would give the item anew."""
    return f"delete the item tax_lots:{key.replace('/', ':')} of queue-state (aws dynamodb delete-item)"


def _account(key: str) -> str:
    return key.rpartition("/")[0]


def _calculated(look: Look) -> tuple[int, Iterable[Violation]]:
    """Compare items with calculations, without the database: an item that has none was never published whole."""
    items = look.sources["projection"]
    missing = (
        Violation(key, f"S3 lacks its calculation {item.get('calculation_key')}", FEED)
        for key, item in items.items()
        if item.get("calculation_key") not in look.sources["calculations"]
    )
    return len(items), missing


def _balanced(look: Look) -> tuple[int, Iterable[Violation]]:
    agreeing = [balance for balance in look.sources["database"].balances if balance.position == balance.facts]
    return len(agreeing), unbalanced(agreeing)


def _carried(look: Look) -> tuple[int, Iterable[Violation]]:
    """Compare quarantined records with their originals. The engine quarantines what it has read: its original is the normalised record."""
    items, letters = look.sources["queue-state"], look.sources["dead letters"]
    assert isinstance(letters, DeadLetters)
    sent: dict[str, str] = {}
    if "database" in look.sources and "stream" in look.sources:
        of_engine = look.sources["database"].record_states
        sent = {key: record.digest for key, record in look.sources["stream"].items() if key not in of_engine}
    count = sum(item.get("state") == "QUARANTINED" for item in records_of(items).values())
    return count, uncarried(items, letters.quarantined, look.sources["originals"], sent, letters.since)


def _published(look: Look) -> tuple[int, Iterable[Violation]]:
    waiting = look.sources["database"].waiting
    return len(waiting), overdue(waiting, look.due)


INVARIANTS = (
    Invariant("each record that the stream accepted is in queue-state", ("stream", "queue-state"), _known),
    Invariant(f"each record has an outcome ({', '.join(sorted(FINAL))})", ("queue-state",), _decided),
    Invariant("queue-state and PostgreSQL know one outcome of each record", ("queue-state", "database"), _told),
    Invariant(
        "each entitlement is in PostgreSQL once, and its calculation in S3", ("database", "calculations"), _stored
    ),
    Invariant("each projected entitlement has its calculation in S3", ("projection", "calculations"), _calculated),
    Invariant("the projected entitlements are those that PostgreSQL gives", ("projection", "database"), _projected),
    Invariant("the states of events are those that PostgreSQL gives", ("queue-state", "database"), _events),
    Invariant(
        "the open quantities of lots are those that PostgreSQL gives", ("queue-state", "database"), _open_quantities
    ),
    Invariant("each revision that became CALCULATED has a record of its announcement", ("database",), _announced),
    Invariant("lots add up to positions where the facts do", ("database",), _balanced),
    Invariant(
        "each quarantined record has its reason and its bytes", ("queue-state", "dead letters", "originals"), _carried
    ),
    Invariant("no outbox row waits too long", ("database",), _published),
)
