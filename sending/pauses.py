"""Pauses between attempts: at random up to a bound that doubles ("full jitter"), so that those who failed together come back apart."""

import random
import time
from collections.abc import Iterator

sleep = time.sleep
FIRST_SECONDS = 0.1


def pause_seconds(failures: int, longest: float) -> float:
    """Return how long to pause after so many failures in a row: 0 to 0.2 s after one, at most `longest` seconds after many."""
    return random.uniform(0, min(longest, FIRST_SECONDS * 2.0**failures))


def attempts(most: int) -> Iterator[int]:
    """Give the numbers 1 to `most`, each but the first after a pause."""
    for number in range(1, most + 1):
        if number > 1:
            sleep(pause_seconds(number - 1, longest=5.0))
        yield number
