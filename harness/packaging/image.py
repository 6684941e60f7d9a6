"""The engine's image: Dockerfile.engine built from a context of three things (lock file, wheels, engine.zip)."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.packaging.build import ENGINE
from harness.packaging.container_engine import ContainerEngine, container_engine
from harness.packaging.oci import Image, image_of_archive, tag_of
from harness.packaging.wheels import ImagePlatform, download

BASE = "ENGINE_BASE_IMAGE"
REPOSITORY = "asset-servicing-engine"


@dataclass(frozen=True)
class ImageRequest:
    """What to build: `repository` is the image's name on this machine, without tag. ENGINE_BASE_IMAGE names another base."""

    repository: str = REPOSITORY
    platform: ImagePlatform = field(default_factory=lambda: ImagePlatform("linux/amd64", "3.13"))


def build_image(engine: ContainerEngine, root: Path, build: Path, request: ImageRequest) -> str:
    """Build the image of the package in `build` and return its reference, repository:tag. Raises HarnessError if the engine refuses."""
    package = build / f"{ENGINE}.zip"
    reference = f"{request.repository}:{tag_of(package)}"
    options = ["--file", str(root / "Dockerfile.engine"), "--tag", reference, "--platform", request.platform.name]
    options += ["--build-arg", f"ENGINE_SHA256={hashlib.sha256(package.read_bytes()).hexdigest()}"]
    options += ["--build-arg", f"BASE_IMAGE={base}"] if (base := os.environ.get(BASE)) else []
    engine.build(options, _context(root, build, request.platform))
    return reference


@contextmanager
def built_image(root: Path, build: Path) -> Iterator[Image]:
    """Build the image and give its parts, for as long as the block runs. Raises HarnessError, also if no container engine answers."""
    engine = container_engine()
    reference = build_image(engine, root, build, ImageRequest())
    with tempfile.TemporaryDirectory(dir=build, prefix="image-") as folder:
        archive = Path(folder) / "image.tar"
        engine.save(reference, archive)
        yield image_of_archive(archive)


def _context(root: Path, build: Path, platform: ImagePlatform) -> Path:
    lock = root / "requirements" / "engine.lock"
    wheels = download(lock, platform, build / "wheels")
    context = build / "image"
    shutil.rmtree(context, ignore_errors=True)
    shutil.copytree(wheels, context / "wheels")
    shutil.copy(lock, context / "engine.lock")
    shutil.copy(build / f"{ENGINE}.zip", context / "engine.zip")
    return context
