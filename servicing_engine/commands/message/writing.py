"""`message write KIND …`: a message of what we have, from a document of `calculate` or from the engine's tables."""

import argparse
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from domain.messages import (
    ADVICES,
    CONFIRMATIONS,
    INSTRUCTIONS,
    REVERSALS,
    STATEMENTS,
    STATUSES,
    UnwritableMessageError,
)
from domain.messages.bic import is_bic
from servicing_engine.commands.message.of_entitlement import message_of_entitlement
from servicing_engine.commands.message.of_records import (
    answer_of_election,
    instruction_of_election,
    statement_of_account,
)
from servicing_engine.commands.message.source import NothingToWriteError

NOTHING_TO_WRITE = 1
_OF_ENTITLEMENT, _OF_ELECTION = ("event", "account", "option"), ("event", "account", "election")
_FAMILIES: tuple[tuple[tuple[str, ...], str, Callable[[argparse.Namespace, datetime], str], tuple[str, ...]], ...] = (
    (ADVICES, "preliminary advice: what will be paid; of the entitlement that stands", message_of_entitlement, _OF_ENTITLEMENT),
    (CONFIRMATIONS, "confirmation: what was paid; of an entitlement that a custodian's confirmation says is paid, or that you say was"
     " posted (--posting-date)", message_of_entitlement, _OF_ENTITLEMENT),
    (REVERSALS, "reversal: what was paid is taken back; of the entitlement that was reversed last, with --previous and --posting-date",
     message_of_entitlement, _OF_ENTITLEMENT),
    (INSTRUCTIONS, "instruction: an election that stands, for the account servicer", instruction_of_election, _OF_ELECTION),
    (STATUSES, "answer to an instruction: accepted, or rejected with the reason", answer_of_election, _OF_ELECTION),
    (STATEMENTS, "statement of the settled holdings of an account", statement_of_account, ("account", "as_of")),
)  # fmt: skip
"""(kinds in FIN and XML, what they say, what writes them, their arguments)."""
_ARGUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "event": ("event", {"metavar": "EVENT", "help": "corporate_action_event_id"}),
    "account": ("account", {"metavar": "ACCOUNT", "help": "safekeeping_account"}),
    "option": ("--option", {"metavar": "NUMBER", "help": "option_number; needed where there are several"}),
    "election": ("--election", {"metavar": "ID", "help": "election_id; needed where there are several"}),
    "as_of": ("--as-of", {"type": date.fromisoformat, "metavar": "DATE", "help": "the newest positions up to this day; else today"}),
}  # fmt: skip
_EPILOG = """
examples:
  %(prog)s MT564-REPE CA-2026-0001 ACC-0001 --sender ASOPGB2L --receiver CLIEGB22 --reference OUT-1
  %(prog)s seev.036 CA-2026-0001 ACC-0001 --sender ASOPGB2L --receiver CLIEGB22 --reference OUT-2 --file document.json
  %(prog)s MT535 ACC-0001 --as-of 2026-03-16 --sender ASOPGB2L --receiver CLIEGB22 --reference OUT-3 --file holdings.fin

Without --file it reads PostgreSQL, with a task's environment. The message is on standard output, and nothing else is.
exit status: 0 written; 1 there is nothing to write or the standard has no room for it; 3 usage, or a file or
an environment that cannot be used
"""


def add_write(actions: Any, now: Callable[[], datetime]) -> None:
    """Add the action to those of `message`. `now` gives the instant (aware) at which a message is prepared."""
    write = actions.add_parser(
        "write",
        help="writes a message of an entitlement, an election or an account's holdings",
        description=__doc__,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = write.add_subparsers(dest="kind", metavar="KIND", required=True)
    for (name, *others), says, written, arguments in _FAMILIES:
        kind = kinds.add_parser(name, aliases=others, help=says, description=says)
        for argument in arguments:
            place, options = _ARGUMENTS[argument]
            kind.add_argument(place, **options)
        _add_common(kind, is_posted=arguments is _OF_ENTITLEMENT)
        kind.set_defaults(run=lambda chosen, written=written: print_message(written, chosen, now()))


def _add_common(kind: argparse.ArgumentParser, *, is_posted: bool) -> None:
    kind.add_argument("--sender", required=True, type=bic, metavar="BIC")
    kind.add_argument("--receiver", required=True, type=bic, metavar="BIC")
    kind.add_argument("--reference", required=True, help="our reference of this message (20C SEME)")
    kind.add_argument(
        "--version",
        type=int,
        default=0,
        metavar="N",
        help="version of an ISO 20022 message, such as 13 of seev.036.001.13",
    )
    kind.add_argument("--file", type=Path, metavar="FILE", help="a document of `calculate`, or - for standard input")
    if is_posted:
        kind.add_argument(
            "--previous", default="", metavar="REFERENCE", help="our reference of the confirmation that a reversal takes back"
        )  # fmt: skip
        kind.add_argument(
            "--posting-date",
            type=date.fromisoformat,
            metavar="DATE",
            help="when it was posted; else the custodian's posting date, else the payment date",
        )


def bic(text: str) -> str:
    """Return a business identifier code as it is. Raises ValueError if it is none."""
    if not is_bic(text):
        raise ValueError(f"{text} is no BIC of 8 or 11 characters")
    return text


def print_message(
    written: Callable[[argparse.Namespace, datetime], str], chosen: argparse.Namespace, now: datetime
) -> int:
    """Print the message that was asked for and return the exit status. `now` (aware) is when it is prepared. Raises UnusableError."""
    try:
        text = written(chosen, now)
    except (NothingToWriteError, UnwritableMessageError) as error:
        event = f"event {chosen.event}, " if "event" in chosen else ""
        print(f"message: {event}account {chosen.account}: {error}", file=sys.stderr)
        return NOTHING_TO_WRITE
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
    return 0
