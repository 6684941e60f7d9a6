"""What a result is stamped with: the emulator and its version, when, by which commit, on what machine."""

import os
import platform
import subprocess
from datetime import UTC, datetime

from harness.aws_clients import AwsClients
from harness.embedded.run_folder import CHECKOUT
from harness.results.document import Stamp


def stamp(clients: AwsClients, emulator: tuple[str, str], begun: datetime) -> Stamp:
    """Return the stamp of a run that began at `begun` and ends now; `emulator`: name and version."""
    return Stamp(
        target=clients.target,
        endpoint=clients.endpoint("sts") or "AWS",
        emulator=emulator[0],
        emulator_version=emulator[1],
        commit=_commit(),
        machine=f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        started_at=_instant(begun),
        finished_at=_instant(datetime.now(UTC)),
    )


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _commit() -> str:
    """Return the checkout's commit, with a plus if files differ from it; `unknown` outside git."""
    try:
        head = _git("rev-parse", "--short=12", "HEAD")
        return f"{head}+" if _git("status", "--porcelain", "--untracked-files=no") else head
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()
