"""Summaries of judged targets, and the tables that pages show of them."""

from collections import Counter
from pathlib import Path

import pytest

from harness.report.kept import PAGES, keep, kept_of, read_all, table, written
from harness.results.document import Outcome
from tests.unit.report.documents import judged, run_of, scenario

RUN = run_of(
    scenario("sqs.a"),
    scenario("sqs.b", Outcome.FAIL, grade="quoted"),
    scenario("kms.a", service="kms", lane="security"),
    scenario("kms.b", Outcome.UNSUPPORTED, service="kms", lane="security"),
    scenario("terraform.apply", Outcome.UNSUPPORTED, service="terraform"),
)


def test_a_summary_that_was_kept_is_read_again(tmp_path: Path) -> None:
    file = keep(judged(RUN), tmp_path)
    assert file.name == "ministack-ministack-1.5.34-rc1.json"
    assert read_all(tmp_path) == [kept_of(judged(RUN))]


def test_counts_are_by_service_and_lane_and_failures_by_grade() -> None:
    kept = kept_of(judged(RUN))
    assert kept.counts == {"pass": 2, "fail": 1, "unsupported": 2, "indeterminate": 0}
    assert kept.failures == {"recorded": 0, "quoted": 1, "documented": 0, "none": 0}
    assert kept.by("service")["sqs"] == Counter({"pass": 1, "fail": 1})
    assert kept.by("lane")["security"] == Counter({"pass": 1, "unsupported": 1})


def test_a_column_is_an_emulator_in_a_version() -> None:
    lines = table([kept_of(judged(RUN))], "service").splitlines()
    assert lines[0] == "|  | Ministack 1.5.34-rc1 (`ministack`) |"
    assert "| kms | 1 of 1 |" in lines
    assert "| sqs | 1 of 2 |" in lines
    assert "| terraform | none |" in lines
    assert "| **all** | **2 of 3** |" in lines
    assert "| system deployed | no |" in lines


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_of_pages_are_those_of_the_summaries_kept(page: Path) -> None:
    text = page.read_text()
    assert "<!-- judged by" in text
    assert written(text, read_all()) == text, f"{page.name}: run `python -m harness report RESULT.json --keep`"
