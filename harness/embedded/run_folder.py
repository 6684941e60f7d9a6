"""Where a target keeps everything that running leaves behind, and how its state is written."""

import fcntl
import json
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from harness.failure import HarnessError

CHECKOUT = Path(__file__).resolve().parents[2]
WRITING_SECONDS = 1.0


@dataclass(frozen=True)
class RunFolder:
    """Paths of one instance of a target; `.run/<target>` of the checkout unless RUN_FOLDER names another folder."""

    path: Path

    @classmethod
    def of_target(cls, target: str) -> "RunFolder":
        """Return the folder of `target`, which need not exist yet: `make` makes it."""
        named = os.environ.get("RUN_FOLDER")
        return cls(Path(named).resolve() if named else CHECKOUT / ".run" / target)

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
        """What became of the last `apply` (harness/results/deployment.py)."""
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


@contextmanager
def alone(folder: Path, command: str, on: str = "") -> Iterator[None]:
    """Let one `command` at a time work on an existing `folder`, called `on` in errors. The lock ends with its process.

    Raises HarnessError that names the other command. The folder itself is locked, so that it works on a full disk too.
    """
    handle, note = os.open(folder, os.O_RDONLY), folder / ".command"
    try:
        _lock(handle, note, on or str(folder))
        with suppress(OSError):
            note.write_text(_noted(command))
        yield
    finally:
        os.close(handle)


@contextmanager
def alone_on_machine(what: str, command: str, on: str) -> Iterator[None]:
    """Let one `command` at a time of this user, from whatever checkout, work on `what`, called `on` in errors.

    The lock is a file in a folder of the user's in the machine's temporary folder; both are removed at the end. Raises HarnessError that
    names the other command, or a folder that is another user's.
    """
    folder = Path(tempfile.gettempdir()) / f"asset-servicing-{os.getuid()}"
    file = folder / sha256(what.encode()).hexdigest()[:16]
    handle = _locked(file, on)
    try:
        os.truncate(handle, 0)
        os.write(handle, _noted(command).encode())
        yield
    finally:
        file.unlink(missing_ok=True)  # before the lock ends, so that nobody gets a lock on a file that is gone
        os.close(handle)
        with suppress(OSError):
            folder.rmdir()


def _locked(file: Path, on: str) -> int:
    """Return the open and locked file, made with its folder where it is missing."""
    while True:
        with suppress(FileExistsError):
            file.parent.mkdir(mode=0o700)
        if file.parent.lstat().st_uid != os.getuid():
            raise HarnessError(f"{file.parent} is another user's: remove it, or set TMPDIR to another folder")
        try:
            handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except FileNotFoundError:
            continue  # the one before removed the folder just now
        try:
            _lock(handle, file, on)
        except HarnessError:
            os.close(handle)
            raise
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # the one before removed the file just now


def _lock(handle: int, note: Path, on: str) -> None:
    """Lock an open file or folder. Raises HarnessError with what `note` says of the command that holds it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        other = note.read_text() if note.exists() else "command"
        raise HarnessError(f"another {other} works on {on}: wait until it is done") from error


def _noted(command: str) -> str:
    return f"{command} (process {os.getpid()})"


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in `path`, or {} where there is none. Raises HarnessError if it is no JSON for longer than Terraform writes it."""
    deadline, pause = monotonic() + WRITING_SECONDS, threading.Event()
    while True:
        try:
            return dict(json.loads(text := path.read_text()))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            if monotonic() > deadline and not text.strip():
                return {}  # Terraform, interrupted before it made anything
            if monotonic() > deadline:
                raise HarnessError(
                    f"{path} is not JSON ({error}): restore it, or discard it with `make down`"
                ) from error
        pause.wait(0.05)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace `path` in one step, readable by its owner only."""
    write_whole(path, json.dumps(content, indent=2, sort_keys=True), 0o600)


def write_whole(file: Path, text: str, mode: int = 0o666) -> None:
    """Put `text` into `file` in one step, so that a reader never sees half of it; its folder is made where it is missing.

    `mode`: the file's permissions, before umask. Raises OSError.
    """
    draft = file.with_name(f"{file.name}.{uuid4().hex[:8]}")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(
            os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8", newline="\n"
        ) as opened:
            opened.write(text)
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
