"""What a message can be written of: entitlements that stand or were taken back, with their announcements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.calculation import PARTS
from domain.records import CorporateAction, Record, RecordError, parse_record
from domain.reversals import reversed_result

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MessageSource:
    """Of one event and account: `standing` entitlements, those that were `taken_back` (as they were, not negated), the announcement of a
    version (None where there is none), the custodian's confirmations by option number, and why something is missing."""

    standing: Sequence[Row]
    taken_back: Sequence[Row]
    announcement: Callable[[int], Row | None]
    confirmations: Mapping[str, Row]
    held: Sequence[str]


def of_document(document: Row, result: Row, event_id: str, account: str) -> MessageSource:
    """From a document of `calculate` and its result."""
    names = {"corporate_action_event_id": event_id, "safekeeping_account": account}
    announced = _records(document, "corporate_actions", {"corporate_action_event_id": event_id})
    confirmed = _records(document, "confirmations", names)
    return MessageSource(
        standing=_named(result["entitlements"], names),
        taken_back=[reversed_result(row) for row in _named(result["reversals"], names)],
        announcement={each["version"]: each for each in reversed(announced)}.get,
        confirmations={each["option_number"]: each for each in sorted(confirmed, key=lambda each: each["sequence"])},
        held=[
            "{reason}: {detail}".format(**row)
            for row in result["rejected"]
            if (row["record"], row["record_id"]) == ("corporate_action", event_id)
        ],
    )


def of_database(cursor: Any, event_id: str, account: str) -> MessageSource:
    """From the engine's tables."""
    from servicing_engine.store import history  # a document needs no database

    found = history.entitlements(cursor, event_id, account, None)
    taken_back = {(row["option_number"], row["revision"]) for row in found if row["is_reversal"]}
    paid = history.confirmations(cursor, event_id, account)
    return MessageSource(
        standing=[row for row in found if row["status"] == "CALCULATED"],
        taken_back=[
            row for row in found if not row["is_reversal"] and (row["option_number"], row["revision"]) in taken_back
        ],
        announcement=lambda version: history.announcement(cursor, event_id, version),
        confirmations={each["option_number"]: each for each in paid},
        held=history.held(cursor, event_id, account),
    )


def _named(rows: Sequence[Row], names: Mapping[str, str]) -> list[Row]:
    return [row for row in rows if all(row[name] == value for name, value in names.items())]


def _records(document: Row, part: str, names: Mapping[str, str]) -> list[Row]:
    """Normalised records of a part that can be read and have these names; `version` and `sequence` always there."""
    found: list[Row] = []
    entries = document.get(part)
    for raw in entries if isinstance(entries, list) else ():
        try:
            record, normalised = parse_record({"record_type": PARTS[part], **raw})
        except (RecordError, TypeError):  # TypeError: no object; calculate has rejected both
            continue
        if all(normalised.get(name) == value for name, value in names.items()):
            found.append(normalised | _numbers(record))
    return found


def _numbers(record: Record) -> dict[str, int]:
    numbers = {"sequence": record.sequence}
    return numbers | {"version": record.version} if isinstance(record, CorporateAction) else numbers
