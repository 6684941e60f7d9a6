"""The notation of formats, read when a test runs: what a pattern takes, into which components, and what it does not."""

import pytest

from domain.messages.notation import pattern_of

TAKEN = [
    (":4!c//8!n", ":RDTE//20260316", ("RDTE", "20260316")),
    (":4!c/[8c]/4!c", ":CAEV//DVCA", ("CAEV", None, "DVCA")),
    (":4!c/[8c]/4!c", ":CAEV/ABC/DVCA", ("CAEV", "ABC", "DVCA")),
    ("[N]15d", "12,5", (None, "12,5")),
    ("[N]15d", "N12,", ("N", "12,")),
    ("[N]15d/3!n", "N12,/345", ("N", "12,", "345")),
    ("5d", "123,4", ("123,4",)),
    ("3!a15d", "USD0,25", ("USD", "0,25")),
    ("4!n2e", "2026  ", ("2026", "  ")),
    ("4*5x", "a\nbcdef\nc\nd", ("a\nbcdef\nc\nd",)),
    ("4*5x", "a", ("a",)),
    ("[4!c~]3x", "ABCD\nxyz", ("ABCD", "xyz")),
    ("[4!c~]3x", "xyz", (None, "xyz")),
    ("2x.2x", "a.b", ("a", "b")),
]
NOT_TAKEN = [
    (":4!c//8!n", ":RDTE//2026031"), (":4!c//8!n", ":RDTE//202603160"), (":4!c//8!n", ":rdte//20260316"), (":4!c//8!n", "RDTE//20260316"),
    ("[N]15d", "12"), ("[N]15d", "1,2,3"), ("[N]15d", "P1,"), ("[N]15d", ",5"), ("5d", "1234,5"), ("5d", "12,345"), ("5d", ""),
    ("3!a", "US1"), ("3!n", "12"), ("3n", "1234"), ("3n", ""), ("4*5x", "abcdef"), ("4*5x", "a\nb\nc\nd\ne"), ("4*5x", "a\n"),
    ("2x.2x", "a-b"), ("2x", "a*"), ("2x", "a\n"),
]  # fmt: skip


@pytest.mark.parametrize(("notation", "value", "components"), TAKEN)
def test_a_value_of_a_format_is_taken_apart_into_its_components(notation, value, components):
    assert pattern_of(notation).match(value).groups() == components


@pytest.mark.parametrize(("notation", "value"), NOT_TAKEN)
def test_a_value_that_is_not_of_the_format_is_not_taken(notation, value):
    assert pattern_of(notation).match(value) is None
