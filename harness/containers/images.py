"""The lane's images: MiniStack from its wheel, PostgreSQL from packages, and the base that the engine's image is built on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.packaging.wheels import ImagePlatform, download

PUBLIC_BASE = "python:3.13-slim"
OWN_BASE = "asset-servicing-base:trixie"
MINISTACK = "asset-servicing-ministack:1.5.33"
POSTGRES = "postgres:17-alpine"
"""What MiniStack starts as a PostgreSQL 17; ours is named so behind OWN_PREFIX, which MiniStack is told."""
OWN_PREFIX = "asset-servicing"
PLATFORM = ImagePlatform("linux/amd64", "3.13")
PACKAGES = "python3,python3-pip,ca-certificates,postgresql"
PULL_SECONDS = 300
HERE = Path(__file__).parent

Say = Callable[[str], None]


@dataclass(frozen=True)
class LaneImages:
    """Names of images that the daemon has: the emulator's, and the base of the engine's image."""

    emulator: str
    engine_base: str


def lane_images(say: Say) -> LaneImages:
    """Return the images, pulled or made where the daemon lacks them; `say` gets a line before what takes long. Raises HarnessError."""
    pulled = all(_has(image) or _pulled(image) for image in (PUBLIC_BASE, POSTGRES))
    base, prefix = (PUBLIC_BASE, "") if pulled else (OWN_BASE, OWN_PREFIX)
    if not pulled:
        if not _has(OWN_BASE):
            say(f"{OWN_BASE}: no image can be pulled, so it is made from distribution packages (a minute or two)")
            _make_base()
        _build(f"{OWN_PREFIX}/{POSTGRES}", "postgres.Dockerfile", [HERE / "docker-entrypoint.sh"], BASE_IMAGE=base)
    _build_ministack(base, prefix)
    return LaneImages(MINISTACK, base)


def _build_ministack(base: str, prefix: str) -> None:
    lock = CHECKOUT / "requirements" / "emulator.lock"
    wheels = download(lock, PLATFORM, CHECKOUT / "build" / "wheels")
    _build(MINISTACK, "ministack.Dockerfile", [lock, wheels], BASE_IMAGE=base, IMAGE_PREFIX=prefix)


def _has(image: str) -> bool:
    return _docker("image", "inspect", image).returncode == 0


def _pulled(image: str) -> bool:
    try:
        return _docker("pull", "--quiet", image, timeout=PULL_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _make_base() -> None:
    """Bootstrap a Debian with Python and PostgreSQL, and import it as an image of one layer."""
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        raise HarnessError(
            f"{PUBLIC_BASE} cannot be pulled, and a base can only be made by root with debootstrap"
            " (Debian: apt-get install debootstrap): pull it, or give this machine a registry"
        )
    with tempfile.TemporaryDirectory(prefix="base-image-") as folder:
        root = Path(folder) / "root"
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "trixie", str(root)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if made.returncode:
            raise HarnessError(f"debootstrap: {_last_line(made)}")
        left_out = ["--exclude=./var/cache/apt", "--exclude=./var/lib/apt/lists", "--exclude=./usr/share/doc"]
        packed = subprocess.Popen(
            ["tar", "-C", str(root), "--numeric-owner", *left_out, "-c", "."], stdout=subprocess.PIPE
        )
        imported = _docker("import", "-", OWN_BASE, stdin=packed.stdout)
        if packed.wait() or imported.returncode:
            raise HarnessError(f"docker import of {OWN_BASE}: {_last_line(imported)}")


def _build(image: str, dockerfile: str, content: list[Path], **build_arguments: str) -> None:
    """Build from a context of just these files and folders, where a folder is named `wheels`; quick when nothing changed."""
    with tempfile.TemporaryDirectory(prefix="image-context-") as folder:
        context = Path(folder)
        for path in content:
            if path.is_dir():
                shutil.copytree(path, context / "wheels")
            else:
                shutil.copy(path, context / path.name)
        shutil.copy(HERE / dockerfile, context / "Dockerfile")
        told = [word for name, text in build_arguments.items() for word in ("--build-arg", f"{name}={text}")]
        built = _docker("build", "--quiet", "--tag", image, *told, str(context))
    if built.returncode:
        raise HarnessError(f"docker build of {image}: {_last_line(built)}")


def _docker(*arguments: str, **options: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def _last_line(done: "subprocess.CompletedProcess[str]") -> str:
    lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {done.returncode}"
