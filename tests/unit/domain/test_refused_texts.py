"""Every text with which `calculate` refuses or holds: each once, with its record, field and code, in `refused_texts.txt`.

A line names a worked example (or `whole`, the document of test_malformed_documents) and what is changed in it, then the refusal, which was
what the code answered, then read. A path may be new, the value `absent` takes away, and `twice` adds a part of a list once more.
"""

import copy
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from domain.calculation import calculate_document
from tests.unit.domain.afresh import imported_afresh
from tests.unit.domain.test_malformed_documents import whole
from tests.worked_cases import WORKED

LINES = Path(__file__).with_name("refused_texts.txt").read_text(encoding="utf-8").splitlines()
CHANGE = re.compile(r"(?P<path>\S+) = (?P<value>.+?)(?:; |$)")


def changed(line):
    """The document of a line."""
    name, _, changes = line.partition(" -> ")[0].partition(" ")
    document = whole() if name == "whole" else json.loads((WORKED / f"{name}.json").read_text("utf-8"))["document"]
    for change in CHANGE.finditer(changes):
        put(document, change["path"].split("."), json.loads(change["value"]))
    return document


def put(target, path, value):
    *above, last = (int(name) if name.isdecimal() else name for name in path)
    for name in above:
        target = target[name]
    if value == "twice":
        target.append(copy.deepcopy(target[last]))
    elif value == "absent":
        del target[last]
    else:
        target[last] = value


def refused(result) -> Iterator[str]:
    for row in result["rejected"]:
        yield f"{row['record']} {row['record_id']}: {row['field']}: {row['reason']}: {row['detail']}"


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.partition(" ")[0])
def test_a_refusal_says_word_for_word_what_is_wrong(line):
    assert line.partition(" -> ")[2] in [*refused(calculate_document(changed(line)))]


def test_records_are_refused_in_the_same_words_by_a_new_process():
    of_records = [
        line for line in LINES if re.search(r": (duplicate|invalid|missing_field|not_an?|unknown)_?\w*: ", line)
    ]
    with imported_afresh():
        calculate = import_module("domain.calculation").calculate_document
        told = {line: [*refused(calculate(changed(line)))] for line in of_records}
    assert [line for line, rows in told.items() if line.partition(" -> ")[2] not in rows] == []


KEPT = (
    "whole",
    "draw_of_each_account",
    "lots_specific_of_the_lot_named",
    "transfer_of_named_lots",
    "confirmed_in_two_parts",
)


def test_what_a_new_process_keeps_of_a_record_reads_as_the_same_record():
    with imported_afresh():
        parse, parts = import_module("domain.records").parse_record, import_module("domain.calculation").PARTS
        documents = [changed(name) for name in KEPT]
        raws = [
            {"record_type": kind} | raw
            for part, kind in parts.items()
            for made in documents
            for raw in made.get(part, ())
        ]
        kept = [parse(raw) for raw in raws]
        assert [parse(normalised) for _, normalised in kept] == kept
    assert len(kept) > 20
