"""A target of the test module's own, and the harness's commands on it with the environment of somebody else's machine."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.embedded.state import TargetState

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return RunFolder(tmp_path_factory.mktemp("target") / "run")


@pytest.fixture(scope="module")
def up(run: RunFolder) -> Iterator[TargetState]:
    run.make()
    yield bring_up(run).state
    take_down(run)


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
