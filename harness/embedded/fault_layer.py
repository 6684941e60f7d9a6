"""The fault layer before emulators and PostgreSQL: when it is asked for, and its process. Without FAULT_LAYER there is no hop."""

import os
import sys
from collections.abc import Mapping

from harness.embedded.processes import Program, answers
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.embedded.state import POSTGRES, FaultPort
from harness.environment import child
from harness.failure import HarnessError
from harness.faults.layer import FaultLayer

ASKED = "FAULT_LAYER"
PROCESS = "fault_layer"
START_SECONDS = 20.0


def asked() -> bool:
    """Whether FAULT_LAYER=1 is set. HarnessError for another value."""
    value = os.environ.get(ASKED, "0") or "0"
    if value not in ("0", "1"):
        raise HarnessError(f"{ASKED} is {value!r}: give 1, or unset it", exit_status=3)
    return value == "1"


def proxy(run: RunFolder, ports: Mapping[str, int], inner: Mapping[str, int], control: FaultPort) -> Program:
    """Return the program that listens at each of `ports` before the same name's in `inner`, and at last at its control port."""
    command = [sys.executable, "-m", "harness.faults", "--control", str(control.port)]
    for name, port in inner.items():
        scheme = "postgresql" if name == POSTGRES else "http"
        command += ["--listen", str(ports[name]), "--upstream", f"{scheme}://127.0.0.1:{port}"]
    environment = child({"HOME": str(run.temporary), "FAULT_TOKEN": control.token, "PYTHONDONTWRITEBYTECODE": "1"})
    log = run.logs / f"{PROCESS}.log"
    return Program("the fault layer", command, environment, log, CHECKOUT, lambda: answers(control.port), START_SECONDS)


def layer_at(control: FaultPort) -> FaultLayer:
    """What plants and clears rules there."""
    return FaultLayer(control.port, control.token)
