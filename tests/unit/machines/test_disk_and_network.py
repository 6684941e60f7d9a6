"""Disks that are full or read-only, and a loopback interface without IPv4: one clear line, and `down` works all the same."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.embedded.processes import answers
from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.embedded.state import TargetState
from tests.unit.machines.conftest import Run

# In namespaces of its own, so that nothing else sees it; where we are no root, as root of a user namespace.
UNSHARE = ["unshare", "--mount", "--net", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]
NAMESPACES = (
    shutil.which("unshare") and not subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode
)
needs_namespaces = pytest.mark.skipif(not NAMESPACES, reason="this machine lets nobody make namespaces (unshare)")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=500m", "none", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path) -> None:
    filled = subprocess.run(["dd", "if=/dev/zero", f"of={disk / 'filling'}", "bs=1M"], capture_output=True, check=False)
    assert b"No space left" in filled.stderr


def test_on_a_full_disk_status_works_and_down_stops_everything(harness: Run, small_disk: Path) -> None:
    run = RunFolder(small_disk / "run")
    assert harness("up", RUN_FOLDER=str(run.path)).returncode == 0
    state = TargetState.read(run)
    assert state is not None
    fill(small_disk)
    seen = harness("status", RUN_FOLDER=str(run.path))
    assert (seen.returncode, seen.stderr) == (0, "")
    assert "READY" in seen.stdout
    full = harness("plan", RUN_FOLDER=str(run.path))
    assert full.returncode == 2
    assert full.stderr.startswith(f"error: {run.path}: No space left on device; make")
    done = harness("down", RUN_FOLDER=str(run.path))
    assert (done.returncode, done.stderr) == (0, "")
    assert [name for name, record in state.processes.items() if record.alive()] == []
    assert [port for port in state.ports.values() if answers(port)] == []
    assert not run.state_file.exists()


READ_ONLY = 'mount --bind "$1" "$2" && mount -o remount,bind,ro "$2" && cd "$2" && shift 2 && exec "$@"'


@needs_namespaces
@pytest.mark.parametrize("elsewhere", [True, False], ids=["RUN_FOLDER elsewhere", "no RUN_FOLDER"])
def test_a_read_only_checkout_is_one_clear_line(tmp_path: Path, elsewhere: bool) -> None:
    (checkout := tmp_path / "checkout").mkdir()
    folder = {"RUN_FOLDER": str(tmp_path / "run")} if elsewhere else {}
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", READ_ONLY, "sh", CHECKOUT, checkout, sys.executable, "-m", "harness", "apply"],
        env={"PATH": os.environ["PATH"], **folder}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "Read-only file system" in done.stderr
    assert "RUN_FOLDER" in done.stderr


@needs_namespaces
def test_a_read_only_checkout_without_packages_is_one_clear_line(tmp_path: Path) -> None:
    bare, checkout = tmp_path / "bare", tmp_path / "checkout"
    (bare / "requirements").mkdir(parents=True)
    checkout.mkdir()
    for name in ("Makefile", "requirements/harness.lock"):
        shutil.copy(CHECKOUT / name, bare / name)
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", READ_ONLY, "sh", bare, checkout, "make", "apply"],
        env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert said == [f"{checkout} cannot be written: make it writable (.venv, build and .run are made there)"]


@needs_namespaces
def test_a_loopback_interface_without_ipv4_is_one_clear_line(tmp_path: Path) -> None:
    script = 'ip link set lo up && ip address delete 127.0.0.1/8 dev lo && exec "$@"'
    done = subprocess.run(
        [*UNSHARE, "sh", "-c", script, "sh", sys.executable, "-m", "harness", "up"], cwd=CHECKOUT,
        env={"PATH": os.environ["PATH"], "RUN_FOLDER": str(tmp_path / "run")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == (
        "error: 127.0.0.1 cannot be bound (Cannot assign requested address): give the loopback interface an IPv4 address\n"
    )
    assert not (tmp_path / "run" / "state.json").exists()
