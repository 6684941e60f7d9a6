"""The pages as text: what holds for any document, also where there is no browser."""

import base64
import hashlib
import json
import random
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings

from harness.report.anchors import anchors
from harness.report.evidence import shown
from harness.report.gate_page import LARGEST, page
from harness.report.markdown import markdown
from harness.report.matrix import compare
from harness.report.matrix_page import matrix_page
from harness.results.document import Exchange, Outcome, Run
from harness.results.verdict import Judgement
from tests.unit.report.documents import SECRET, exchange, judged, run_of, scenario, varied_run
from tests.unit.report.strategies import RUN

UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
VOID = {"meta", "link", "input", "br"}


class Parsed(HTMLParser):
    """Tags in order, their attributes, and the text by tag; unclosed tags are counted against the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data


def assert_harmless(text: str) -> None:
    assert not UNPRINTABLE.search(text)
    found = Parsed(text)
    assert found.open == []
    for tag in ("script", "style", "h1", "title", "main", "body"):
        assert found.tags.count(tag) == 1
    assert not {"img", "iframe", "object", "embed", "base"} & set(found.tags)
    for tag, name, value in found.attributes:
        assert not name.startswith("on"), (tag, name, value)
        assert name not in ("style", "src", "srcdoc", "action", "formaction"), (tag, name, value)
        assert name != "href" or value.startswith(("#", "https://")) or (tag, value) == ("link", "data:,")
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))


@settings(deadline=None, max_examples=40)
@given(run=RUN)
def test_no_text_of_a_document_becomes_markup(run: Run) -> None:
    assert_harmless(page(judged(run), judged(run)))
    assert_harmless(matrix_page(compare([run, judged(run)])))


def test_the_policy_allows_this_style_and_this_script_and_nothing_else() -> None:
    for text in (page(judged(varied_run(20))), matrix_page(compare([judged(varied_run(20))]))):
        found = Parsed(text)
        policy = next(value for tag, name, value in found.attributes if "default-src" in value)
        hashes = {
            tag: base64.b64encode(hashlib.sha256(found.texts[tag].encode()).digest()).decode()
            for tag in ("script", "style")
        }
        assert policy.split("; ")[:3] == [
            "default-src 'none'",
            f"style-src 'sha256-{hashes['style']}'",
            f"script-src 'sha256-{hashes['script']}'",
        ]


def test_the_same_document_gives_the_same_bytes() -> None:
    assert page(judged(varied_run())) == page(judged(varied_run()))


@pytest.mark.parametrize(
    ("document", "title"),
    [
        (judged(run_of(scenario("sqs.a")), Judgement.PASS), "Pass"),
        (judged(run_of(scenario("sqs.a")), Judgement.REGRESSION), "Regression"),
        (judged(run_of(scenario("sqs.a")), Judgement.COULD_NOT_JUDGE), "Could not judge"),
        (judged(run_of(scenario("sqs.a")), Judgement.NO_BASELINE), "No baseline"),
        ((run_of(scenario("sqs.a"))), "Not judged"),
    ],
)
def test_the_title_of_the_window_begins_with_the_verdict(document: Run, title: str) -> None:
    assert Parsed(page(document)).texts["title"] == f"{title}: ministack 1.5.34-rc1"


def test_why_a_run_broke_off_is_told_once() -> None:
    run = run_of(scenario("sqs.a"), broke_off="the emulator died during sqs.b")
    assert page(run).count("the emulator died during sqs.b") == 1
    told = judged(run, Judgement.COULD_NOT_JUDGE, reasons=("the emulator died during sqs.b",))
    assert page(told).count("the emulator died during sqs.b") == 1


def test_a_note_is_on_the_page_and_in_the_comment() -> None:
    document = judged(run_of(scenario("sqs.a"), known={"sqs.a": "since Moto 5.2.5: issue 12"}))
    for text in (page(document), markdown(document)):
        assert "known divergence passes: sqs.a (since Moto 5.2.5: issue 12)" in text


def test_a_known_divergence_shows_its_reason_and_says_when_it_did_not_fail() -> None:
    known = {"sqs.a": "issue 12", "sqs.b": "issue 13"}
    text = page(run_of(scenario("sqs.a", Outcome.FAIL), scenario("sqs.b"), known=known))
    assert "issue 12</p>" in text
    assert re.search(r"issue 13 <b>It did not fail in this run", text)


def test_a_secret_is_on_no_page_wherever_it_stood() -> None:
    leak = f'<a> "SecretString": "{SECRET}"'
    one = scenario("sqs.a", Outcome.FAIL, detail=leak, exchanges=(exchange("sqs", f'", "Password": "{SECRET}'),))
    document = judged(run_of(one, broke_off=leak))
    for text in (page(document), matrix_page(compare([document]))):
        assert SECRET not in text
        assert "SecretString" in text


def test_a_failure_has_a_place_of_its_own_that_the_reasons_lead_to_and_the_command_to_run_it_again() -> None:
    text = page(judged(run_of(scenario("sqs.a[x y]", Outcome.FAIL))))
    assert re.search(r'<section class="group fail" [^>]*>\s*<h3>[^<]*</h3>\s*<details id="sqs.a-x-y">', text)
    assert '<li><a href="#sqs.a-x-y">fails (was pass): sqs.a[x y]: ' in text
    assert "<code>make gate TARGET=ministack ONLY=&#39;sqs.a[x y]&#39;</code>" in text


def test_places_are_different_although_ids_are_alike_and_none_is_one_of_the_page() -> None:
    found = anchors(["sqs.a[x y]", "sqs.a[x-y]", "filter", "", "?"])
    assert found == {"": "-2", "?": "-3", "filter": "filter-2", "sqs.a[x y]": "sqs.a-x-y", "sqs.a[x-y]": "sqs.a-x-y-2"}


def test_the_deciding_call_is_marked_what_was_left_out_is_counted_and_common_headers_are_told_once() -> None:
    before = replace(exchange("s3", decided=False), url="http://127.0.0.1:4566/bucket/key?versions", left_out=3)
    text = page(judged(run_of(scenario("s3.a", Outcome.FAIL, exchanges=(before, exchange("s3"))))))
    assert "3 requests left out" in text
    assert text.count('<h4 class="decided">') == text.count('<h4 class="decided">s3 PutObject') == 1
    assert '<pre tabindex="0">POST /bucket/key?versions' in text
    assert text.count("Authorization: ***") == 1


def unpacked(text: str) -> dict[str, str]:
    """What a page's script unpacks: HTML by anchor."""
    packed = re.search(r'<pre id="packed" hidden>([^<]*)</pre>', text)
    return dict(json.loads(zlib.decompress(base64.b64decode(packed.group(1))))) if packed else {}


