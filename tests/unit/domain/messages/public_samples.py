"""Compares what the reader makes of a public sample (public/) with what its expectation says.

A *place* is a field as people find it in the message: `CAOPTN[2]/SECMOVE/92D ADEX`, or the path of an element. The places of a message are
listed here without our reader, so that nothing it overlooks is overlooked twice.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

import yaml

from domain.messages import is_message
from domain.messages.read import drafts_in
from domain.records import RecordError

FOLDER = Path(__file__).parent / "public"
NOT_YET = set((FOLDER / "NOT_YET").read_text(encoding="utf-8").split())
_FROM_THE_ENVELOPE = {"version", "sequence", "source"}
"""Fields of a record that are compared only if the expectation has them: they come from headers and from when a message was prepared."""


@dataclass(frozen=True)
class Reading:
    """What the reader made of a file: records as {dotted field: value}, the place of each field, and the places that it does not use.
    `held` are those of the latter that may change a figure."""

    records: list[dict[str, object]]
    places: list[dict[str, str]]
    unread: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)


def read(data):
    """Return the Reading. Raises RecordError. The only function here that knows our reader."""
    if not is_message(data):
        raise RecordError("not_recognised", "", "the first bytes are of no message")
    drafts = list(drafts_in(data))
    unread = [entry for draft in drafts for entry in draft.raw.get("unread", ())]
    records = [dict(_leaves({name: draft.raw[name] for name in draft.raw if name != "unread"})) for draft in drafts]
    places = [{name: _place(draft, name) for name in record} for draft, record in zip(drafts, records, strict=True)]
    places[0] |= {f"({place})": place for draft in drafts for place in draft.used}
    held = {entry["field"] for entry in unread if entry.get("holds")}
    return Reading(records, places, {entry["field"] for entry in unread}, held)


def _place(draft, name):
    """The message's field that a record's field, or the object around it, came from; lists have none."""
    return draft.source(name) or draft.source(name.rpartition(".")[0])


def _leaves(value, path=""):
    if not isinstance(value, dict | list):
        yield path, value
        return
    for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(inner, f"{path}.{name}" if path else str(name))


class Samples(dict):
    """Expectations by file name."""

    folder = FOLDER

    def __init__(self):
        for path in sorted(FOLDER.glob("expected*.yaml")):
            self.update(yaml.safe_load(path.read_text(encoding="utf-8")))

    def data(self, name):
        """Return the sample's bytes."""
        return (FOLDER / name).read_bytes()

    def places_named(self, name):
        """Return the places that the expectation of a message to be read has no room for."""
        return _no_room_for(self[name])

    def has_place(self, name, place):
        """Return True if the message has this field, element or sequence."""
        return any(_within(listed, {place}) for listed in places_of(self.data(name)))


SAMPLES = Samples()


def faults(name):
    """Return what is wrong with our reading of a sample, as lines; empty if it is satisfied."""
    expected, data = SAMPLES[name], SAMPLES.data(name)
    try:
        reading = read(data)
    except RecordError as refused:
        if expected["must"] == "refuse":
            return (
                []
                if _within(_any_option(refused.field), set(map(_any_option, expected["at"])))
                else [f"refused at {refused.field!r} ({refused.reason}), expected {expected['at']}"]
            )
        return [f"refused at {refused.field!r}: {refused.reason}: {refused.detail}"]
    if expected["must"] == "refuse":
        return [f"read, and must be refused at {expected['at']}"]
    return [*record_faults(reading, expected), *account_faults(reading, expected, data)]


def record_faults(reading, expected):
    """Yield the facts that differ. A record without a type is one that we have no name for: its values must be in one record."""
    spare = set(_no_room_for(expected))
    typed = [record for record in expected["records"] if "record_type" in record]
    for kind in {record["record_type"] for record in typed}:
        wanted = [record for record in typed if record["record_type"] == kind]
        given = [index for index, record in enumerate(reading.records) if record["record_type"] == kind]
        if len(wanted) != len(given):
            yield f"{len(given)} {kind} records, expected {len(wanted)}"
            continue
        for record, index in zip(wanted, given, strict=True):
            yield from _differences(dict(_leaves(record)), reading.records[index], reading.places[index], spare)
    if len(typed) == len(expected["records"]):
        kinds = {record["record_type"] for record in typed}
        yield from (
            f"a {each['record_type']} record, which the message does not give"
            for each in reading.records
            if each["record_type"] not in kinds
        )
    left = list(reading.records)
    for record in expected["records"]:
        if "record_type" not in record:
            found = next((given for given in left if _has_values(record, given)), None)
            if found is None:
                yield f"no record has {record}"
            else:
                left.remove(found)


