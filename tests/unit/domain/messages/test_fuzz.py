"""Whatever comes in, a message is read or refused with a reason: nothing else is ever raised."""

import time

from hypothesis import example as given_example
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages import is_message, read_message
from domain.records import RecordError, parse_record
from tests.unit.domain.messages.examples import ALL, example

PIECES = (
    *(
        b":16R:GENL\n",
        b":16S:GENL\n",
        b":98A::RDTE//20260316\n",
        b":93B::AGGR//UNIT/5,\n",
        b"-}",
        b"{4:\n",
        b"\n",
        b":",
    ),
    *(
        b"<A>",
        b"</A>",
        b"<Document>",
        b"&amp;",
        b"&x;",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"\x00",
        b"\xff",
        b"N",
        b"//",
        b",",
    ),
    *(b"9" * 40, b"UKWN", b"2026-02-30", b"-1", b"1E5", b"<Cd>", b"SHOR"),
)


def outcome(data):
    """The records, at least one, each of which is valid; None where the message is refused, with a reason and a detail."""
    records, refused = None, None
    try:
        records = read_message(data)
    except RecordError as error:
        refused = error
    assert records or (refused.reason and refused.detail)
    for raw in records or ():
        parse_record(raw)
    return records


@st.composite
def damaged_messages(draw):
    """An example with up to four slices cut out, doubled or replaced by a piece of other messages."""
    data = example(draw(st.sampled_from(ALL)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        put = draw(
            st.one_of(st.sampled_from(PIECES), st.just(b""), st.just(data[start:end] * 2), st.binary(max_size=8))
        )
        data = data[:start] + put + data[end:]
    return data


@settings(max_examples=600, deadline=None)
@given(damaged_messages())
def test_a_damaged_message_is_read_or_refused(data):
    outcome(data)


@st.composite
def changed_lines(draw):
    """An example in FIN whose lines are dropped, doubled or swapped."""
    data = example(draw(st.sampled_from([name for name in ALL if name.endswith(".fin")])))
    lines = data.split(b"\n")
    for _ in range(draw(st.integers(1, 5))):
        at, to = draw(st.integers(1, len(lines) - 2)), draw(st.integers(1, len(lines) - 2))
        change = draw(st.sampled_from(["drop", "double", "swap"]))
        if change == "drop" and len(lines) > 4:
            del lines[at]
        elif change == "double":
            lines.insert(to, lines[at])
        else:
            lines[at], lines[to] = lines[to], lines[at]
    return b"\n".join(lines)


@settings(max_examples=400, deadline=None)
@given(changed_lines())
def test_a_message_with_its_lines_mixed_up_is_read_or_refused(data):
    outcome(data)


@settings(max_examples=300)
@given(st.sampled_from([b"{1:", b":16R:", b"<", b"<?xml ", b"<Document>"]), st.binary(max_size=200))
@given_example(b"<", b"")
@given_example(b"{1:", b"}" * 50)
def test_anything_that_begins_like_a_message_is_read_or_refused(start, rest):
    assert is_message(start + rest)
    outcome(start + rest)


def test_a_statement_of_a_whole_stream_record_is_read_in_seconds():
    text = example("holdings.fin").decode()
    start, end = text.index(":16R:SUBSAFE"), text.index(":16S:SUBSAFE\n") + len(":16S:SUBSAFE\n")
    part = text[start:end]
    parts = "".join(
        part.replace("DTCYUS33", f"DTCYUS{number % 36**2 // 36:02d}{number:03d}"[:11]) for number in range(900)
    )
    began = time.process_time()
    assert len(outcome((text[:start] + parts + text[end:]).encode())) == 2700
    assert time.process_time() - began < 20
