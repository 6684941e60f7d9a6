"""A violation of an invariant, by record, with the command that comes next."""

import re
from dataclasses import dataclass

FEED = "put its records on the stream again (make feed FILE=…): what is known of them changes nothing"
FOLD = "send one of its trades with a higher sequence (make feed FILE=…): its lots are folded anew"


@dataclass(frozen=True, order=True)
class Violation:
    """What is wrong with one record (an id or key), in words, and the next command."""

    record: str
    found: str
    next: str


def redrive(letter_id: str) -> str:
    """Return the command that sends a letter again, and the one that discards it."""
    return f"make redrive DO='send {letter_id}', or DO='discard {letter_id} --note TEXT'"


def replay(received_at: object) -> str:
    """Return the command that sends what arrived from then on through ingestion again, and what is left where the stream forgot it."""
    return f"make replay FROM={received_at}; where the stream holds it no more, {FEED}"


def publish_again(kind: str, key: str) -> str:
    """Return the command that makes the engine publish once more what `key` stands for (migration 0007)."""
    kind, key = (text.replace("'", "''") for text in (kind, key))
    statement = f"SELECT publish_again('{kind}', '{key}')"
    return 'psql -c "' + re.sub(r'([\\"$`])', r"\\\1", statement) + '"'
