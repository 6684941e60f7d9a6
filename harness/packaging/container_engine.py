"""The container engine of this machine: Docker or Podman, whichever answers. Its own variables (DOCKER_HOST …) reach it unchanged."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.failure import HarnessError

NAME = "CONTAINER_ENGINE"
_ENGINES = ("docker", "podman")
_ANSWER_SECONDS = 30


@dataclass(frozen=True)
class ContainerEngine:
    """The command of an engine that has answered: `docker`, `podman`, or what CONTAINER_ENGINE names."""

    command: str

    def build(self, options: Sequence[str], context: Path) -> None:
        """Build an image of a context. Raises HarnessError with the engine's last line."""
        self._run("build", "--quiet", *options, str(context))

    def save(self, image: str, file: Path) -> None:
        """Write an image to a file in Docker's archive format, the default of both engines. Raises HarnessError."""
        self._run("save", "--output", str(file), image)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run([self.command, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise HarnessError(f"{Path(self.command).name} {arguments[0]}: {_last_line(done)}")


def container_engine() -> ContainerEngine:
    """Return the engine that CONTAINER_ENGINE names, else Docker, else Podman. Raises HarnessError if none answers."""
    said = []
    for name in [os.environ[NAME]] if os.environ.get(NAME) else _ENGINES:
        if (problem := _problem(name)) is None:
            return ContainerEngine(name)
        said.append(f"{name}: {problem}")
    raise HarnessError(
        f"no container engine answers ({'; '.join(said)}): start Docker or Podman, or give ENGINE_IMAGE=name"
    )


def _problem(command: str) -> str | None:
    """Return why an engine does not answer, None if it does. Its daemon is asked too."""
    if shutil.which(command) is None:
        return "not on PATH"
    try:
        done = subprocess.run(
            [command, "version"], capture_output=True, text=True, check=False, timeout=_ANSWER_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {_ANSWER_SECONDS} s"
    return _last_line(done) if done.returncode else None


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {done.returncode}"
