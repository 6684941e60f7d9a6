"""Every text that an explanation of a worked example has: each once, word for word, in `explained_texts.txt`, or in the rows that two neighbours pin whole.

A text is the arithmetic of a step, or its rule, with numbers, days and names masked. The file was read beside the law and the examples' own
derivations. A new text fails here, with the lines that the file lacks.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.calculation import calculate_document
from domain.corporate_actions import EVENT_TYPES
from tests.unit.domain import test_explained_rows as rows
from tests.unit.domain import test_explanations as entitlements
from tests.unit.domain.test_worked_examples import CASES

FILE = Path(__file__).with_name("explained_texts.txt")
PATHS = {path.stem: path for path in CASES}
LINE = re.compile(r"(?P<name>[^:]+): (?P<arithmetic>.*) -> \S+ \[(?P<rule>.*)\]")
MASKS = (
    (r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d\+00:00)?", "DAY"),
    (r"DAY \([a-z ]+\)(, DAY \([a-z ]+\))*", "DAYS"),
    (r"\(\w+, DAY, [\w-]+, sequence \d+\)", "(PLACE)"),
    (r"\b[A-Z]{2}[A-Z0-9]{9}\d\b", "ISIN"),
    (r"(?<=\d )[A-Z]{3}\b", "CURRENCY"),
    (
        r"(?<=\blot )[\w/-]+|(?<=given up by )\S+|(?<=^BUY )\S+|(?<=^SELL )\S+|(?<=^version )\d+|^[^,:\[]+(?=, DAY: )",
        "NAME",
    ),
    (r"\b(CA|ACC)-[\d-]+(/[\w-]+)*|\b[BST]\d*\b", "NAME"),
    (r"\d+(\.\d+)?(/\d+)?( exactly)?", "N"),
    (r"^(BUY|SELL) NAME of DAY: |^NAME, DAY: ", ""),
    (r"^rate .*", "rate"),
    (r"option N [A-Z]+", "option"),
    (r"N [a-z_]+ \(N %\)", "COMPONENT"),
    (r"(N x N|N \(PLACE\)|COMPONENT|N for N units of lot NAME|N)( \+ \1)+", r"\1"),
)


def explained(case: str) -> dict[tuple[str, ...], list[str]]:
    """(part, identity, option) -> the lines of a row's explanation; SOURCE stands for the event type's own source."""
    result = calculate_document(rows.worked(PATHS[case]), explained=True)
    told: dict[tuple[str, ...], list[str]] = {}
    for part in rows.FIGURES:
        for row in result[part]:
            identity = row[rows.KEYS.get(part, "corporate_action_event_id")]
            source = EVENT_TYPES[row["event_type"]].source if row.get("event_type") in EVENT_TYPES else "no source"
            lines = [line.replace(source, "SOURCE") for line in rows.lines(row)]
            told.setdefault((part, identity, row.get("option_number") or "-"), []).extend(lines)
    return told


def texts(part: str, line: str) -> Iterator[tuple[str, ...]]:
    """Yield the two texts of a line: of its arithmetic, by name, and of its rule."""
    step = LINE.fullmatch(line)
    assert step, line
    yield part, step["name"].split()[0], masked(step["arithmetic"])
    yield part, masked(step["rule"])


def masked(text: str) -> str:
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text)
    return text


def listed() -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield (case, row, line) of the file."""
    case: str = ""
    row: tuple[str, ...] = ()
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            yield case, row, line.strip()
        elif line:
            case, *names = line.split()
            row = tuple(names)


def pinned() -> Iterator[tuple[str, str]]:
    """Yield (part, line) of the file and of the rows that neighbours pin whole."""
    yield from ((part, line) for _, (part, *_), line in listed())
    for (_, part, _), told in rows.EXPLAINED.items():
        yield from ((part, line.strip()) for line in told.strip().splitlines())
    for told in entitlements.EXPLAINED.values():
        yield from (("entitlements", line.strip()) for line in told.strip().splitlines())


PINNED = {text for part, line in pinned() for text in texts(part, line)}


@pytest.mark.parametrize("case", sorted({case for case, _, _ in listed()}))
def test_every_listed_step_is_written_out_with_its_figures(case):
    expected = {(row, line) for name, row, line in listed() if name == case}
    assert expected - {(row, line) for row, told in explained(case).items() for line in told} == set()


@pytest.mark.parametrize("case", PATHS)
def test_no_worked_example_has_a_text_that_is_not_listed(case):
    lacking = [
        (case, *row, line)
        for row, told in explained(case).items()
        for line in told
        if not PINNED.issuperset(texts(row[0], line))
    ]
    assert lacking == []
