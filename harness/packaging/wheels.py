"""Wheels of the engine's lock file for another machine: the image's Python and processor, not ours."""

import hashlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.failure import HarnessError

_MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
_C_LIBRARIES = ("manylinux2014", "manylinux_2_17", "manylinux_2_28")


@dataclass(frozen=True)
class ImagePlatform:
    """`name` as Docker writes it (linux/amd64, linux/arm64), `python` as in 3.13; the base has glibc 2.28 or newer."""

    name: str
    python: str

    def __post_init__(self) -> None:
        """Raises HarnessError (usage) for a platform that no wheels are made for."""
        if self.name not in _MACHINES:
            raise HarnessError(f"platform {self.name!r} is not one of {', '.join(_MACHINES)}", exit_status=3)
        if not re.fullmatch(r"3\.\d+", self.python):
            raise HarnessError(f"python {self.python!r} is not a version such as 3.13", exit_status=3)

    def pip_options(self) -> list[str]:
        """What makes pip choose wheels for it."""
        machine = _MACHINES[self.name]
        tag = f"cp{self.python.replace('.', '')}"
        platforms = [option for library in _C_LIBRARIES for option in ("--platform", f"{library}_{machine}")]
        abis = [option for abi in (tag, "abi3", "none") for option in ("--abi", abi)]
        return ["--implementation", "cp", "--python-version", self.python, *abis, *platforms]


def download(lock: Path, platform: ImagePlatform, cache: Path) -> Path:
    """Return the folder of the lock file's wheels, fetched at the first call for that lock and platform. Raises HarnessError."""
    why = f"{lock.name} has no wheels for {platform.name}, Python {platform.python}"
    return pip_folder(lock, cache, why, "download", "--no-deps", *platform.pip_options(), "--dest")


def pip_folder(lock: Path, cache: Path, why_not: str, command: str, *options: str) -> Path:
    """Return the folder in `cache` that pip makes of a lock file by `command` and `options`, whose last one names the folder.

    It is made at the first call for this content and these options. Raises HarnessError: `why_not` and pip's last line.
    """
    known = lock.read_bytes() + " ".join((command, *options)).encode()
    folder = cache / hashlib.sha256(known).hexdigest()[:16]
    if folder.exists():
        return folder
    partial = folder.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", "--only-binary", ":all:"]
    line = [*pip, "--require-hashes", "-r", str(lock), *options, str(partial)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise HarnessError(f"{why_not}: {''.join(last)}")
    partial.rename(folder)
    return folder
