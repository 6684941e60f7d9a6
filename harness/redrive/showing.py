"""Letters and entries of the audit trail, printed: a line for each, or JSON."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from harness.feed.record_states import read_items
from harness.redrive.audit import Entry
from harness.redrive.letters import Letter, original_of
from harness.system import System

_LETTER = ("letter_id", "kind", "reason", "received_at", "about")
_ENTRY = ("at", "deed", "letter_id", "kind", "reason", "by", "new_ids", "note", "about")


def print_letters(letters: Sequence[Letter], as_json: bool) -> None:
    """Print a line for each letter, and their number."""
    _print_rows([{name: getattr(letter, name) for name in _LETTER} for letter in letters], as_json)
    if not as_json:
        counts = sorted(Counter(letter.kind for letter in letters).items())
        print(f"{len(letters)} letters{''.join(f', {count} of kind {kind}' for kind, count in counts)}")


def print_entries(entries: Sequence[Entry], as_json: bool) -> None:
    """Print a line for each entry."""
    rows = [asdict(entry) for entry in entries]
    _print_rows([{name: row[name] for name in _ENTRY} for row in rows], as_json)


def _print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Print rows in columns as wide as their widest value."""
    if as_json:
        print(json.dumps(rows, indent=1))
        return
    texts = [
        [",".join(value) if isinstance(value, list) else str(value) or "-" for value in row.values()] for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for row in texts:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def described(system: System, letter: Letter) -> dict[str, Any]:
    """Return what is known of a letter: what it says, its original as text, and what queue-state says of its records and requests now."""
    tables = system.session().resource("dynamodb", endpoint_url=system.endpoint("dynamodb"))
    items = read_items(tables, system.outputs["queue_state_table_name"], list(dict.fromkeys(letter.ids)))
    names = (*_LETTER, "field", "detail")
    return {
        **{name: getattr(letter, name) for name in names},
        "now": {name: outcome(items.get(name)) for name in letter.ids},
        "original": original_of(system, letter).decode("utf-8", "backslashreplace"),
    }


def print_letter(known: Mapping[str, Any], as_json: bool) -> None:
    """Print what `described` returned: a line for each name, the original last."""
    if as_json:
        print(json.dumps(known, indent=1))
        return
    for name, value in known.items():
        if name == "now":
            for record_id, state in value.items():
                print(f"{'now':<12} {record_id}: {state}")
        elif name != "original":
            print(f"{name:<12} {value or '-'}")
    print(f"original:\n{known['original']}")


def outcome(item: Mapping[str, Any] | None) -> str:
    """Return the state of an item of queue-state with its reason, in words."""
    if item is None:
        return "unknown"
    said = " ".join(str(item[name]) for name in ("record_type", "record_identity") if item.get(name))
    why = ": ".join(str(item[name]) for name in ("reason", "detail") if item.get(name))
    return f"{item.get('state')}{f' {said}' if said else ''}{f' ({why})' if why else ''}"
