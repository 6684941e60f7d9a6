"""`message read`, `message check` and `message write`: ISO 15022 and ISO 20022 messages to records, and back."""

import argparse
from datetime import UTC, datetime
from typing import Any

from servicing_engine.commands.message.reading import check_files, read_files
from servicing_engine.commands.message.writing import add_write

_READING = """
FILE is of messages, ISO 15022 (with or without blocks, several in one file) or ISO 20022 (with or without header), or - for
standard input. Neither AWS nor a database is needed.

%s
exit status: 0 all messages are read; 1 a message is refused, the output is complete all the same; 3 usage, or a file
that cannot be read
"""
_READ = """output: {"messages": [{"file", "message", "type", "sender", "records", "fields"}], "rejected": [{"file", "message", "field",
"reason", "detail", "remedy"}]}. `records` are as a feed carries them. `fields` has each field or element of the message with
its value and fate: used (for `record_fields`; [] if the message's own), kept (in the record's `unread`), or holds (kept,
and the record is held, as the field could change a figure).
"""
_CHECK = """output: a line for each message: what it gives and how many fields are used, kept and hold its record, or the field for which
it is refused, with the remedy. The stream takes a file of several messages whole or not at all.
"""


def add_command(commands: Any) -> None:
    """Add the command to those of `python -m servicing_engine`."""
    message = commands.add_parser(
        "message", help="reads, checks and writes ISO 15022 and ISO 20022 messages", description=__doc__
    )
    actions = message.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, run, does, output in (
        ("read", read_files, "prints the records of messages as JSON, and what becomes of each field", _READ),
        ("check", check_files, "says of each message whether it can be read, and what of it is not used", _CHECK),
    ):
        action = actions.add_parser(
            name, help=does, epilog=_READING % output, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        action.add_argument("files", metavar="FILE", nargs="+", help="see below; - for standard input")
        action.set_defaults(run=lambda chosen, run=run: run(chosen.files))
    add_write(actions, lambda: datetime.now(UTC))
