"""What a message can be written of: entitlements that stand or were taken back, with their announcements."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from domain.calculation import PARTS
from domain.case.reversals import reversed_result
from domain.records import Confirmation, Record, RecordError, parse_record
from servicing_engine.commands.common import read_database
from servicing_engine.settings import UnusableError

Row = Mapping[str, Any]
_Result = TypeVar("_Result")


class NothingToWriteError(ValueError):
    """The message says why there is nothing to write, and what to do."""


@dataclass(frozen=True, slots=True)
class MessageSource:
    """Of one event and account: `standing` entitlements, those that were `taken_back` (as they were, not negated), the announcement of a
    version (None where there is none), the custodian's posting dates by option number, and why something is missing."""

    standing: Sequence[Row]
    taken_back: Sequence[Row]
    announcement: Callable[[int], Row | None]
    posting_dates: Mapping[str, date]
    held: Sequence[str]


def of_tables(read: Callable[[Any], _Result]) -> _Result:
    """Return `read(cursor)` on the task's database. Raises UnusableError without a task's environment."""
    try:
        return read_database(read)
    except UnusableError as error:
        raise UnusableError(f"{error}; or name a document with --file") from error


def of_document(document: Row, result: Row, event_id: str, account: str) -> MessageSource:
    """Return the source in a document of `calculate` and its result."""
    names = {"corporate_action_event_id": event_id, "safekeeping_account": account}
    announced = _records(document, "corporate_actions", {"corporate_action_event_id": event_id})
    confirmed = [record for record, _ in _records(document, "confirmations", names) if isinstance(record, Confirmation)]
    in_order = sorted(confirmed, key=lambda confirmation: confirmation.sequence)
    standing_confirmations = {confirmation.identity: confirmation for confirmation in in_order}
    return MessageSource(
        standing=_named(result["entitlements"], names),
        taken_back=[reversed_result(row) for row in _named(result["reversals"], names)],
        announcement={record.sequence: body for record, body in reversed(announced)}.get,
        posting_dates=_posting_dates(standing_confirmations.values()),
        held=[
            "{reason}: {detail}".format(**row)
            for row in result["rejected"]
            if (row["record"], row["record_id"]) == ("corporate_action", event_id)
        ],
    )


def of_database(cursor: Any, event_id: str, account: str) -> MessageSource:
    """Return the source in the engine's tables."""
    from servicing_engine.store import current, history  # a document needs no database

    rows = history.entitlements(cursor, event_id, account, None)
    taken_back = {(row["option_number"], row["revision"]) for row in rows if row["is_reversal"]}
    return MessageSource(
        standing=[row for row in rows if row["status"] == "CALCULATED"],
        taken_back=[
            row for row in rows if not row["is_reversal"] and (row["option_number"], row["revision"]) in taken_back
        ],
        announcement=lambda version: history.announcement(cursor, event_id, version),
        posting_dates=_posting_dates(current.confirmations_of(cursor, event_id, [account])),
        held=history.held(cursor, event_id, account),
    )


def _posting_dates(confirmations: Iterable[Confirmation]) -> dict[str, date]:
    """Return option number -> the day of its last payment."""
    paid = sorted(
        (confirmation.posting_date, confirmation.option_number)
        for confirmation in confirmations
        if confirmation.posting_date
    )
    return {option: day for day, option in paid}


def _named(rows: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in names.items())]


def _records(document: Row, part: str, names: Mapping[str, str]) -> list[tuple[Record, Row]]:
    """Return the records of a part that can be read and have these names, each with its normalised JSON."""
    records: list[tuple[Record, Row]] = []
    entries = document.get(part)
    for raw in entries if isinstance(entries, list) else ():
        try:
            record, normalised = parse_record({"record_type": PARTS[part], **raw})
        except (RecordError, TypeError):  # TypeError: no object; calculate has rejected both
            continue
        if all(normalised.get(name) == value for name, value in names.items()):
            records.append((record, normalised))
    return records
