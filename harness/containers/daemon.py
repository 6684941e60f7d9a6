"""A Docker daemon for the lane: the one that answers already, else one of our own where we are root."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.embedded.processes import Program
from harness.failure import HarnessError
from harness.targets.docker import docker_answers

START_SECONDS, STOP_SECONDS = 60.0, 60.0
DOCKER_HOST = "DOCKER_HOST"


@contextmanager
def docker_daemon(folder: Path) -> Iterator[str]:
    """Yield a line that says which daemon is used; DOCKER_HOST names it while the block runs.

    A daemon of ours keeps images and layers in `folder`, and is stopped at the end. Raises HarnessError if none answers and none can be
    started.
    """
    if docker_answers():
        yield f"the one that answers at {os.environ.get(DOCKER_HOST) or 'the default address'}"
        return
    if given := os.environ.get(DOCKER_HOST):
        raise HarnessError(f"no Docker daemon answers at {DOCKER_HOST}={given}: start it, or unset {DOCKER_HOST}")
    for program in ("docker", "dockerd"):
        if shutil.which(program) is None:
            raise HarnessError(f"{program} is not on PATH: install Docker (Debian: apt-get install docker.io)")
    if os.geteuid() != 0:
        raise HarnessError(f"no Docker daemon answers: start it, or set {DOCKER_HOST} (we start one only as root)")
    with _own_daemon(folder):
        yield "our own, started for this run"


@contextmanager
def _own_daemon(folder: Path) -> Iterator[None]:
    """Run dockerd until the end of the block, at a socket in a short path, as sockets need; DOCKER_HOST names it meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="docker-", ignore_cleanup_errors=True) as short:
        address, log = f"unix://{short}/docker.sock", folder / "dockerd.log"
        own = ["--data-root", str(folder / "data"), "--exec-root", f"{short}/exec", "--pidfile", f"{short}/pid"]
        # Ports that a container publishes without an address are for this machine only.
        # No bridge of its own: that would stay behind, and each emulator brings one.
        command = ["dockerd", *own, "--host", address, "--ip", "127.0.0.1", "--bridge", "none", "--log-level", "warn"]
        program = Program("dockerd", command, os.environ, log, folder, docker_answers, START_SECONDS)
        process = program.start()
        os.environ[DOCKER_HOST] = address
        try:
            program.wait_ready(process)
            yield
        finally:
            del os.environ[DOCKER_HOST]
            process.terminate()
            process.wait(STOP_SECONDS)
