"""The container daemon that emulators run in: whether one answers, its socket, an emulator's own network, the digest of an image."""

import os
import socket
import subprocess
from pathlib import Path

from harness.failure import HarnessError
from harness.targets.registry import address_of

SECONDS = 10
DOCKER_SOCKET = Path("/var/run/docker.sock")
PODMAN_SOCKET = "podman/podman.sock"
LOOPBACK = ("127.0.0.1", "localhost")


def docker_answers() -> bool:
    """Return True if Docker, or Podman in its place, answers where DOCKER_HOST says or, without it, where they listen by default."""
    return _said("version") is not None or any(_answers_docker(path) for path in docker_sockets())


def docker_sockets() -> list[Path]:
    """Return the sockets at which an emulator looks for containers: that of DOCKER_HOST, or those of Docker and Podman that are there."""
    if host := os.environ.get("DOCKER_HOST"):
        return [Path(host.removeprefix("unix://"))] if host.startswith("unix://") else []
    of_user = Path(os.environ.get("XDG_RUNTIME_DIR", "/run"), PODMAN_SOCKET)
    return [path for path in (DOCKER_SOCKET, of_user, Path("/run", PODMAN_SOCKET)) if path.exists()]


def image_digest(endpoint: str) -> str | None:
    """Return the digest (sha256:…) of the image of the container that publishes the endpoint's port, or None where there is none."""
    host, port = address_of(endpoint)
    if host not in LOOPBACK:
        return None
    container = _said("ps", "--quiet", "--filter", f"publish={port}")
    image = container and _said("inspect", "--format", "{{.Image}}", container.split()[0])
    shown = image and _said("image", "inspect", "--format", '{{join .RepoDigests " "}} {{.Id}}', image)
    return shown.split()[0].rpartition("@")[2] if shown else None


def _answers_docker(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(SECONDS)
        try:
            asking.connect(str(path))
            asking.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in asking.recv(64)
        except OSError:
            return False


def daemon_socket() -> Path:
    """Return the socket's path on the daemon's own machine, for an emulator that runs containers itself."""
    return next(iter(docker_sockets()), DOCKER_SOCKET)


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


def _said(*arguments: str) -> str | None:
    """Return what `docker` printed, or None where it is not there, does not answer, fails or prints nothing."""
    try:
        asked = _docker(*arguments, seconds=SECONDS)
    except (HarnessError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None if asked.returncode == 0 else None


def _docker(*arguments: str, seconds: float | None = None) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=seconds, check=False)
    except OSError as error:
        raise HarnessError(f"docker cannot be run: {error.strerror}") from error
