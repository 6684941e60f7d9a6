"""Latencies of performance scenarios beside those of the run before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from harness.results.document import Run, ScenarioResult

LONGEST_SECONDS = 10**6


@dataclass(frozen=True)
class Measure:
    """One percentile: now and before, as people read them, and as bars from 0 to 100 on the scale of its plot.

    `was` and `was_bar` are None where the run before did not measure it; `change` is in percent, signed, None also after a zero.
    """

    name: str
    now: str
    was: str | None
    now_bar: Decimal
    was_bar: Decimal | None
    change: Decimal | None


@dataclass(frozen=True)
class Plot:
    """The measures of one scenario. `longest`: what a full bar means."""

    id: str
    service: str
    longest: str
    measures: tuple[Measure, ...]

    @property
    def growth(self) -> Decimal:
        """The largest of its changes; 0 where there is nothing to compare with."""
        return max((measure.change for measure in self.measures if measure.change is not None), default=Decimal(0))


def plots(now: Run, before: Run | None) -> tuple[Plot, ...]:
    """One per scenario that measured something, those that grew most first, then by id."""
    past = before.scenarios if before else {}
    measured = (plot for name, scenario in sorted(now.scenarios.items()) for plot in _plot(scenario, past.get(name)))
    return tuple(sorted(measured, key=lambda plot: -plot.growth))


def duration(seconds: Decimal) -> str:
    """`12.3 ms`, `4.56 s`."""
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def _plot(now: ScenarioResult, before: ScenarioResult | None) -> Iterator[Plot]:
    values, past = _numbers(now.latencies), _numbers(before.latencies if before else {})
    if not values:
        return
    longest = max([*values.values(), *(past[name] for name in values if name in past)])
    measures = tuple(_measure(name, values[name], past.get(name), longest) for name in sorted(values))
    yield Plot(now.id, now.service, duration(longest), measures)


def _measure(name: str, now: Decimal, was: Decimal | None, longest: Decimal) -> Measure:
    def bar(value: Decimal) -> Decimal:
        return (value / longest * 100).quantize(Decimal("0.1")) if longest else Decimal(0)

    return Measure(
        name=name,
        now=duration(now),
        was=None if was is None else duration(was),
        now_bar=bar(now),
        was_bar=None if was is None else bar(was),
        change=((now / was - 1) * 100).quantize(Decimal(1)) if was else None,
    )


def _numbers(latencies: Mapping[str, str]) -> dict[str, Decimal]:
    """Those that are numbers of seconds; a document may hold any text."""
    seconds = {}
    for name, text in latencies.items():
        try:
            value = Decimal(text)
        except InvalidOperation:
            continue
        if value.is_finite() and 0 <= value < LONGEST_SECONDS:
            seconds[name] = value
    return seconds
