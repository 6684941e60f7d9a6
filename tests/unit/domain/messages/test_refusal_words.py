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