def _no_room_for(expected):
    return [*expected.get("unread", ()), *expected.get("holds", ())]


def _differences(wanted, given, places, spare):
    for name in sorted(wanted.keys() | given.keys()):
        if name in wanted and given.get(name) != wanted[name]:
            yield f"{name} is {given.get(name)!r}, expected {wanted[name]!r}"
        elif name not in wanted and name not in _FROM_THE_ENVELOPE and not _within(places[name], spare):
            yield f"{name} is {given[name]!r}, and the message does not say so"


def _has_values(wanted, given):
    """True if each value, or one of a list of them, is among a record's values, whatever its name there."""
    values = set(given.values())
    return all(values & set(each if isinstance(each, list) else [each]) for each in wanted.values())


def account_faults(reading, expected, data):
    """Yield places that the reader passes over in silence, or says that it does not use although a record has room for them."""
    room = set(_no_room_for(expected))
    used = {place for places in reading.places for place in places.values() if place}
    for place in sorted(places_of(data)):
        if not _within(place, used | reading.unread):
            yield f"{place} is passed over"
        elif _within(place, reading.unread) and not _within(place, room):
            yield f"{place} is not used, and a record has room for it"
    for place in expected.get("holds", ()):
        if _within(place, reading.unread) and not _within(place, reading.held):
            yield f"{place} may change a figure, and holds nothing"


def expected_reading(name):
    """Return the Reading that satisfies an expectation to the letter: it uses every place but those that records have no room for."""
    expected = SAMPLES[name]
    unread = set(_no_room_for(expected))
    records = [dict(_leaves(_first_of_each(record))) for record in expected["records"]]
    used = {f"({index})": place for index, place in enumerate(sorted(places_of(SAMPLES.data(name)) - unread))}
    return Reading(records, [used] * len(records), unread, set(expected.get("holds", ())))


def _first_of_each(record):
    if "record_type" in record:
        return record
    return {name: value[0] if isinstance(value, list) else value for name, value in record.items()}


def _within(place, places):
    """True if a place, or a sequence or element around it, is among `places`."""
    steps = place.split("/")
    return any("/".join(steps[:length]) in places for length in range(1, len(steps) + 1))


def _any_option(place):
    """`CADETL/98A RDTE` as `CADETL/98 RDTE`: a refusal may name any format of a field that is missing."""
    return re.sub(r"(^|/)([0-9]{2})[A-Za-z](?= |$)", r"\1\2", place)


def places_of(data):
    """Return the places of every field or leaf element of all messages of a file; headers and trailers have none."""
    text = data.decode("utf-8", "replace")
    return set(_elements(data)) if text.lstrip("\ufeff\r\n ").startswith("<") else set(_fields(text))


def _fields(text):
    path, counts = [], [Counter()]
    for line in text.splitlines():
        found = re.search(r"(?:^|\{4:):([0-9]{2}[A-Z]?):(?::([A-Z0-9]{4})/)?(.*)", line.lstrip("\x01 "))
        if found is None:
            continue
        tag, qualifier, value = found.groups()
        if tag == "16R":
            counts = [Counter()] if value == "GENL" and not path else counts
            counts[-1][value] += 1
            path.append(value + (f"[{counts[-1][value]}]" if counts[-1][value] > 1 else ""))
            counts.append(Counter())
        elif tag == "16S":
            path, counts = path[:-1], counts[: max(1, len(counts) - 1)]
        else:
            yield "/".join([*path, f"{tag} {qualifier}" if qualifier else tag])


def _elements(data):
    for document in ElementTree.fromstring(data).iter():
        if document.tag.rpartition("}")[2] == "Document":
            yield from _below(document, "")
            return


def _below(element, path):
    counts = Counter()
    for child in element:
        name = child.tag.rpartition("}")[2]
        counts[name] += 1
        inner = f"{path}/{name}".lstrip("/") + (f"[{counts[name]}]" if counts[name] > 1 else "")
        yield from _below(child, inner) if len(child) else [inner]
