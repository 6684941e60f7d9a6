"""Each feed record that the stream accepted has exactly one outcome."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from harness.feed.record_states import FINAL
from harness.verification.violation import FEED, Violation, publish_again, redrive, replay

Item = Mapping[str, Any]
KEPT_AT_LEAST = timedelta(days=14)
"""For so long queue-state keeps an outcome at least: variable `retention_days` of Terraform, whose validation asks for more."""


def unknown(
    arrivals: Mapping[str, datetime], items: Collection[str], given_up: Mapping[str, str], due: datetime
) -> Iterator[Violation]:
    """Give the stream's records that arrived until `due` (aware) and have no item in queue-state.

    `arrivals`: record id -> arrival; `given_up`: record id -> the letter that has it.
    """
    for record_id, arrived in arrivals.items():
        if arrived <= due and record_id not in items:
            letter_id = given_up.get(record_id)
            wrong = f"accepted by the stream at {arrived:%FT%TZ}, and queue-state lacks it{_in_letter(letter_id)}"
            yield Violation(record_id, wrong, redrive(letter_id) if letter_id else FEED)


def undecided(items: Mapping[str, Item], given_up: Mapping[str, str], due: datetime) -> Iterator[Violation]:
    """Give the records of queue-state, received until `due`, without a final state, and those that a message's line counts and that are
    not there. `given_up`: id of a record or request -> the letter that has it."""
    for record_id, item in records_of(items).items():
        if received_at(item) > due:
            continue
        if item.get("state") not in FINAL:
            yield _undecided(record_id, item, items, given_up)
        further = range(2, int(item.get("records", 1)) + 1) if received_at(item) > due - KEPT_AT_LEAST else ()
        for number in further:
            if f"{record_id}/{number}" not in items:
                yield Violation(
                    f"{record_id}/{number}", f"its line has {item['records']} records; queue-state lacks it", FEED
                )


def _undecided(record_id: str, item: Item, items: Mapping[str, Item], given_up: Mapping[str, str]) -> Violation:
    request_id = str(item.get("request_id", ""))
    request, letter_id = items.get(request_id, {}), given_up.get(record_id) or given_up.get(request_id)
    name = f"{item.get('record_type', 'record')} {item.get('record_identity', '')}".strip()
    why = f" ({request['detail']})" if request.get("detail") else ""
    wrong = (
        f"{name} is {item.get('state', 'without a state')} since {item.get('received_at')}; "
        f"its request is {request.get('state', 'unknown')}{why}{_in_letter(letter_id)}"
    )
    return Violation(record_id, wrong, redrive(letter_id) if letter_id else FEED)


def _in_letter(letter_id: str | None) -> str:
    return f", and was given up: letter {letter_id}" if letter_id else ""


def contradicted(
    items: Mapping[str, Item],
    stored: Mapping[str, tuple[str, str]],
    pending: Collection[str],
    old: Collection[str] = (),
) -> Iterator[Violation]:
    """Give the records of which queue-state and PostgreSQL say different things.

    `stored`: record id -> (state, reason). `pending`: the records of which the outbox has still something to tell. `old`: those that came
    before `KEPT_AT_LEAST`, whose items may have expired.
    """
    told = records_of(items)
    for record_id in sorted((stored.keys() | told.keys()) - set(pending)):
        item, known = told.get(record_id, {}), stored.get(record_id)
        state, reason = item.get("state"), item.get("reason", "")
        expired = record_id in old and not item and known and known[0] != "HELD"
        if known and known != (state, reason) and not expired:
            wrong = f"queue-state says {_said(state, reason)}, PostgreSQL {_said(*known)}"
            yield Violation(record_id, wrong, publish_again("record", record_id))
        elif not known and state in FINAL - {"QUARANTINED"}:
            wrong = f"queue-state says {state}, and PostgreSQL lacks the record"
            yield Violation(record_id, wrong, replay(item.get("received_at", "oldest")))


def _said(state: str | None, reason: str) -> str:
    return f"{state or 'nothing'}{f' ({reason})' if reason else ''}"


def records_of(items: Mapping[str, Item]) -> dict[str, Item]:
    """Return the feed records among the items of queue-state."""
    return {item_id: item for item_id, item in items.items() if item.get("kind") == "record"}


def received_at(item: Item) -> datetime:
    """Return when a record came (aware), or the beginning of time where its item does not say."""
    return datetime.fromisoformat(str(item.get("received_at", "0001-01-01T00:00:00Z")))
