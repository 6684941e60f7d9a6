"""The command line that starts a target's emulator: the caller's image or command, else the registry's program, else its image."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from harness.embedded import processes
from harness.embedded.run_folder import RunFolder
from harness.environment import PROXIES, child
from harness.failure import HarnessError
from harness.targets.docker import DOCKER_SOCKET, daemon_socket, docker_answers
from harness.targets.target import CONTAINER_WAYS, Start, Target

COMMAND = "EMULATOR_COMMAND"
IMAGE = "EMULATOR_IMAGE"
EMULATOR = "emulator"
CONTAINER = "container"
INHERITED = ("HOME", "LANG", "DOCKER_HOST", *PROXIES)


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
    inherited = child({}, *INHERITED)
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
    path = shutil.which(start.program) or shutil.which(start.program, path=str(Path(sys.executable).parent))
    return [path] if path else []


def _docker_run(target: Target, start: Start, image: str, name: str, port: int) -> tuple[str, ...]:
    """Return the command that runs the image in the foreground, so that its output is its log, in the network of its name.

    An emulator that runs containers itself is given the daemon's socket, and puts them into that network.
    """
    variables = [word for key, text in start.image_environment.items() for word in ("--env", f"{key}={text}")]
    runs_containers = any(way in CONTAINER_WAYS for way in target.runs.values())
    nested = ["--volume", f"{daemon_socket()}:{DOCKER_SOCKET}"] if runs_containers else []
    published = f"127.0.0.1:{port}:{start.image_port}"
    where = ("--name", name, "--network", name, "--publish", published)
    return ("docker", "run", "--rm", *where, *nested, *variables, image)


def _filled(text: str, filling: Mapping[str, str]) -> str:
    for name, value in filling.items():
        text = text.replace(f"{{{name}}}", value)
    return text
