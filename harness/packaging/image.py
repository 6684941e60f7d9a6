"""The engine's image: Dockerfile.engine built from a context of three things (lock file, wheels, engine.zip)."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.failure import HarnessError
from harness.packaging.build import ENGINE, build_packages
from harness.packaging.wheels import ImagePlatform, download

TAG_DIGITS = 12  # as the engine agent and the pipeline tag images: of the package's SHA-256
_DAEMON_SECONDS = 30
NOT_BUILT = "the image was not built"


@dataclass(frozen=True)
class ImageRequest:
    """What to build: `repository` without tag, `base` an image with Python and pip, or None for the Dockerfile's default."""

    repository: str
    base: str | None
    platform: ImagePlatform


def build_image(root: Path, build: Path, request: ImageRequest) -> str:
    """Builds the image; returns its reference, repository:tag. Raises HarnessError, in one line, when Docker is not there or refuses."""
    docker = _docker()
    digest = build_packages(root, build)[ENGINE]["sha256"]
    reference = f"{request.repository}:{digest[:TAG_DIGITS]}"
    context = _context(root, build, request.platform)
    command = [docker, "build", "--quiet", "--file", str(root / "Dockerfile.engine"), "--tag", reference]
    command += ["--platform", request.platform.name, "--build-arg", f"ENGINE_SHA256={digest}"]
    command += ["--build-arg", f"BASE_IMAGE={request.base}"] if request.base else []
    done = subprocess.run([*command, str(context)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise HarnessError(f"docker build: {_last_line(done)}; {NOT_BUILT}")
    return reference


def _docker() -> str:
    """The docker command, once its daemon has answered."""
    docker = shutil.which("docker")
    if docker is None:
        raise HarnessError(f"docker is not on PATH: {NOT_BUILT}")
    question = [docker, "version", "--format", "{{.Server.Version}}"]
    try:
        done = subprocess.run(question, capture_output=True, text=True, check=False, timeout=_DAEMON_SECONDS)
    except subprocess.TimeoutExpired as problem:
        raise HarnessError(f"Docker's daemon does not answer within {_DAEMON_SECONDS} s: {NOT_BUILT}") from problem
    if done.returncode:
        raise HarnessError(f"Docker's daemon does not answer: {NOT_BUILT} ({_last_line(done)})")
    return docker


def _context(root: Path, build: Path, platform: ImagePlatform) -> Path:
    lock = root / "requirements" / "engine.lock"
    wheels = download(lock, platform, build / "wheels")
    context = build / "image"
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(wheels, context / "wheels")
    shutil.copy(lock, context / "engine.lock")
    shutil.copy(build / f"{ENGINE}.zip", context / "engine.zip")
    return context


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {done.returncode}"
