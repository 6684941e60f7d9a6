"""`python -m harness redrive`: what was given up, listed, shown, sent again, or discarded with a note."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.failure import HarnessError
from harness.feed.lines import USAGE, read_lines
from harness.redrive import audit
from harness.redrive.choosing import chosen
from harness.redrive.ending import Ending
from harness.redrive.letters import letters, original_of
from harness.redrive.showing import described, print_entries, print_letter, print_letters
from harness.system import System, running_system

SECONDS = 120
DONE, NOT_ALL = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's actions, each with its options. Without an action it lists letters."""
    parser.add_argument("--history", action="store_true", help="lists who sent or discarded what")
    parser.add_argument("--reason", default="", metavar="CODE", help="only letters with this reason")
    parser.add_argument("--json", action="store_true", help="JSON instead of lines")
    parser.set_defaults(deed=_list)
    parser.epilog = (
        "Exit status: 0 done, 1 a letter was kept or a record that was sent is quarantined or has no outcome, 2 it could not be done,"
        " 3 usage. An ID is a letter's, its first four characters or more, or the id of a record or request in it."
    )
    deeds = parser.add_subparsers(metavar="DEED")
    show = _deed(deeds, "show", _show, "one letter: reason, original, and what queue-state says now")
    show.add_argument("ids", metavar="ID", nargs=1)
    show.add_argument(
        "--original", action="store_true", help="the bytes of the original alone: for a file, to be mended"
    )
    show.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="JSON instead of lines")
    send = _deed(deeds, "send", _send, "sends letters again; each is deleted once it was accepted")
    send.add_argument("--file", type=Path, metavar="FIXED", help="what is sent instead of one letter's original")
    send.add_argument(
        "--seconds", type=float, default=SECONDS, help=f"how long to wait for outcomes (default: {SECONDS})"
    )
    discard = _deed(deeds, "discard", _discard, "deletes letters; the audit trail keeps them")
    discard.add_argument("--note", required=True, metavar="TEXT", help="why")
    for several in (send, discard):
        several.add_argument("ids", metavar="ID", nargs="*")
        several.add_argument("--all", action="store_true", help="all letters")
        several.add_argument(
            "--reason", default=argparse.SUPPRESS, metavar="CODE", help="only letters with this reason"
        )
        several.add_argument("--dry-run", action="store_true", help="says what would be done, and does nothing")


def _deed(deeds: Any, name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = deeds.add_parser(name, help=text, description=text)
    parser.add_argument("--target", default=argparse.SUPPRESS, help="as above")
    parser.set_defaults(deed=run)
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Do what is asked and return the exit status. Raises HarnessError."""
    if arguments.history and arguments.deed is not _list:
        raise HarnessError("--history lists, and does nothing else", USAGE)
    if arguments.deed in (_send, _discard) and arguments.all == bool(arguments.ids):
        raise HarnessError("name letters, or take all with --all", USAGE)
    return int(arguments.deed(running_system(arguments.target), arguments))


def _list(system: System, arguments: argparse.Namespace) -> int:
    if arguments.history:
        entries = audit.history(system)
        print_entries([entry for entry in entries if arguments.reason in ("", entry.reason)], arguments.json)
        return DONE
    with letters(system) as found:
        print_letters(chosen(system, found, (), arguments.reason)[0], arguments.json)
    return DONE


def _show(system: System, arguments: argparse.Namespace) -> int:
    with letters(system) as found:
        kept, ended = chosen(system, found, arguments.ids)
    _say_ended(ended)
    for letter in kept:
        if arguments.original:
            sys.stdout.buffer.write(original_of(system, letter))
        else:
            print_letter(described(system, letter), arguments.json)
    return DONE


def _send(system: System, arguments: argparse.Namespace) -> int:
    another = read_lines(arguments.file) if arguments.file else None
    ending = Ending(system, arguments.dry_run)
    with letters(system) as found:
        kept, ended = chosen(system, found, arguments.ids, arguments.reason)
        _say_ended(ended)
        accepted = ending.send(kept, another) if kept or not ended else True
    return DONE if ending.outcomes_are_good(arguments.seconds) and accepted else NOT_ALL


def _discard(system: System, arguments: argparse.Namespace) -> int:
    if not arguments.note.strip():
        raise HarnessError("--note is empty: say why the letters are discarded", USAGE)
    with letters(system) as found:
        kept, ended = chosen(system, found, arguments.ids, arguments.reason)
        _say_ended(ended)
        accepted = Ending(system, arguments.dry_run).discard(kept, arguments.note)
    return DONE if accepted else NOT_ALL


def _say_ended(entries: list[audit.Entry]) -> None:
    """Tell of letters that are named and are not there any more: nothing is to be done with them."""
    for entry in entries:
        print(f"{entry.letter_id} was {entry.said}", file=sys.stderr)
