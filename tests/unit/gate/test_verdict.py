"""The verdict from what a run found, the baseline and what is known."""

from dataclasses import replace

import pytest

from harness.gate.command import print_verdict
from harness.gate.verdict import judge
from harness.results.document import Canary, Outcome, ScenarioResult
from harness.results.verdict import Change, Judgement
from tests.unit.gate.making import a_run, result

A = result("x.a")
B, B_FAILS = result("x.b"), result("x.b", Outcome.FAIL, "assert 1 == 2")
B_UNSUPPORTED, B_INDETERMINATE = (
    result("x.b", Outcome.UNSUPPORTED, "none"),
    result("x.b", Outcome.INDETERMINATE, "ReadTimeout"),
)
B_UNPROVEN = replace(B_FAILS, grade="none")
KNOWN = {"x.b": "since MiniStack 1.5.33: reason"}


@pytest.mark.parametrize(
    ("now", "baseline", "known", "expected"),
    [
        ((A, B_UNSUPPORTED), None, {}, Judgement.PASS),
        ((A, B_FAILS), None, {}, Judgement.NO_BASELINE),
        ((A, B_FAILS), None, KNOWN, Judgement.PASS),
        ((A, B_FAILS), (A, B_FAILS), {}, Judgement.PASS),
        ((A, B_FAILS), (A, B_UNSUPPORTED), {}, Judgement.REGRESSION),
        ((A, B_UNPROVEN), (A, B), {}, Judgement.PASS),
        ((A, B_UNPROVEN), (A, B_UNSUPPORTED), {}, Judgement.PASS),
        ((A, B_UNPROVEN), None, {}, Judgement.NO_BASELINE),
        ((result("x.a", Outcome.FAIL), B_UNPROVEN), (A, B), {}, Judgement.REGRESSION),
        ((A, B), None, KNOWN, Judgement.PASS),
        ((A, B), (A, B_FAILS), KNOWN, Judgement.PASS),
        ((A, B_FAILS), (A, B), KNOWN, Judgement.PASS),
        ((A,), None, KNOWN, Judgement.PASS),
        ((A,), (A, B), {}, Judgement.REGRESSION),
        ((A,), (A, B_UNSUPPORTED), {}, Judgement.PASS),
        ((A, B_UNSUPPORTED), (A, B), {}, Judgement.REGRESSION),
        ((A, B_INDETERMINATE), (A, B), {}, Judgement.COULD_NOT_JUDGE),
        ((result("x.a", Outcome.FAIL), B_INDETERMINATE), (A, B), {}, Judgement.REGRESSION),
        ((result("x.a", Outcome.FAIL), B_INDETERMINATE), None, {}, Judgement.NO_BASELINE),
        ((B_UNSUPPORTED,), None, {}, Judgement.COULD_NOT_JUDGE),
        ((), None, {}, Judgement.COULD_NOT_JUDGE),
    ],
)
def test_the_verdict_follows_from_results_baseline_and_known_divergences(
    now: tuple[ScenarioResult, ...],
    baseline: tuple[ScenarioResult, ...] | None,
    known: dict[str, str],
    expected: Judgement,
) -> None:
    accepted = None if baseline is None else a_run(*baseline)
    assert judge(a_run(*now, known=known), accepted).judgement is expected


def test_each_verdict_has_its_exit_status() -> None:
    statuses = {one.value: one.exit_status for one in Judgement}
    assert statuses == {"pass": 0, "regression": 1, "could-not-judge": 2, "no-baseline": 2}


def test_without_a_baseline_the_verdict_says_what_fails_on_what_evidence_and_how_to_accept() -> None:
    failures = [replace(result(f"x.{grade}", Outcome.FAIL, "no"), grade=grade) for grade in ("documented", "quoted")]
    verdict = judge(a_run(A, B_FAILS, *failures, known=KNOWN), None)
    assert verdict.reasons == (
        "fails: x.documented: no\n  again: make gate TARGET=simfra ONLY=x.documented",
        "fails: x.quoted: no\n  again: make gate TARGET=simfra ONLY=x.quoted",
    )
    assert verdict.grades == {"recorded": 0, "quoted": 1, "documented": 1, "none": 0}
    assert verdict.to_accept == "nothing was accepted yet; to accept this result: make baseline TARGET=simfra ACCEPT=1"
    assert verdict.as_json()["reasons"] == [verdict.to_accept, *verdict.reasons]
    part = judge(a_run(A, B_FAILS), None, whole=False)
    assert "judge all scenarios first: make gate TARGET=simfra, then make baseline" in part.to_accept


def test_a_known_divergence_that_passes_or_did_not_run_is_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    passes, gone = (judge(a_run(*found, known=KNOWN), None) for found in ((A, B), (A,)))
    assert passes.notes == (
        "known divergence passes: x.b (since MiniStack 1.5.33: reason): remove it when no version judged shows it",
    )
    assert gone.notes[0].startswith("known divergence did not run: x.b (since MiniStack 1.5.33: reason)")
    assert judge(a_run(A, known=KNOWN), None, whole=False).notes == ()
    print_verdict(passes)
    assert f"note: {passes.notes[0]}" in capsys.readouterr().out.splitlines()


def test_a_failure_that_nothing_proves_is_a_note_where_something_was_accepted() -> None:
    note = "fails (was pass), unproven: x.b: assert 1 == 2\n  again: make gate TARGET=simfra ONLY=x.b"
    assert judge(a_run(A, B_UNPROVEN), a_run(A, B)).notes == (note,)
    assert judge(a_run(A, B_UNPROVEN), a_run(A, B_UNPROVEN)).notes == ()


def test_half_a_session_is_not_judged_whatever_it_found() -> None:
    verdict = judge(a_run(A, B_FAILS, broke_off="the target stopped answering during test_b"), None)
    assert verdict.judgement is Judgement.COULD_NOT_JUDGE
    assert verdict.reasons == ("the target stopped answering during test_b",)


def test_a_canary_that_fails_leaves_nothing_to_judge() -> None:
    wrong = Canary("the clock is sane", Outcome.FAIL, "its clock is 900 s off")
    verdict = judge(a_run(A, canaries=(wrong,)), None)
    assert verdict.judgement is Judgement.COULD_NOT_JUDGE
    assert verdict.reasons == ("canary the clock is sane: its clock is 900 s off",)


def test_changes_say_which_was_and_now() -> None:
    verdict = judge(a_run(A, B_FAILS), a_run(B, result("x.c")))
    assert verdict.changes == (Change("x.a", None, "pass"), Change("x.b", "pass", "fail"), Change("x.c", "pass", None))


def test_divergence_and_coverage_are_two_figures() -> None:
    found = (A, B_FAILS, result("x.c", Outcome.UNSUPPORTED), result("x.d", Outcome.INDETERMINATE))
    verdict = judge(a_run(*found), None)
    assert (verdict.divergence, verdict.coverage) == ("0.500000", "0.500000")
    assert judge(a_run(B_UNSUPPORTED), None).divergence is None


def test_a_figure_for_people_is_rounded_once(capsys: pytest.CaptureFixture[str]) -> None:
    """118 of 784 is 15.051 %: by way of 15.05 it would be told as 15.0 %."""
    found = [result(f"x.{number}", Outcome.FAIL if number < 118 else Outcome.PASS) for number in range(784)]
    print_verdict(judge(a_run(*found), None))
    assert "; divergence 15.1 %, coverage 100.0 %" in capsys.readouterr().out
