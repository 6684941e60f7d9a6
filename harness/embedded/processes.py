"""Processes that outlive the command that started them: known by pid and creation time, ended with their children."""

import errno
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from harness.deadline import wait_for
from harness.failure import HarnessError

CREATION_TOLERANCE_SECONDS = 2.0  # a pid is reused much later than this; the clock may be set meanwhile
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class ProcessRecord:
    """A process of ours. `created`: its creation time in seconds since 1970, as a pid alone may be another's by now."""

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> "ProcessRecord":
        """The record of a process that runs now."""
        return cls(pid, psutil.Process(pid).create_time())

    @classmethod
    def of_child(cls, child: "subprocess.Popen[bytes]") -> "ProcessRecord":
        """The record of a process that we started. It may have ended: its pid stays while the caller holds `child`."""
        return cls.of(child.pid)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ProcessRecord":
        """From what `to_json` gave."""
        return cls(int(content["pid"]), float(content["created"]))

    def to_json(self) -> dict[str, Any]:
        """For the state file."""
        return {"pid": self.pid, "created": self.created}

    def alive(self) -> bool:
        """Whether it is still this very process, and no zombie."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.created) < CREATION_TOLERANCE_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


@dataclass(frozen=True)
class Program:
    """A process to start: in a session of its own, with this environment and nothing inherited, its output appended to `log`.

    `name` is for people. `ready` tells when it does its work, at the latest `seconds` after its start. `owner` is the uid and gid to
    run as, where we are root.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path
    ready: Callable[[], bool]
    seconds: float
    owner: tuple[int, int] | None = None

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it and return at once. Raises OSError if the command cannot be run."""
        return start(self.command, self.environment, self.log, self.folder, self.owner)

    def wait_ready(self, child: "subprocess.Popen[bytes] | None" = None) -> None:
        """Wait until it is ready. Raises HarnessError with the end of its log if it is late, or if `child`, its process, has ended."""

        def settled() -> bool:
            return (child is not None and child.poll() is not None) or self.ready()

        wait_for(f"{self.name} ready", settled, bool, self.seconds, POLL_SECONDS, shown=lambda _: tail(self.log))
        if child is not None and child.poll() is not None:
            raise HarnessError(f"{self.name} ended with {child.returncode}: {tail(self.log)}")


def start(
    command: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    folder: Path,
    owner: tuple[int, int] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `command` as `Program.start` does, for a process that nobody waits for."""
    user: dict[str, Any] = {"user": owner[0], "group": owner[1], "extra_groups": []} if owner else {}
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command), env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.STDOUT, start_new_session=True, close_fds=True, **user,
        )  # fmt: skip


def members(record: ProcessRecord) -> list[psutil.Process]:
    """The process and everything it started, also what was orphaned but is still in its session."""
    by_pid: dict[int, psutil.Process] = {}
    if record.alive():
        leader = psutil.Process(record.pid)
        by_pid = {process.pid: process for process in [leader, *leader.children(recursive=True)]}
    for process in psutil.process_iter():
        try:
            later = process.create_time() >= record.created - CREATION_TOLERANCE_SECONDS
            if later and os.getsid(process.pid) == record.pid and (record.alive() or process.pid != record.pid):
                by_pid[process.pid] = process
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return list(by_pid.values())


def stop(record: ProcessRecord, first: signal.Signals = signal.SIGTERM, patience_seconds: float = 8.0) -> None:
    """Sends `first` to the process, and SIGKILL to what is left of it and of its session after `patience_seconds`."""
    processes = members(record)
    if record.alive():
        _signal(psutil.Process(record.pid), first)
    leader = [process for process in processes if process.pid == record.pid]
    psutil.wait_procs(leader, timeout=patience_seconds)
    left = [process for process in processes if process.is_running()]
    _, left = psutil.wait_procs(left, timeout=0.3)
    for process in left:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(left, timeout=patience_seconds)


def _signal(process: psutil.Process, stop_signal: signal.Signals) -> None:
    try:
        process.send_signal(stop_signal)
    except psutil.NoSuchProcess:
        return


def free_port(wanted: int | None = None) -> int:
    """A TCP port of 127.0.0.1 that is free: `wanted`, else any. Raises HarnessError when `wanted` is taken."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                reason = f"127.0.0.1 cannot be bound ({error.strerror}): give the loopback interface an IPv4 address"
            else:
                reason = f"port {wanted} of 127.0.0.1 is taken ({error.strerror}): free it, or leave the port to us"
            raise HarnessError(reason) from error
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something accepts connections at this port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(log: Path, lines: int = 3) -> str:
    """The last lines of a log in one line, for error messages."""
    if not log.exists():
        return "no log was written"
    return " | ".join(log.read_text(errors="replace").splitlines()[-lines:]) or "its log is empty"


def remove_tree(folder: Path) -> None:
    """Removes a folder outside the checkout; HarnessError where that is not possible, as it must not be left."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise HarnessError(f"{folder} could not be removed ({error.strerror}): remove it yourself") from error
