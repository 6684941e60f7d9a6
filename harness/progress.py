"""Lines that show that a long command is at work, where there is no terminal to draw on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

EVERY_SECONDS = 15.0


@contextmanager
def ticking(line: Callable[[], str], say: Callable[[str], None], seconds: float = EVERY_SECONDS) -> Iterator[None]:
    """Say `line()` every `seconds` until the block ends."""
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(seconds):
            say(line())

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
