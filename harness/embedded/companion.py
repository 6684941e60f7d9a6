"""The Moto that answers for the Code* services beside an emulator that lacks them: beside our MiniStack, and beside anybody's."""

import subprocess
import sys

from harness.embedded import ministack, processes
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.environment import child

PROCESS = "code_services"
START_SECONDS = 40.0


def start_server(run: RunFolder, port: int, emulator_endpoint: str) -> "subprocess.Popen[bytes]":
    """Start it at `port` of loopback, for the emulator at `emulator_endpoint`, and return at once."""
    command = [sys.executable, "-m", "harness.embedded.code_services", str(port), emulator_endpoint]
    own = {name: str(run.temporary) for name in ("HOME", "TMPDIR")}
    environment = child({**own, "MOTO_ACCOUNT_ID": ministack.ACCOUNT_ID, "PYTHONDONTWRITEBYTECODE": "1"})
    return processes.start(command, environment, run.logs / "code_services.log", CHECKOUT)


def wait_ready(run: RunFolder, port: int) -> None:
    """Wait until it accepts connections. Raises HarnessError with the end of its log."""
    log = run.logs / "code_services.log"
    processes.wait_until(
        "Moto (Code* services)", lambda: processes.answers(port), START_SECONDS, lambda: processes.tail(log)
    )
