"""A target of the test module's own: real MiniStack, Moto, PostgreSQL and supervisor, in a run folder below the test's temporary folder."""

from collections.abc import Iterator

import pytest

from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.run_folder import RunFolder
from harness.embedded.state import TargetState


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return RunFolder(tmp_path_factory.mktemp("target") / "run")


@pytest.fixture(scope="module")
def up(run: RunFolder) -> Iterator[TargetState]:
    run.make()
    yield bring_up(run).state
    take_down(run)
