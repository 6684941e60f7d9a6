"""Latency plots."""

from decimal import Decimal

import pytest

from harness.report.latency import duration, plots
from harness.results.document import Run
from tests.unit.report.documents import run_of, scenario


def measured(name: str, **latencies: str) -> Run:
    return run_of(scenario(name, lane="performance", latencies=latencies))


def test_now_and_before_share_a_scale() -> None:
    (plot,) = plots(measured("a.b", p50="0.1", p99="0.4"), measured("a.b", p50="0.2", p99="0.8"))
    assert plot.longest == "800.0 ms"
    assert [(one.name, one.now, one.was, one.now_bar, one.was_bar, one.change) for one in plot.measures] == [
        ("p50", "100.0 ms", "200.0 ms", Decimal("12.5"), Decimal("25"), Decimal(-50)),
        ("p99", "400.0 ms", "800.0 ms", Decimal("50"), Decimal("100"), Decimal(-50)),
    ]


def test_what_was_not_measured_before_has_no_bar_of_before() -> None:
    (plot,) = plots(measured("a.b", p50="0.1", p95="0.2"), measured("a.b", p50="0.1"))
    assert [one.was_bar is None for one in plot.measures] == [False, True]
    (plot,) = plots(measured("a.b", p50="0.1"), None)
    assert plot.measures[0].was is None


def test_what_grew_most_comes_first() -> None:
    names = {"a.a": "0.1", "a.b": "0.9", "a.c": "0.2"}
    now = run_of(*(scenario(name, latencies={"p50": value}) for name, value in names.items()))
    before = run_of(*(scenario(name, latencies={"p50": "0.1"}) for name in names))
    assert [plot.id for plot in plots(now, before)] == ["a.b", "a.c", "a.a"]


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-1", "fast", "", "1e9999"])
def test_what_is_no_number_of_seconds_is_not_plotted(text: str) -> None:
    assert plots(measured("a.b", p50=text), measured("a.b", p50=text)) == ()


def test_zero_is_plotted_and_compared_with_nothing() -> None:
    (plot,) = plots(measured("a.b", p50="0"), measured("a.b", p50="0"))
    assert (plot.measures[0].now_bar, plot.measures[0].change) == (0, None)


def test_durations_are_in_the_unit_that_people_read() -> None:
    assert (duration(Decimal("0.0123")), duration(Decimal("4.5"))) == ("12.3 ms", "4.50 s")
