"""The pull request comment: what GitHub would make of it."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from harness.report.gate_page import page
from harness.report.junit import junit
from harness.report.markdown import ROOM, markdown
from harness.results.document import Outcome, Run, ScenarioResult
from tests.unit.report.documents import SECRET, exchange, judged, run_of, scenario, varied_run
from tests.unit.report.strategies import RUN

OURS = re.compile(r"(<details><summary>request and answer</summary>\n|</details>\n?)+")
HEADINGS = ("Why", "What changed since the accepted result", "Notes", "Services and lanes", "What fails, or stays open")


def tokens(text: str) -> Iterator[Token]:
    """All, those within lines too."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield token
        yield from token.children or ()


def assert_nothing_but_ours(text: str) -> None:
    found = list(tokens(text))
    assert [one.content for one in found if one.type == "html_inline"] == []
    assert all(OURS.fullmatch(one.content) for one in found if one.type == "html_block")
    headings = [after.content for one, after in pairwise(found) if one.type == "heading_open"]
    assert set(headings[1:]) <= set(HEADINGS)
    links = [one.attrs["href"] for one in found if one.type == "link_open"]
    assert all(str(link).startswith("https://") for link in links)
    texts = [one.content for one in found if one.type == "text"]
    assert not any("@" in one or "owned" in one for one in texts)
    tables = text.count("\n|---|")
    assert sum(one.type == "table_open" for one in found) == tables


@settings(deadline=None, max_examples=50)
@given(run=RUN)
def test_no_text_of_a_document_becomes_markup_or_a_mention(run: Run) -> None:
    assert_nothing_but_ours(markdown(judged(run)))


@settings(deadline=None, max_examples=50)
@given(run=RUN)
def test_every_row_of_a_table_has_as_many_cells_as_its_head(run: Run) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", markdown(judged(run)), re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1


def test_a_hostile_document_stays_text_and_fits() -> None:
    text = markdown(judged(varied_run()))
    assert_nothing_but_ours(text)
    assert len(text.encode()) <= ROOM
    assert text.count("<details>") == text.count("</details>\n")


def test_the_verdict_comes_first_then_the_two_figures() -> None:
    run = run_of(scenario("sqs.a"), scenario("sqs.b", Outcome.FAIL), scenario("sqs.c", Outcome.UNSUPPORTED))
    lines = [line for line in markdown(judged(run)).splitlines() if line]
    assert lines[0].startswith("## ✗ Regression")
    assert "Divergence 50.0 %" in lines[2]
    assert "coverage 66.7 %" in lines[2]


def test_what_changed_is_told_with_was_and_now() -> None:
    text = markdown(judged(run_of(scenario("sqs.b", Outcome.FAIL))))
    assert "| `sqs.b` | `pass` | `fail` ▼ |" in text
    assert "| `sqs.long-gone.case-1` | `pass` | `did not run` ▼ |" in text


def test_a_failure_is_folded_with_link_request_and_response() -> None:
    one = scenario("sqs.b", Outcome.FAIL, exchanges=(exchange("sqs", "why"),))
    text = markdown(judged(run_of(one)))
    assert f"- ✗ `sqs.b`: `{one.detail}` · none · again: `make gate TARGET=ministack ONLY=sqs.b`\n" in text
    folded = text[text.index("<details>") : text.index("</details>")]
    for part in (
        "This call decided: `sqs SendMessage",
        f"<{one.aws}>",
        "POST http://127.0.0.1:4566/",
        "HTTP 400",
        '"message": "why"',
    ):
        assert part in folded
    assert SECRET not in text


@pytest.mark.parametrize("written", [markdown, page, junit], ids=["comment", "page", "JUnit"])
def test_a_report_shows_the_evidence_of_a_failure_and_the_grades_of_all(written: Callable[[Run], str]) -> None:
    fact = "DeleteMessage: a deleted message stays away (recorded: moto tests/x.py::y)"
    failed = scenario("sqs.b", Outcome.FAIL, grade="recorded", evidence=(fact,))
    text = written(judged(run_of(failed, scenario("sqs.a", grade="documented"))))
    assert fact in text
    assert re.search(r"recorded.{0,20}https://docs", text, re.DOTALL)
    assert re.search(r'1 recorded.* 0 quoted.* 1 documented.* 0 none|evidence_recorded" value="1"', text)


def test_a_line_leads_to_the_scenario_on_the_page_where_its_address_is_given() -> None:
    document = judged(run_of(scenario("sqs.b[x y]", Outcome.FAIL)))
    assert "- ✗ [`sqs.b[x y]`](https://example.org/report.html#sqs.b-x-y): " in markdown(
        document, page="https://example.org/report.html"
    )
    assert 'id="sqs.b-x-y"' in page(document)


@pytest.mark.parametrize("room", [3_000, 5_000, 20_000, ROOM])
def test_a_comment_is_cut_to_its_room_with_a_line_that_says_so(room: int) -> None:
    text = markdown(judged(run_of(*many(400, "ü" * 900)), changes=40), room)
    assert len(text.encode()) <= room
    last = text.rstrip().splitlines()[-1]
    assert re.fullmatch(r"_Cut: .*the page has.*_", last)
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("count", [10, 300, 500])
def test_every_failure_has_its_line_before_any_has_its_evidence(count: int) -> None:
    text = markdown(judged(run_of(*many(count, "why" * 100)), changes=4))
    assert all(f"`sqs.case-{number}`" in text for number in range(count))
    assert len(text.encode()) <= ROOM


def test_what_fits_is_not_cut_and_the_number_without_evidence_is_right() -> None:
    document = judged(run_of(*many(9, "")))
    whole = markdown(document)
    assert "_Cut:" not in whole
    assert "_Cut:" not in markdown(document, len(whole.encode()))
    cut = markdown(document, len(whole.encode()) - 1)
    assert f"_Cut: {9 - cut.count('<details>')} of 9 failures have no request and answer here" in cut


@pytest.mark.parametrize(("count", "in_each_line"), [(60, True), (550, False)])
def test_a_failure_has_its_sentence_however_many_there_are_and_its_command_is_told_once_at_least(
    count: int, in_each_line: bool
) -> None:
    named = {f"sqs.some-feature.case-{number}": number for number in range(count)}
    text = markdown(
        judged(run_of(*(scenario(name, Outcome.FAIL, detail=f"{named[name]} came late") for name in named)))
    )
    assert all(f"`{name}`: `{number} came late`" in text for name, number in named.items())
    assert "One of them again: `make gate TARGET=ministack ONLY=ID`" in text
    assert (" · again: " in text) == in_each_line


def many(count: int, body: str) -> list[ScenarioResult]:
    return [scenario(f"sqs.case-{n}", Outcome.FAIL, exchanges=(exchange("sqs", body),)) for n in range(count)]
