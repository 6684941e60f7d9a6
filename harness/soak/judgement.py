"""What the samples of a soak say: how each quantity moved, and whether memory is flat and lag does not grow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import linear_regression, median

from harness.soak.quantities import OURS, OUTBOX, UNDER_WAY, Quantities

LEAST_SAMPLES = 8
FLAT_PERCENT = 10.0
"""By how much memory may be larger in the last quarter than in the second: pools and caches fill in the first."""
LAG_SECONDS = 10.0
"""By how many seconds' worth of records the lag may be larger in the last quarter than in the second."""
LAGS = (UNDER_WAY, OUTBOX)


@dataclass(frozen=True)
class Trend:
    """How a quantity moved: its first, median and last value, and by how much it rose in an hour (least squares)."""

    first: float
    median: float
    last: float
    an_hour: float

    @classmethod
    def of(cls, seconds: Sequence[float], values: Sequence[float]) -> "Trend":
        """Return the trend of one value or more."""
        rises = len(set(seconds)) > 1
        slope = linear_regression(seconds, values).slope if rises else 0.0
        return cls(values[0], median(values), values[-1], slope * 3600)


def trends(samples: Sequence[tuple[float, Quantities]]) -> dict[str, Trend]:
    """Return the trend of each quantity of samples, which are (seconds since the start, quantities)."""
    names = dict.fromkeys(name for _, quantities in samples for name in quantities)
    return {name: Trend.of(*_series(samples, name)) for name in names}


def _series(samples: Sequence[tuple[float, Quantities]], name: str) -> tuple[list[float], list[float]]:
    there = [(seconds, quantities[name]) for seconds, quantities in samples if name in quantities]
    return [seconds for seconds, _ in there], [value for _, value in there]


def quarters(values: Sequence[float]) -> tuple[float, float]:
    """Return the medians of the second and of the last quarter of the values."""
    quarter = len(values) // 4
    return median(values[quarter : 2 * quarter]), median(values[-quarter:])


def growths(samples: Sequence[tuple[float, Quantities]], rate: float) -> Iterator[str]:
    """Give a sentence for each memory that is not flat and each lag that grows. At least `LEAST_SAMPLES` samples."""
    for name in trends(samples):
        before, after = quarters(values) if len(values := _series(samples, name)[1]) >= LEAST_SAMPLES else (0.0, 0.0)
        rose = f"{name}: {before:g} in the second quarter, {after:g} in the last"
        if name.startswith(OURS) and after > before * (1 + FLAT_PERCENT / 100):
            yield f"{rose}; at most {FLAT_PERCENT:g} % more is flat"
        if name in LAGS and after > before + LAG_SECONDS * rate:
            yield f"{rose}; at most {LAG_SECONDS:g} s of records more is no growth"
