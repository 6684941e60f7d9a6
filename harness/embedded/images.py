"""The image registry of the embedded target: `build/engine.zip`, unpacked under the tag that its digest gives."""

import hashlib
import zipfile
from pathlib import Path

from harness.failure import HarnessError

TAG_DIGITS = 12


def tag_of(package: Path) -> str:
    """The first 12 hexadecimal digits of the package's SHA-256."""
    return hashlib.sha256(package.read_bytes()).hexdigest()[:TAG_DIGITS]


def pull(tag: str, package: Path, images: Path) -> Path:
    """The folder of image `tag`, unpacked when needed; HarnessError when the package has another digest."""
    folder = images / tag
    if folder.is_dir():
        return folder
    if not package.exists() or tag_of(package) != tag:
        raise HarnessError(
            f"CannotPullContainerError: no engine package with tag {tag}; run `make package` and apply again"
        )
    unfinished = images / f".{tag}"
    with zipfile.ZipFile(package) as content:
        content.extractall(unfinished)
    unfinished.rename(folder)
    return folder
