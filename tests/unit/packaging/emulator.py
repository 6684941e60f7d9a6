"""MiniStack alone, for the tests of images: its ECR keeps what is pushed over the registry API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.embedded import ministack, processes
from harness.embedded.clients import ROOT, client
from harness.embedded.processes import ProcessRecord
from harness.embedded.run_folder import RunFolder
from harness.packaging.image_registry import ImageRegistry
from harness.packaging.oci import ImageReference


@dataclass(frozen=True)
class Emulator:
    """An ECR that answers at `endpoint`."""

    endpoint: str

    @property
    def ecr(self) -> Any:
        return client("ecr", self.endpoint, ROOT)

    def repository(self, name: str) -> str:
        """The URL of a new repository whose tags do not move."""
        made = self.ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
        return str(made["repository"]["repositoryUri"])

    def registry(self, url: str) -> ImageRegistry:
        return ImageRegistry.of_ecr(self.ecr, ImageReference.parse(url).registry, self.endpoint)


@contextmanager
def running(folder: Path) -> Iterator[Emulator]:
    run = RunFolder(folder / "run")
    run.make()
    port = processes.free_port()
    record = ProcessRecord.of(ministack.server(run, port).start().pid)
    try:
        ministack.server(run, port).wait_ready()
        yield Emulator(f"http://127.0.0.1:{port}")
    finally:
        processes.stop(record)
