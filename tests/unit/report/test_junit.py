"""JUnit XML: of the form that CI systems read, and true."""

import re
from collections import Counter
from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings

from harness.report.junit import junit
from harness.results.document import Canary, Outcome, Run
from tests.unit.report.documents import SECRET, exchange, run_of, scenario, varied_run
from tests.unit.report.strategies import RUN

INTEGER, DECIMAL = re.compile(r"\d+"), re.compile(r"\d{1,10}\.\d{3}")
NAME = re.compile(r"\S(.*\S)?", re.DOTALL)
ANY = re.compile(r".*", re.DOTALL)
SUITE = {
    "name": NAME,
    "package": ANY,
    "id": INTEGER,
    "timestamp": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    "hostname": NAME,
    "tests": INTEGER,
    "failures": INTEGER,
    "errors": INTEGER,
    "skipped": INTEGER,
    "time": DECIMAL,
}
"""The attributes that the schema of Ant's JUnit task wants of a suite, and their forms; Jenkins's wants a part of them."""


def parsed(run: Run) -> Element:
    return ElementTree.fromstring(junit(run).encode())


def cases(run: Run) -> dict[str, Element]:
    return {case.get("name", ""): case for case in parsed(run).iter("testcase")}


def assert_of_the_form(root: Element) -> None:
    assert root.tag == "testsuites"
    for number, suite in enumerate(root):
        assert suite.tag == "testsuite"
        assert suite.keys() == list(SUITE)
        for name, form in SUITE.items():
            assert form.fullmatch(suite.get(name, "")), (name, suite.get(name))
        assert suite.get("id") == str(number)
        found = [child.tag for child in suite]
        assert found == ["properties", *["testcase"] * int(suite.get("tests", "")), "system-out", "system-err"]
        assert all(set(child.keys()) == {"name", "value"} for child in suite.iter("property"))
        kinds = Counter(child.tag for case in suite.iter("testcase") for child in case)
        assert {kind: kinds[kind] for kind in ("failure", "error", "skipped")} == {
            "failure": int(suite.get("failures", "")),
            "error": int(suite.get("errors", "")),
            "skipped": int(suite.get("skipped", "")),
        }
        for case in suite.iter("testcase"):
            assert case.keys() == ["classname", "name", "time"]
            assert DECIMAL.fullmatch(case.get("time", ""))
            assert len(case) <= 1
            assert all(child.get("type") or child.tag == "skipped" for child in case)


@settings(deadline=None, max_examples=50)
@given(run=RUN)
def test_any_run_becomes_xml_of_the_form_that_ant_and_jenkins_read(run: Run) -> None:
    assert_of_the_form(parsed(run))


def test_a_varied_run_loses_no_scenario() -> None:
    run = varied_run()
    root = parsed(run)
    assert_of_the_form(root)
    assert len(list(root.iter("testcase"))) == len(run.scenarios) + len(run.canaries) + 1


@pytest.mark.parametrize(
    ("outcome", "known", "tag", "message"),
    [
        (Outcome.PASS, False, None, ""),
        (Outcome.FAIL, False, "failure", "answered 200"),
        (Outcome.FAIL, True, "skipped", "known divergence: issue 12; answered 200"),
        (Outcome.UNSUPPORTED, False, "skipped", "unsupported: answered 200"),
        (Outcome.INDETERMINATE, False, "error", "answered 200"),
    ],
)
def test_each_outcome_has_its_element_with_the_reason(
    outcome: Outcome, known: bool, tag: str | None, message: str
) -> None:
    one = scenario("sqs.redrive.a", outcome, detail="" if outcome is Outcome.PASS else "answered 200")
    case = cases(run_of(one, known={"sqs.redrive.a": "issue 12"} if known else {}))["sqs.redrive.a"]
    assert [child.tag for child in case] == ([tag] if tag else [])
    assert [child.get("message") for child in case] == ([message] if tag else [])


def test_a_failure_shows_the_documentation_and_the_exchange_without_its_secrets() -> None:
    one = scenario("sqs.redrive.a", Outcome.FAIL, exchanges=(exchange("sqs"), exchange("sqs", status=None)))
    text = cases(run_of(one))["sqs.redrive.a"][0].text or ""
    again, decided = "again: make gate TARGET=ministack ONLY=sqs.redrive.a", "--- this call decided: sqs SendMessage"
    for part in (
        one.aws,
        one.test,
        again,
        decided,
        "HTTP 400",
        "validation error",
        "no answer",
    ):
        assert part in text
    assert SECRET not in text


def test_a_session_that_broke_off_and_a_canary_that_did_not_sing_are_errors() -> None:
    run = replace(run_of(scenario("sqs.a")), broke_off="the emulator died during sqs.b")
    run = replace(
        run, canaries=(Canary("clock", Outcome.FAIL, "an hour late"), Canary("iam", Outcome.UNSUPPORTED, "off"))
    )
    found = cases(run)
    assert found["the session ran to its end"][0].get("message") == "the emulator died during sqs.b"
    assert (found["clock"][0].tag, found["iam"][0].tag) == ("error", "skipped")
