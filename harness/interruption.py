"""Ctrl-C while something must end in good order: Terraform, whose state knows all that was made, or our own cleaning up."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import monotonic
from types import FrameType

NUMBERS = (signal.SIGINT, signal.SIGTERM)
PATIENCE_SECONDS = 10.0
_SAID = f"\ninterrupted: Terraform finishes what it has begun; Ctrl-C after {PATIENCE_SECONDS:.0f} s ends it at once\n"


@dataclass
class Interruption:
    """What came of Ctrl-C in the block, and the process that it goes to."""

    since: float | None = None
    _process: "subprocess.Popen[str] | None" = None

    def hand_to(self, process: "subprocess.Popen[str]") -> None:
        """Name the process that is to be interrupted: at once if Ctrl-C came before it."""
        self._process = process
        if self.since is not None:
            process.send_signal(signal.SIGINT)

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal. Terraform gives up its state at a second SIGINT, so an impatient one is not handed on."""
        now = monotonic()
        first = self.since is None
        if first:
            self.since = now
            os.write(2, _SAID.encode())  # print may be at work where this interrupts
        if self._process and (first or now - (self.since or now) > PATIENCE_SECONDS):
            self._process.send_signal(signal.SIGINT)


@contextmanager
def interruption() -> Iterator[Interruption]:
    """Let Ctrl-C and SIGTERM go to a process, as SIGINT, while the block runs. Raises KeyboardInterrupt at its end, if one came."""
    taken = Interruption()
    with _handling(taken.take):
        yield taken
    if taken.since is not None:
        raise KeyboardInterrupt


def uninterrupted() -> AbstractContextManager[None]:
    """Let Ctrl-C and SIGTERM do nothing while the block runs, which is short: an impatient one would leave half of it undone."""
    return _handling(lambda _number, _frame: None)


@contextmanager
def deferred() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait for the end of the block, which is short. Raises KeyboardInterrupt there, if one came."""
    came: list[int] = []
    with _handling(lambda number, _frame: came.append(number)):
        yield
    if came:
        raise KeyboardInterrupt


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {}
    if threading.current_thread() is threading.main_thread():  # no other may set a handler, nor is interrupted
        heard = [signal_number for signal_number in NUMBERS if signal.getsignal(signal_number) is not signal.SIG_IGN]
        before = {signal_number: signal.signal(signal_number, handler) for signal_number in heard}
    try:
        yield
    finally:
        for signal_number, previous in before.items():
            signal.signal(signal_number, previous)
