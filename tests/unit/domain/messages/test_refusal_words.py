"""In which words a message is refused. `refusal_words.json`: a change of an example, and reason, place and detail of the refusal, which were
what the code answered, then read line by line."""

import json
from pathlib import Path

import pytest

from domain.messages import read_message
from domain.records import RecordError
from tests.unit.domain.messages.examples import example

CASES = json.loads((Path(__file__).parent / "refusal_words.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['example']}-{case['reason']}")
def test_a_refused_message_says_in_words_what_is_wrong(case):
    with pytest.raises(RecordError) as refused:
        read_message(example(case["example"], *case["changes"]))
    told = refused.value
    assert (told.reason, told.field, told.detail) == (case["reason"], case["field"], case["detail"])


@pytest.mark.parametrize(
    ("name", "first", "last", "field"),
    [
        ("holdings.fin", ":16R:SUBSAFE\n", ":16S:SUBSAFE\n", "GENL/17B ACTI"),
        ("holdings.xml", "<BalForAcct>", "</BalForAcct>", "SctiesBalCtdyRpt/BalForAcct"),
    ],
)
def test_a_statement_that_lists_nothing_says_so(name, first, last, field):
    text = example(name).decode()
    emptied = text[: text.index(first)] + text[text.rindex(last) + len(last) :]
    with pytest.raises(RecordError) as refused:
        read_message(emptied.encode())
    told = refused.value
    detail = "the statement lists no holding, so there is nothing to record"
    assert (told.reason, told.field, told.detail) == ("nothing_stated", field, detail)


def test_what_a_text_says_of_its_encoding_is_told_in_300_characters_however_long_it_is():
    with pytest.raises(RecordError) as refused:
        read_message(example("dividend.xml", ('encoding="UTF-8"', f'encoding="{"klingon" * 60}"')))
    told = f"the message is not XML that can be read: unknown encoding: {'klingon' * 60}"[:300]
    assert (refused.value.reason, refused.value.detail) == ("not_xml", told)


def test_a_name_of_255_characters_is_read():
    assert read_message(example("dividend.xml", ("<AcctDtls>", f"<AcctDtls {'a' * 255}='1'>")))
