"""What every report begins with."""

from dataclasses import replace

import pytest

from harness.report.states import State
from harness.report.summary import summary
from harness.results.document import Outcome
from harness.results.verdict import Change, Judgement, Verdict
from harness.scenarios.scenario import Lane
from tests.unit.report.documents import run_of, scenario

RUN = run_of(
    scenario("sqs.a"),
    scenario("sqs.b", Outcome.FAIL, detail="wrong"),
    scenario("kms.a", Outcome.UNSUPPORTED, service="kms", lane="security"),
)


@pytest.mark.parametrize(
    ("was", "now", "direction"),
    [
        ("pass", "fail", "worse"),
        ("pass", None, "worse"),
        ("pass", "unsupported", "worse"),
        ("unsupported", "fail", "worse"),
        (None, "fail", "worse"),
        ("fail", "pass", "better"),
        (None, "pass", "better"),
        ("unsupported", None, "other"),
        ("fail", "indeterminate", "other"),
    ],
)
def test_a_change_has_a_direction(was: str | None, now: str | None, direction: str) -> None:
    verdict = Verdict(Judgement.PASS, (), {}, (Change("sqs.a", was, now),))
    assert [one.direction for one in summary(replace(RUN, verdict=verdict)).changes] == [direction]


def test_what_is_worse_comes_first_and_says_why() -> None:
    changes = (Change("sqs.a", "fail", "pass"), Change("sqs.b", "pass", "fail"), Change("sqs.gone", "pass", None))
    found = summary(replace(RUN, verdict=Verdict(Judgement.REGRESSION, (), {}, changes))).changes
    assert [(one.change.id, one.detail) for one in found] == [("sqs.b", "wrong"), ("sqs.gone", ""), ("sqs.a", "")]


def test_services_stand_against_lanes() -> None:
    kms, sqs = summary(RUN).rows
    assert (kms.service, sqs.service) == ("kms", "sqs")
    counts = {lane: figures.counts for lane, figures in sqs.cells.items() if figures}
    assert counts == {Lane.DATA_PLANE: {State.PASS: 1, State.FAIL: 1}}
    assert [lane for lane, figures in kms.cells.items() if figures] == [Lane.SECURITY]
    assert (sqs.all.judged, kms.all.judged, kms.all.total) == (2, 0, 1)
