"""`terraform apply` after a destroy, over a replay of the API calls that it made. On instances of the benchmark's own."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from harness.bench.replay import replay
from harness.deployment.infrastructure import infrastructure
from harness.embedded.lifecycle import bring_up, take_down
from harness.embedded.ministack import REGION
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.provider.engine.aws import Aws, Call
from harness.targets.registry import choose


def measure(runs: int, tell: Callable[[str], None]) -> list[tuple[float, float]]:
    """Seconds of apply and of the replay of its calls, `runs` pairs."""
    pairs = []
    with _own_instance() as run:
        calls: Sequence[Call] = ()
        for pair in range(runs):
            tell(f"apply and replay {pair + 1} of {runs}")
            _fresh(run)
            seconds, calls = _apply_after_destroy()
            _fresh(run)
            pairs.append((seconds, _replay(run, calls)))
        tell(f"{len(calls)} creating calls")
    return pairs


@contextmanager
def _own_instance() -> Iterator[RunFolder]:
    """An embedded target beside the user's own."""
    before = os.environ.get("RUN_FOLDER")
    (CHECKOUT / ".run").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CHECKOUT / ".run", prefix="bench-") as folder:
        os.environ["RUN_FOLDER"] = folder
        run = RunFolder(Path(folder).resolve())
        try:
            yield run
        finally:
            take_down(run)
            os.environ.pop("RUN_FOLDER")
            os.environ.update({"RUN_FOLDER": before} if before else {})


def _fresh(run: RunFolder) -> None:
    run.make()
    take_down(run)
    bring_up(run)


def _apply_after_destroy() -> tuple[float, Sequence[Call]]:
    with infrastructure(choose("embedded")) as ready:
        assert ready.provider is not None
        ready.driver.apply(lambda line: None)
        ready.driver.destroy(lambda line: None)
    with infrastructure(choose("embedded")) as ready:
        assert ready.provider is not None
        began = perf_counter()
        ready.driver.apply(lambda line: None)
        return perf_counter() - began, tuple(ready.provider.aws.recorded)


def _replay(run: RunFolder, calls: Sequence[Call]) -> float:
    state = bring_up(run).state
    assert state is not None
    aws = Aws(REGION, state.aws_variables())
    for service in {call.service for call in calls}:
        aws.client(service)  # loading botocore's models is no part of the floor
    began = perf_counter()
    replay(calls, aws)
    return perf_counter() - began
