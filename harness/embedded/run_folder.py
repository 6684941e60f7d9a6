"""Where a target keeps everything that running leaves behind, and how its state is written."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.failure import HarnessError

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class RunFolder:
    """Paths of one instance of a target; `.run/<target>` of the checkout unless RUN_FOLDER names another folder."""

    path: Path

    @classmethod
    def of_target(cls, target: str) -> "RunFolder":
        """The folder of `target`; raises HarnessError where it cannot be written."""
        named = os.environ.get("RUN_FOLDER")
        folder = cls(Path(named).resolve() if named else CHECKOUT / ".run" / target)
        folder.make()
        return folder

    @property
    def state_file(self) -> Path:
        """Processes, ports, endpoints and the deployer's credentials (mode 0600)."""
        return self.path / "state.json"

    @property
    def deployer_file(self) -> Path:
        """Credentials of the deployer on emulators that the supervisor does not run, by endpoint (mode 0600)."""
        return self.path / "deployer.json"

    @property
    def tasks_file(self) -> Path:
        """Engine tasks as the agent last saw them."""
        return self.path / "tasks.json"

    @property
    def terraform_state(self) -> Path:
        """Terraform's state of the target."""
        return self.path / "terraform.tfstate"

    @property
    def deployment_file(self) -> Path:
        """What became of the last `apply` (harness/deployment/record.py)."""
        return self.path / "deployment.json"

    @property
    def port_forward(self) -> Path:
        """The port by which a private database is reached (harness/deployment/port_forward.py)."""
        return self.path / "port-forward.json"

    @property
    def logs(self) -> Path:
        """One file per process; those of engine tasks in `engine/`."""
        return self.path / "logs"

    @property
    def images(self) -> Path:
        """Unpacked images of engine tasks, by the first 12 digits of their digest."""
        return self.path / "images"

    @property
    def temporary(self) -> Path:
        """TMPDIR of the emulators, so that nothing is left in the machine's own."""
        return self.path / "tmp"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """For one command at a time: raises HarnessError while another holds it. The lock ends with its process."""
        with (self.path / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise HarnessError(f"another up or down works on {self.path}: wait until it is done") from error
            yield

    def make(self) -> None:
        """Makes the folders; raises HarnessError where that is not allowed or the disk is full."""
        try:
            for folder in (self.path, self.logs / "engine", self.images, self.temporary):
                folder.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".writable"
            probe.write_text("x")
            probe.unlink()
        except OSError as error:
            raise HarnessError(
                f"{self.path}: {error.strerror}; make it writable and make room, or set RUN_FOLDER"
            ) from error


def read_json(path: Path) -> dict[str, Any]:
    """The object in `path`; empty where there is none."""
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text())
    except ValueError as error:
        raise HarnessError(f"{path} is not JSON ({error}): run `make down`, which discards it") from error
    return dict(content)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replaces `path` in one step, readable by its owner only, so that a reader never sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file, indent=2, sort_keys=True)
    Path(name).replace(path)
