"""Progress where no terminal draws it: a line now and then, so that no log is silent for long."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

SECONDS = 15.0


class Ticker:
    """Passes lines on to `tell`, but none sooner than `seconds` after the one before. The first comes `seconds` after the start."""

    def __init__(self, tell: Callable[[str], None], seconds: float = SECONDS) -> None:
        self._tell, self._seconds, self._last = tell, seconds, monotonic()

    def tick(self, line: Callable[[], str]) -> None:
        """Tell `line()` if it is time for one."""
        if monotonic() - self._last >= self._seconds:
            self._last = monotonic()
            self._tell(line())


@contextmanager
def ticking(line: Callable[[], str], tell: Callable[[str], None], seconds: float = SECONDS) -> Iterator[None]:
    """Tell `line()` every `seconds` until the block ends; a thread does it, so that the block may wait for something else."""
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(seconds):
            tell(line())

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def duration(since: float) -> str:
    """Return the time since an instant of the monotonic clock in words, as `1 min 30 s`."""
    minutes, seconds = divmod(round(monotonic() - since), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
