"""`message read` and `message check`: what becomes of each message of a file, and of each field in it."""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.messages.draft import Draft
from domain.messages.envelope import is_message, messages_in
from domain.messages.read import drafts_of
from domain.messages.table import shown
from domain.messages.tree import Message
from domain.records import RecordError
from servicing_engine.commands.common import print_json, print_lines, read_bytes

REFUSED = 1
_FATES = ("used", "kept", "holds")
_OF_OURS = "feed what it says as JSON (docs/reference/records.md); docs/reference/messages.md names what is read"
_OF_SENDER = "ask the sender for a corrected message"
_REMEDIES = {
    "unsupported_": _OF_OURS,
    "unknown_": _OF_OURS,
    "no_message": "`calculate` and the feed read JSON",
    "not_sent": "wait for the message that its sender sends instead",
}
"""Beginning of a reason -> what to do about it; of all others: the sender is at fault."""
Outcome = Mapping[str, Any]
"""What became of one message: as an entry of `messages` or, with a `reason`, of `rejected` (`message read --help`)."""


def read_files(paths: Sequence[str]) -> int:
    """Print the outcome of the messages in all files as JSON, and a line of counts on standard error. Return the exit status."""
    outcomes = [outcome for path in paths for outcome in _outcomes(path)]
    rejected = [outcome for outcome in outcomes if "reason" in outcome]
    read = [outcome for outcome in outcomes if "reason" not in outcome]
    print_json({"messages": read, "rejected": rejected})
    records = sum(len(outcome["records"]) for outcome in read)
    print(f"message: {len(read)} messages read, {records} records, {len(rejected)} messages rejected", file=sys.stderr)
    return REFUSED if rejected else 0


def check_files(paths: Sequence[str]) -> int:
    """Print a line for each message in all files. Return the exit status."""
    outcomes = [outcome for path in paths for outcome in _outcomes(path)]
    print_lines(map(_line, outcomes))
    return REFUSED if any("reason" in outcome for outcome in outcomes) else 0


def _outcomes(path: str) -> Iterator[Outcome]:
    data = read_bytes(Path(path))
    try:
        messages = _messages(data)
    except RecordError as error:
        yield {"file": path, "message": None, "type": None, **_refusal(error)}
        return
    for number, message in enumerate(messages, 1):
        named = {"file": path, "message": number, "type": message.kind}
        try:
            drafts = drafts_of(message)
        except RecordError as error:
            yield {**named, **_refusal(error)}
            continue
        records = [draft.raw for draft in drafts]
        yield {**named, "sender": message.sender, "records": records, "fields": list(_fields(message, drafts))}


def _messages(data: bytes) -> list[Message]:
    if not is_message(data):
        detail = f"the file begins with {data[:20]!r}, and a message with {{1: to {{5:, a tag such as :16R:, or <"
        raise RecordError("no_message", "", detail)
    return messages_in(data)


def _refusal(error: RecordError) -> Mapping[str, str]:
    """Return field, reason, detail and remedy. A field or type that we do not read is no fault of the sender."""
    remedy = next((known for start, known in _REMEDIES.items() if error.reason.startswith(start)), _OF_SENDER)
    return {"field": error.field, "reason": error.reason, "detail": error.detail, "remedy": remedy}


def _fields(message: Message, drafts: Sequence[Draft]) -> Iterator[Mapping[str, Any]]:
    """Yield each field or element of a message with its value and fate, then attributes that are kept."""
    kept = [entry for draft in drafts for entry in draft.raw.get("unread", ())]
    left = Counter((entry["field"], entry["value"]) for entry in kept)
    fates = {(entry["field"], entry["value"]): "holds" if entry.get("holds") else "kept" for entry in kept}
    names = defaultdict(list)
    for draft in drafts:
        for name, at in draft.origins():
            names[at].append(name)
    for leaf in (leaf for tree in (message.header, message.root) if tree for leaf in tree.leaves()):
        entry = leaf.path, shown(leaf)
        if left[entry]:
            left[entry] -= 1
            yield {"field": leaf.path, "value": entry[1], "fate": fates[entry]}
        else:
            set_here = sorted({name for at in _around(leaf.path) for name in names.get(at, ())})
            yield {"field": leaf.path, "value": entry[1], "fate": "used", "record_fields": set_here}
    for place, text in left.elements():
        yield {"field": place, "value": text, "fate": fates[place, text]}


def _around(path: str) -> Iterator[str]:
    """Yield a place and the places around it, innermost first."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _line(outcome: Outcome) -> str:
    number = f": message {outcome['message']}: {outcome['type']}" if outcome["message"] else ""
    where = f"{outcome['file']}{number}"
    if "reason" in outcome:
        at = f"field {outcome['field']}: " if outcome["field"] else ""
        return f"{where}: refused: {at}{outcome['reason']}: {outcome['detail']}; {outcome['remedy']}"
    counts = Counter(field["fate"] for field in outcome["fields"])
    records = Counter(record["record_type"] for record in outcome["records"])
    said = ", ".join(f"{count} {record_type}" for record_type, count in records.items())
    holding = [field["field"] for field in outcome["fields"] if field["fate"] == "holds"]
    held = f": held by {', '.join(holding)}" if holding else ""
    return f"{where}: {said}; fields: {', '.join(f'{counts[fate]} {fate}' for fate in _FATES)}{held}"
