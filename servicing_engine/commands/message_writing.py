"""`message write KIND EVENT ACCOUNT`: a message of an entitlement, from a document of `calculate` or from the engine's tables."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from domain.messages import KINDS, REVERSALS, Envelope, UnwritableMessageError, write_message
from servicing_engine.commands.calculate import calculated
from servicing_engine.commands.common import read_database
from servicing_engine.commands.message_source import MessageSource, Row, of_database, of_document
from servicing_engine.settings import UnusableError

NOTHING_TO_WRITE = 1
ADVICES = ("MT564-REPE", "seev.035")
_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_EPILOG = """
kinds:
  MT564-REPE, seev.035   preliminary advice: what will be paid; of the entitlement that stands
  MT566, seev.036        confirmation: what was paid; of an entitlement that a custodian's confirmation says is paid, or that
                         you say was posted (--posting-date)
  MT566-REVR, seev.037   reversal: what was paid is taken back; of the entitlement that was reversed last, with --previous
                         and --posting-date

examples:
  %(prog)s MT564-REPE CA-2026-0001 ACC-0001 --sender ASOPGB2L --receiver CLIEGB22 --reference OUT-1
  %(prog)s seev.036 CA-2026-0001 ACC-0001 --sender ASOPGB2L --receiver CLIEGB22 --reference OUT-2 --file document.json

Without --file it reads PostgreSQL, with a task's environment. The message is on standard output, and nothing else is.
exit status: 0 written; 1 there is nothing to write or the standard has no room for it; 3 usage, or a file or
an environment that cannot be used
"""


class NothingToWriteError(ValueError):
    """The message names event, account, and what to do."""


def add_write(actions: Any, now: Callable[[], datetime]) -> None:
    """Add the action to those of `message`. `now` gives the instant (aware) at which a message is prepared."""
    parser: argparse.ArgumentParser = actions.add_parser(
        "write",
        help="writes a preliminary advice, confirmation or reversal (MT564, MT566, seev.035, .036, .037) of an entitlement",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", metavar="KIND", choices=KINDS, help=f"one of {', '.join(KINDS)}")
    parser.add_argument("event", metavar="EVENT", help="corporate_action_event_id")
    parser.add_argument("account", metavar="ACCOUNT", help="safekeeping_account")
    parser.add_argument("--option", metavar="NUMBER", help="option_number; needed where there are several")
    parser.add_argument("--sender", required=True, type=bic, metavar="BIC")
    parser.add_argument("--receiver", required=True, type=bic, metavar="BIC")
    parser.add_argument("--reference", required=True, help="our reference of this message (20C SEME)")
    parser.add_argument(
        "--previous",
        default="",
        metavar="REFERENCE",
        help="our reference of the confirmation that a reversal takes back",
    )
    parser.add_argument(
        "--posting-date",
        type=date.fromisoformat,
        metavar="DATE",
        help="when it was posted; else the custodian's posting date, else the payment date",
    )
    parser.add_argument("--file", type=Path, metavar="FILE", help="a document of `calculate`, or - for standard input")
    parser.set_defaults(run=lambda chosen: print_message(chosen, now()))


def bic(text: str) -> str:
    """Return a business identifier code as it is. Raises ValueError if it is none."""
    if not _BIC.fullmatch(text):
        raise ValueError(f"{text} is no BIC of 8 or 11 characters")
    return text


def print_message(chosen: argparse.Namespace, now: datetime) -> int:
    """Print the message that was asked for and return the exit status. `now` (aware) is when it is prepared. Raises UnusableError."""
    try:
        text = _written(chosen, now)
    except (NothingToWriteError, UnwritableMessageError) as error:
        print(f"message: event {chosen.event}, account {chosen.account}: {error}", file=sys.stderr)
        return NOTHING_TO_WRITE
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return 0


def _written(chosen: argparse.Namespace, now: datetime) -> str:
    if chosen.file:
        document, result = calculated([chosen.file])
        return _write(chosen, now, of_document(document, result, chosen.event, chosen.account))
    try:
        return read_database(lambda cursor: _write(chosen, now, of_database(cursor, chosen.event, chosen.account)))
    except UnusableError as error:
        raise UnusableError(f"{error}; or name a document with --file") from error


def _write(chosen: argparse.Namespace, now: datetime, source: MessageSource) -> str:
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
    )
    return write_message(chosen.kind, entitlement, announced, envelope)


def _chosen(chosen: argparse.Namespace, source: MessageSource) -> Row:
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


def _nothing(chosen: argparse.Namespace, source: MessageSource, reverses: bool) -> str:
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


def _posted(chosen: argparse.Namespace, entitlement: Row, source: MessageSource) -> date | None:
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
