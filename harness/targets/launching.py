"""The command line that starts a target's emulator: the caller's image or command, else the registry's program, else its image."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from harness.embedded import processes
from harness.embedded.run_folder import RunFolder
from harness.failure import HarnessError
from harness.targets.target import Start, Target

COMMAND = "EMULATOR_COMMAND"
IMAGE = "EMULATOR_IMAGE"
EMULATOR = "emulator"
CONTAINER = "container"
INHERITED = ("PATH", "HOME", "LANG", "DOCKER_HOST")
DOCKER_SECONDS = 10
RUN_BY_DOCKER = {"container", "container-or-record"}
DOCKER_SOCKET = "/var/run/docker.sock"


@dataclass(frozen=True)
class Launch:
    """A command line with its whole environment; `name` is what the state file calls the process: emulator or container."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]


def launch_of(target: Target, start: Start, run: RunFolder, port: int) -> Launch:
    """EMULATOR_IMAGE, else EMULATOR_COMMAND (the registry's arguments follow it), else the registry's program, else its image.

    Raises HarnessError with the remedy where there is none of them.
    """
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    image, program = os.environ.get(IMAGE), _program(start)
    if not image and not program and start.image and docker_answers():
        image = start.image
    if image:
        return Launch(CONTAINER, _docker_run(target, start, image, container_name(run), port), inherited)
    if not program:
        named = f"put {start.program} on PATH, " if start.program else ""
        raise HarnessError(
            f"target {target.name}: nothing answers at {target.endpoint}; start it, {named}"
            f"or give {COMMAND}='program …' or {IMAGE}=name (with Docker)"
        )
    filling = {
        "port": str(port), "address": f"127.0.0.1:{port}", "folder": str(run.temporary), "free_port": str(processes.free_port())
    }  # fmt: skip
    own = {name: _filled(text, filling) for name, text in start.environment.items()}
    command = tuple(_filled(text, filling) for text in (*program, *start.arguments))
    return Launch(EMULATOR, command, {**inherited, "TMPDIR": str(run.temporary), **own})


def docker_answers() -> bool:
    """Whether a Docker daemon answers the `docker` on PATH."""
    try:
        asked = subprocess.run(["docker", "version"], capture_output=True, timeout=DOCKER_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def container_name(run: RunFolder) -> str:
    """The container's name: one for each run folder, so that checkouts do not take each other's."""
    return f"emulator-{sha256(str(run.path).encode()).hexdigest()[:12]}"


def _program(start: Start) -> list[str]:
    """What the caller says, else the program on PATH or beside our own Python, where packages put theirs; [] where there is none."""
    if command := os.environ.get(COMMAND):
        program, *before = shlex.split(command)
        return [str(Path(program).absolute()) if "/" in program else program, *before]  # it runs in another folder
    if start.program is None:
        return []
    found = shutil.which(start.program) or shutil.which(start.program, path=str(Path(sys.executable).parent))
    return [found] if found else []


def _docker_run(target: Target, start: Start, image: str, name: str, port: int) -> tuple[str, ...]:
    """Return the command that runs the image in the foreground, so that its output is its log, in the network of its name.

    An emulator that runs containers itself is given the daemon's socket, and puts them into that network.
    """
    variables = [word for key, text in start.image_environment.items() for word in ("--env", f"{key}={text}")]
    nested = ["--volume", f"{_daemon_socket()}:{DOCKER_SOCKET}"] if RUN_BY_DOCKER & set(target.runs.values()) else []
    published = f"127.0.0.1:{port}:{start.image_port}"
    where = ("--name", name, "--network", name, "--publish", published)
    return ("docker", "run", "--rm", *where, *nested, *variables, image)


def _daemon_socket() -> str:
    """Return the socket's path on the daemon's own machine: DOCKER_HOST's, or the default where that is a network address."""
    scheme, _, path = os.environ.get("DOCKER_HOST", "").partition("://")
    return path if scheme == "unix" else DOCKER_SOCKET


def make_network(name: str) -> None:
    """Make the emulator's own bridge, where there is none yet; ports published from it are of loopback only. Raises HarnessError."""
    if _docker("network", "inspect", name).returncode:
        made = _docker("network", "create", "--opt", "com.docker.network.bridge.host_binding_ipv4=127.0.0.1", name)
        if made.returncode:
            raise HarnessError(f"docker network create {name}: {made.stderr.strip()}")


def remove_network(name: str) -> list[str]:
    """Remove the emulator's bridge with every container in it; return their names. Does nothing where there is none."""
    listed = _docker("ps", "--all", "--filter", f"network={name}", "--format", "{{.Names}}").stdout.split()
    if listed:
        _docker("rm", "--force", "--volumes", *listed)
    _docker("network", "rm", name)
    return listed


def _docker(*arguments: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise HarnessError(f"docker cannot be run: {error.strerror}") from error


def _filled(text: str, filling: Mapping[str, str]) -> str:
    for name, value in filling.items():
        text = text.replace(f"{{{name}}}", value)
    return text
