"""A file that a task keeps fresh, and the command that reads it: `python -m servicing_engine health`, the container's health check."""

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

_LOGGER = logging.getLogger(__name__)
BEAT_SECONDS = 5.0
STALE_SECONDS = 30.0


def heartbeat_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Return ENGINE_HEARTBEAT_FILE, else a file in TMPDIR or /tmp. The folder may be missing or not writable.

    `tempfile.gettempdir` would raise FileNotFoundError where no folder is writable, as in a task on Fargate.
    """
    given = environment.get("ENGINE_HEARTBEAT_FILE")
    return Path(given) if given else Path(environment.get("TMPDIR") or "/tmp") / "servicing_engine.heartbeat"


def keep_fresh(path: Path, stopping: threading.Event) -> None:
    """Touch the file until told to stop, then remove it. If it cannot be written, log a warning and go on without."""
    while True:
        try:
            path.touch()
        except OSError as error:
            _LOGGER.warning("no heartbeat: %s: %s", path, error.strerror)
            stopping.wait()
            return
        if stopping.wait(BEAT_SECONDS):
            break
    path.unlink(missing_ok=True)


def health(path: Path) -> int:
    """Print one line and return the exit status: 0 if the task has touched the file within 30 s, else 1."""
    try:
        age = time.time() - path.stat().st_mtime
    except OSError as error:
        return _say(f"unhealthy: {path}: {error.strerror}", 1)
    if age > STALE_SECONDS:
        return _say(f"unhealthy: the last heartbeat is {age:.0f} s old", 1)
    return _say(f"healthy: the last heartbeat is {age:.0f} s old", 0)


def _say(line: str, status: int) -> int:
    print(line, file=sys.stderr if status else sys.stdout)
    return status
