"""A message of our records: the instruction of an election, the answer to one, the statement of an account's holdings."""

from argparse import Namespace
from datetime import UTC, datetime

from domain.calculation import DocumentError, book_of
from domain.case import Case, Holder, judged_election, open_case
from domain.case.book import FactBook
from domain.held import Held
from domain.messages import Envelope, write_holdings, write_instruction, write_status
from domain.records import CorporateAction, Election, Position
from domain.records.position import latest
from domain.rules import Rules
from servicing_engine.commands.document import read_documents
from servicing_engine.commands.message.source import NothingToWriteError, of_tables
from servicing_engine.settings import UnusableError

_WAITING = ("not_released", "unread_terms")
"""Reasons for which an election waits: it may still count, so nothing is answered."""


def instruction_of_election(chosen: Namespace, now: datetime) -> str:
    """Return the instruction of the election that stands. Raises NothingToWriteError, UnwritableMessageError, UnusableError."""
    case, holder, election = _elected(chosen, now)
    standing, refused = _judged(case, holder, election)
    if standing is None:
        why = f"{refused.reason}: {refused.detail}" if refused else "it names another event or account"
        raise NothingToWriteError(f"election {election.election_id} does not count: {why}")
    return write_instruction(chosen.kind, standing, case.event, _envelope(chosen, now))


def answer_of_election(chosen: Namespace, now: datetime) -> str:
    """Return the status of an election: accepted, or rejected with the reason. Raises as `instruction_of_election` does."""
    case, holder, election = _elected(chosen, now)
    _, refused = _judged(case, holder, election)
    if refused and refused.reason in _WAITING:
        raise NothingToWriteError(f"election {election.election_id} waits: {refused.reason}: {refused.detail}")
    return write_status(chosen.kind, election, case.event, refused, _envelope(chosen, now))


def statement_of_account(chosen: Namespace, now: datetime) -> str:
    """Return the statement of the account's newest positions up to a day. Raises as `instruction_of_election` does."""
    day = chosen.as_of or now.date()
    positions = [
        record for record in _book(chosen, now).of_type(Position) if record.safekeeping_account == chosen.account
    ]
    text = write_holdings(chosen.kind, chosen.account, day, latest(positions, day), _envelope(chosen, now))
    if not text:
        raise NothingToWriteError(f"no position is above or below zero on {day}")
    return text


def _book(chosen: Namespace, now: datetime) -> FactBook:
    """Return the records of the document, or those of the account that the engine has received."""
    if chosen.file:
        try:
            return book_of(read_documents([chosen.file]).parts)
        except DocumentError as error:
            raise UnusableError(f"{chosen.file}: {error}") from error
    from servicing_engine.store import known  # a document needs no database

    return of_tables(lambda cursor: known.book_of(cursor, chosen.account, now))


def _elected(chosen: Namespace, now: datetime) -> tuple[Case, Holder, Election]:
    """Return (event, holder, the latest content of the election that is meant). Raises NothingToWriteError."""
    book = _book(chosen, now)
    event = next((event for event in book.of_type(CorporateAction) if event.identity == chosen.event), None)
    if event is None or not event.stands:
        raise NothingToWriteError(
            "the event is not announced" if event is None else f"the event has ended ({event.function})"
        )
    named = (chosen.event, chosen.account)
    elections = {
        election.election_id: election
        for election in book.of_type(Election)
        if (election.corporate_action_event_id, election.safekeeping_account) == named
        and chosen.election in (None, election.election_id)
    }
    if len(elections) != 1:
        of_one = f" {chosen.election}" if chosen.election else ""
        several = f"several elections, name one with --election: {', '.join(elections)}"
        raise NothingToWriteError(several if elections else f"there is no election{of_one}")
    (election,) = elections.values()
    holder = next(holder for holder in book.holders(event) if holder.safekeeping_account == chosen.account)
    return open_case(event, Rules(None, None), None), holder, election


def _judged(case: Case, holder: Holder, election: Election) -> tuple[Election | None, Held | None]:
    try:
        return judged_election(case, holder, election.election_id)
    except Held as held:
        raise NothingToWriteError(
            f"election {election.election_id} cannot be judged yet: {held.reason}: {held.detail}"
        ) from held


def _envelope(chosen: Namespace, now: datetime) -> Envelope:
    return Envelope(chosen.sender, chosen.receiver, chosen.reference, now.astimezone(UTC), version=chosen.version)
