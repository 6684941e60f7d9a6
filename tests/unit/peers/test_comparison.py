"""`python -m harness peer`: what a peer's suite found on an emulator, held against a result of ours."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import main
from harness.failure import HarnessError
from harness.peers.comparison import Agreement, compare, read_mapping, read_peer, share
from harness.results.document import Outcome, Run, ScenarioResult
from tests.unit.report.documents import stamp

REFUSED = 'AssertionError: expected AssertionError: expected "should have thrown" to be an instance of Exception'
MAPPING = {
    "a.one": ["tier1/a::one", "tier3/a::one again"],
    "a.two[x]": ["tier1/a::two"],
    "a.two[y]": ["tier1/a::two of another"],
    "not judged: not of this system": ["tier2/a::three"],
}


def peer(tmp_path: Path, **failures: str) -> Path:
    """A result of vitest in which the tests named fail, and all other tests of MAPPING pass."""
    suites: dict[str, list[dict[str, Any]]] = {}
    for test in [test for tests in MAPPING.values() for test in tests] + ["tier1/a::four"]:
        file, _, title = test.partition("::")
        failed = failures.get(title.replace(" ", "_"))
        said = {"status": "failed", "failureMessages": [f"{failed}\n    at x.ts"]} if failed else {"status": "passed"}
        suites.setdefault(file, []).append({"title": title, **said})
    content = [{"name": f"/any/tests/{file}.test.ts", "assertionResults": tests} for file, tests in suites.items()]
    (tmp_path / "peer.json").write_text(json.dumps({"testResults": content}))
    return tmp_path / "peer.json"


def ours(**outcomes: Outcome) -> Run:
    names = {"a.one": "one", "a.two[x]": "x", "a.two[y]": "y"}
    results = {
        name: ScenarioResult(name, "s3", "f", "data plane", "https://", "t", outcomes.get(short, Outcome.PASS))
        for name, short in names.items()
    }
    return Run(stamp(), results)


def found(tmp_path: Path, run: Run, **failures: str) -> dict[Agreement, list[str]]:
    return dict(compare(read_peer(peer(tmp_path, **failures)), run, MAPPING))


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.UNSUPPORTED])
def test_a_behaviour_that_both_find_wrong_counts_once_however_many_tests_fail(tmp_path: Path, outcome: Outcome) -> None:
    said = found(tmp_path, ours(one=outcome), one=REFUSED, one_again=REFUSED)
    assert said == {Agreement.BOTH: ["a.one"]}
    assert share(said) == (1, 1)


def test_a_behaviour_that_ours_passes_is_near_if_another_case_fails_and_else_missed(tmp_path: Path) -> None:
    said = found(tmp_path, ours(y=Outcome.FAIL), one=REFUSED, two=REFUSED, two_of_another=REFUSED)
    assert said == {Agreement.MISSED: ["a.one"], Agreement.NEAR: ["a.two[x]"], Agreement.BOTH: ["a.two[y]"]}
    assert share(said) == (1, 3)


def test_what_was_left_open_is_not_found(tmp_path: Path) -> None:
    assert found(tmp_path, ours(one=Outcome.INDETERMINATE), one=REFUSED) == {Agreement.MISSED: ["a.one"]}


def test_a_test_that_no_scenario_asks_is_told_with_its_reason_if_there_is_one(tmp_path: Path) -> None:
    said = found(tmp_path, ours(), three=REFUSED, four=REFUSED)
    assert said == {
        Agreement.NOT_JUDGED: ["tier2/a::three (not judged: not of this system)", "tier1/a::four"],
    }
    assert share(said) == (0, 2)


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("AssertionError: expected 'An empty set is…' to be 'One or more…' // Object.is equality", False),
        ("AssertionError: expected '1 error at \\'x\\' of…' to match /^1 error/", False),
        ("AssertionError: expected 'ResourceNotFoundException' to be 'ValidationException'", True),
        ("AssertionError: expected '00042' to be '42' // Object.is equality", True),
        ("AssertionError: expected undefined to be defined", True),
        ("ConditionalCheckFailedException: The conditional request failed", True),
    ],
)
def test_the_wording_of_an_error_is_no_behaviour(tmp_path: Path, line: str, counts: bool) -> None:
    said = found(tmp_path, ours(), one=line)
    assert said == ({Agreement.MISSED: ["a.one"]} if counts else {Agreement.WORDING: ["tier1/a::one"]})


def test_what_ours_alone_finds_is_told(tmp_path: Path) -> None:
    assert found(tmp_path, ours(one=Outcome.FAIL)) == {Agreement.OURS_ALONE: ["a.one"]}


@pytest.mark.parametrize("content", ["", "[]", '{"testResults": [{"name": "x"}]}'])
def test_a_file_that_is_no_result_of_vitest_is_refused_with_the_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "peer.json").write_text(content)
    with pytest.raises(HarnessError, match=r"no result of vitest .*--reporter=json"):
        read_peer(tmp_path / "peer.json")


def test_the_command_prints_the_share(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ours.json").write_text(json.dumps(ours().as_json()))
    assert main(["peer", "--results", str(peer(tmp_path, four=REFUSED)), "--ours", str(tmp_path / "ours.json")]) == 0
    said = capsys.readouterr().out
    assert "we do not judge it: 1\n  tier1/a::four\n" in said
    assert said.splitlines()[-1].endswith(": 0 of the peer's 1 wrong behaviours found by ours (0 %)")


def test_the_mapping_names_scenarios_of_this_checkout_and_no_test_in_two_ways() -> None:
    mapping, tests = read_mapping(), Path(__file__).parents[2] / "conformance"
    written = "".join(file.read_text() for file in tests.glob("test_*.py"))
    unknown = [
        asked for asked in mapping if asked.partition("[")[0] not in written and not asked.startswith("not judged")
    ]
    assert unknown == []
    assert [asked for asked, named in mapping.items() if len(named) != len(set(named)) or not named] == []