def many(failing: int, passing: int) -> Run:
    """Failures of the lengths that those of a real emulator have on average, with names that never come twice; and passes."""
    choice = random.Random(5)

    def asked(number: int, decided: bool = False) -> Exchange:
        names = [f"conformance-{choice.randbytes(5).hex()}" for _ in range(3)]
        return exchange("sqs", f"{number} of {names}: {'a list of attributes and their values, ' * 3}", decided=decided)

    fact = (
        "SendMessage: InvalidParameterValue 400 (recorded: a test of somebody's, with a path as long as such paths are)"
    )
    told = {
        "evidence": (fact,),
        "detail": "sqs SendMessage was answered 200 where AWS answers InvalidParameterValue 400",
    }
    names = [f"sqs.some-feature.of-a-usual-length[{number}]" for number in range(failing + passing)]
    return judged(run_of(
        *(scenario(name, Outcome.FAIL, exchanges=(asked(1), asked(2), asked(3, True)), **told) for name in names[:failing]),
        *(scenario(name) for name in names[failing:]),
    ))  # fmt: skip


def test_a_page_of_2200_scenarios_of_which_700_fail_stays_below_a_megabyte_and_loses_nothing() -> None:
    document = many(700, 1500)
    text = page(document)
    assert len(text.encode()) < LARGEST == 1_000_000
    assert text.count("sqs SendMessage was answered 200 where AWS answers InvalidParameterValue 400</span>") == 700
    told = unpacked(text)
    assert len(told) == 700
    for name, anchor in anchors(document.scenarios).items():
        exchanges, inside = document.scenarios[name].exchanges, told.get(anchor, "")
        assert (inside.count("<h4"), inside.count('<h4 class="decided">')) == (len(exchanges), bool(exchanges))
        assert inside.count("(recorded: a test of somebody") == bool(exchanges)
        assert all(shown(one).request in inside for one in exchanges)


def test_a_page_that_fits_packs_nothing() -> None:
    assert unpacked(page(judged(varied_run()))) == {}


def test_what_is_packed_is_masked_and_harmless() -> None:
    text = page(judged(varied_run()), largest=1)
    assert_harmless(text)
    inside = "".join(unpacked(text).values())
    assert SECRET not in inside
    assert not {"script", "img", "svg", "style"} & set(Parsed(inside).tags)
    assert "&lt;script&gt;document.title" in inside
