"""The emulator killed: its state is lost by design. That is said in time, and the next apply is clean."""

import os
import signal
from collections.abc import Callable
from random import Random
from time import monotonic

from harness.deadline import wait_for
from harness.embedded.state import LOST
from harness.failure import HarnessError
from harness.notification_tap import notification_tap
from harness.system import running_system
from tests.faults.life import draw_life
from tests.faults.oracle import Oracle
from tests.faults.running import run
from tests.faults.world import World

SAID_WITHIN_SECONDS = 5.0


def emulator_killed(world: World, apply: Callable[[], int]) -> str:
    """Kill MiniStack and return in one line how soon that was said and applied again. Raises HarnessError where it was not."""
    killed = monotonic()
    os.kill(world.state.processes["ministack"].pid, signal.SIGKILL)
    wait_for("LOST", lambda: world.state.status, LOST.__eq__, SAID_WITHIN_SECONDS, longest_pause=0.1)
    said = monotonic() - killed
    if apply():
        raise HarnessError("apply fails after the emulator was killed: its last line above says why", 1)
    applied = monotonic() - killed
    running_system.cache_clear()
    again = World.of(running_system(world.system.target))
    with notification_tap(again.system) as tap:
        result = run(again, Oracle(again, tap), "after the emulator was killed", draw_life(Random(1), True), [])
    if result.violations:
        raise HarnessError(result.line, 1)
    return f"emulator killed: LOST is said after {said:.1f} s, applied again after {applied:.0f} s, a life of {result.records} records is whole"
