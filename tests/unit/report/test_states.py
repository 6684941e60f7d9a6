"""States and the two figures."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.states import Figures, State, percent, state_of
from harness.results.document import Outcome
from tests.unit.report.documents import scenario


def test_a_known_divergence_is_one_only_while_it_fails() -> None:
    known = {"a.b": "reason"}
    assert state_of(scenario("a.b", Outcome.FAIL), known) is State.KNOWN
    assert state_of(scenario("a.b", Outcome.PASS), known) is State.PASS
    assert state_of(scenario("a.c", Outcome.FAIL), known) is State.FAIL


def test_no_two_states_share_a_sign_a_word_or_a_label() -> None:
    for each in ("sign", "word", "label"):
        assert len({getattr(state, each) for state in State}) == len(State)


def test_divergence_counts_known_ones_and_coverage_what_was_not_run() -> None:
    figures = Figures.of([State.FAIL, State.KNOWN, State.PASS, State.PASS, State.UNSUPPORTED, State.NOT_RUN])
    assert (figures.divergence, figures.coverage) == (Fraction(1, 2), Fraction(2, 3))
    assert (Figures.of([]).divergence, Figures.of([]).coverage) == (None, None)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (None, "none judged"),
        (Fraction(0), "0 %"),
        (Fraction(1), "100 %"),
        (Fraction(1, 10_000), "under 0.1 %"),
        (Fraction(9_999, 10_000), "over 99.9 %"),
        (Fraction(1, 3), "33.3 %"),
        (Fraction(1, 1000), "0.1 %"),
    ],
)
def test_a_share_is_shown_with_one_decimal(share: Fraction | None, shown: str) -> None:
    assert percent(share) == shown


@given(st.fractions(0, 1))
def test_only_nothing_is_shown_as_nothing_and_only_all_as_all(share: Fraction) -> None:
    assert (percent(share) in ("0 %", "0.0 %")) == (share == 0)
    assert (percent(share) in ("100 %", "100.0 %")) == (share == 1)
