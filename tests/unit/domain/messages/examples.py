"""The example messages of examples/feeds/messages, and changes to them."""

from pathlib import Path

import pytest

from domain.messages import read_message
from domain.records import RecordError
from tests.unit.domain.messages.published import faults

FOLDER = Path(__file__).parents[4] / "examples" / "feeds" / "messages"
ALL = sorted(path.name for path in FOLDER.iterdir())
BOTH_STANDARDS = sorted(path.stem for path in FOLDER.glob("*.fin") if path.with_suffix(".xml").exists())


def example(name, *changes):
    """An example's bytes with each change (old, new) made once."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{name} does not have {old!r}"
        text = text.replace(old, new, 1)
    return text.encode()


def refusal(data):
    """(reason, field) of a message that cannot be read, which also says in words what is wrong."""
    with pytest.raises(RecordError) as refused:
        read_message(data)
    assert refused.value.detail
    return refused.value.reason, refused.value.field


def facts(data):
    """The records of a message without what it says beside."""
    return [{name: record[name] for name in record if name != "unread"} for record in read_message(data)]


def unread(data):
    """What a message keeps beside its records, as (place, value, whether it holds)."""
    kept = [entry for record in read_message(data) for entry in record.get("unread", ())]
    return [(entry["field"], entry["value"], entry.get("holds", False)) for entry in kept]


def read(name, *changes):
    """Return the records of a changed example; an XML one is still valid against the published structure."""
    data = example(name, *changes)
    if name.endswith(".xml"):
        assert faults(data.decode()) == []
    return read_message(data)
