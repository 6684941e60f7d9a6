"""The Moto that answers for the Code* services beside an emulator that lacks them: beside our MiniStack, and beside anybody's."""

import sys

from harness.embedded import ministack
from harness.embedded.processes import Program, answers
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.environment import child

PROCESS = "code_services"
START_SECONDS = 40.0


def server(run: RunFolder, port: int, emulator_endpoint: str) -> Program:
    """Return the program that serves at `port` of loopback, for the emulator at `emulator_endpoint`."""
    command = [sys.executable, "-m", "harness.embedded.code_services", str(port), emulator_endpoint]
    own = {name: str(run.temporary) for name in ("HOME", "TMPDIR")}
    environment = child({**own, "MOTO_ACCOUNT_ID": ministack.ACCOUNT_ID, "PYTHONDONTWRITEBYTECODE": "1"})
    log = run.logs / "code_services.log"
    return Program("Moto (Code* services)", command, environment, log, CHECKOUT, lambda: answers(port), START_SECONDS)
