"""`python -m harness containers`: the container lane, from images to the verdict, with nothing left behind."""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from harness.containers.daemon import docker_daemon
from harness.containers.images import LaneImages, lane_images
from harness.embedded import processes
from harness.embedded.run_folder import CHECKOUT
from harness.gate import selection
from harness.steps import Steps

TARGET = "ministack"
RUN = CHECKOUT / ".run" / "containers"
FEED = "examples/feeds/first-day.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the gate judges."""
    selection.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Apply, feed, gate, destroy and down on MiniStack in a container; return the gate's exit status, or that of the step that failed.

    Raises HarnessError where no Docker daemon can be had, or no image made.
    """
    steps, began = Steps(), monotonic()
    with docker_daemon(RUN / "docker") as daemon:
        steps.note(f"Docker: {daemon}")
        with steps.step("images") as step:
            images = lane_images(steps.note)
            step.said = f"{images.emulator}, {images.engine_base}"
        with _instance(images) as environment:
            status = _lane(environment, selection.options_of(arguments))
    steps.note(f"container lane: {'done' if status == 0 else 'failed'} after {monotonic() - began:.0f} s")
    return status


def _lane(environment: dict[str, str], part: list[str]) -> int:
    """Return the exit status of the first step that failed, else the gate's; destroy runs after the gate whatever it said."""
    judged = ["gate", "--history", str(RUN / "gate"), *part]
    for command in (["apply"], ["feed", FEED]):
        if status := _harness(environment, *command):
            return status
    verdict = _harness(environment, *judged)
    return _harness(environment, "destroy") or verdict


@contextmanager
def _instance(images: LaneImages) -> Iterator[dict[str, str]]:
    """Yield the environment of an instance of its own, which is taken down at the end."""
    environment = {
        **os.environ, "RUN_FOLDER": str(RUN), "TARGET": TARGET, "EMULATOR_IMAGE": images.emulator,
        "ENGINE_BASE_IMAGE": images.engine_base, "ENDPOINT": f"http://127.0.0.1:{processes.free_port()}",
    }  # fmt: skip
    try:
        yield environment
    finally:
        _harness(environment, "down")


def _harness(environment: dict[str, str], *arguments: str) -> int:
    """Run a command of the harness, its output ours; return its exit status."""
    print(f"$ python -m harness {' '.join(arguments)}", file=sys.stderr, flush=True)
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments], cwd=CHECKOUT, env=environment, check=False
    ).returncode
