"""A message of an entitlement: advice of one that stands, confirmation of one that was paid, reversal of one that was taken back."""

from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, date, datetime

from domain.messages import ADVICES, REVERSALS, Envelope, write_message
from servicing_engine.commands.calculate import calculated
from servicing_engine.commands.message.source import (
    MessageSource,
    NothingToWriteError,
    Row,
    of_database,
    of_document,
    of_tables,
)


def message_of_entitlement(chosen: Namespace, now: datetime) -> str:
    """Return the message. Raises NothingToWriteError, UnwritableMessageError, and UnusableError for a file or environment."""
    if chosen.file:
        document, result = calculated([chosen.file])
        return _write(chosen, now, of_document(document, result, chosen.event, chosen.account))
    return of_tables(lambda cursor: _write(chosen, now, of_database(cursor, chosen.event, chosen.account)))


def _write(chosen: Namespace, now: datetime, source: MessageSource) -> str:
    entitlement = _chosen(chosen, source)
    announced = source.announcement(entitlement["version"])
    if announced is None:
        raise NothingToWriteError(f"the announcement's version {entitlement['version']} is not there")
    envelope = Envelope(
        chosen.sender,
        chosen.receiver,
        chosen.reference,
        now.astimezone(UTC),
        _posted(chosen, entitlement, source),
        chosen.previous,
        chosen.version,
    )
    return write_message(chosen.kind, entitlement, announced, envelope)


def _chosen(chosen: Namespace, source: MessageSource) -> Row:
    """Return the entitlement to write of: for a reversal the one that was taken back last. Raises NothingToWriteError."""
    reverses = chosen.kind in REVERSALS
    given = source.taken_back if reverses else source.standing
    rows = {row["option_number"]: row for row in sorted(given, key=lambda row: (row["version"], row["revision"]))}
    if chosen.option:
        rows = {option_number: row for option_number, row in rows.items() if option_number == chosen.option}
    if not rows:
        raise NothingToWriteError(_nothing(chosen, source, reverses))
    if len(rows) > 1:
        raise NothingToWriteError(f"several options are entitled, name one: {', '.join(rows)}")
    return next(iter(rows.values()))


def _nothing(chosen: Namespace, source: MessageSource, reverses: bool) -> str:
    of_option = f" of option {chosen.option}" if chosen.option else ""
    if reverses:
        stands = f"; what stands is {_options(source.standing)}" if source.standing else ""
        return f"no entitlement{of_option} was reversed{stands}"
    if source.held:
        return f"no entitlement{of_option} stands: {'; '.join(source.held)}"
    if source.standing:
        return f"no entitlement{of_option} stands; what stands is {_options(source.standing)}"
    seen = "`calculate FILE`" if chosen.file else f"`history {chosen.event}`"
    return f"no entitlement{of_option} stands; {seen} shows whose do"


def _options(rows: Sequence[Row]) -> str:
    return f"option {', '.join(row['option_number'] for row in rows)}"


def _posted(chosen: Namespace, entitlement: Row, source: MessageSource) -> date | None:
    """Return the day of posting, None for the payment date. A payment is never called made because its day has come."""
    if chosen.posting_date or chosen.kind in ADVICES:
        return chosen.posting_date  # type: ignore[no-any-return]  # argparse's
    if chosen.kind in REVERSALS:
        raise NothingToWriteError("a reversal is posted on a day of its own: give --posting-date")
    if entitlement["payment_status"] != "CONFIRMED":
        raise NothingToWriteError(
            "the payment is expected, and no confirmation says that it was made: MT564-REPE or seev.035 advise it; where you know"
            " that it was posted, give --posting-date"
        )
    return source.posting_dates.get(entitlement["option_number"])
