"""The harness's commands on the test module's target, with the environment of somebody else's machine."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.embedded.run_folder import CHECKOUT, RunFolder

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def harness(run: RunFolder) -> Run:
    """Runs a command of the harness on the module's target; keyword arguments are variables beside PATH, HOME and RUN_FOLDER."""

    def command(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        own = {"PATH": os.environ["PATH"], "HOME": str(Path.home()), "RUN_FOLDER": str(run.path)}
        return subprocess.run(
            [sys.executable, "-m", "harness", *arguments], cwd=CHECKOUT, env=own | variables, capture_output=True,
            text=True, check=False, timeout=300,
        )  # fmt: skip

    return command
