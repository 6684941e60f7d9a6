"""Stops what the tests of a session left running in its temporary folder, and says so.

An interrupted worker has 15 seconds to stop its tests' emulators and databases (execnet's limit): too few on a busy machine.
"""

import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from harness.embedded import processes
from harness.embedded.processes import ProcessRecord


class LeftBehindPlugin:
    """The hook: registered by tests/conftest.py where the session began, not in its workers."""

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """When the workers are gone."""
        factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]  # as xdist asks it
        if left := processes_in(factory.getbasetemp()):
            print(f"stopping {len(left)} processes that tests left: {', '.join(process.name() for process in left)}")
            for process in left:
                with suppress(psutil.NoSuchProcess):  # it ended with one before it
                    processes.stop(ProcessRecord.of(process.pid))


def processes_in(folder: Path) -> list[psutil.Process]:
    """What runs in the folder, or names a file of it in its command; never this process or one that it descends from."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            places = [f"{process.cwd()}/", *process.cmdline()]
            if process.pid not in own and any(f"{folder}/" in place for place in places):
                found.append(process)
    return found
