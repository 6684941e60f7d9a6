"""Ctrl-C at several moments of `apply`, by INTERRUPTION_SEED and INTERRUPTIONS: then status, apply and destroy work, and nothing is left running."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil

from harness.deadline import wait_for
from harness.embedded.processes import answers
from harness.embedded.run_folder import CHECKOUT, RunFolder, read_json
from harness.embedded.state import TargetState
from tests.unit.machines.conftest import Run

INTERRUPTED = (130, -signal.SIGINT)  # the latter when the second comes while Python ends
TERRAFORM_SECONDS = 4.0
SEED = int(os.environ.get("INTERRUPTION_SEED", "14"))
MOMENTS = int(os.environ.get("INTERRUPTIONS", "2"))
"""Within Terraform; besides, one before the target is started and one while it is. More take long: 6 two minutes."""


def moments(run: RunFolder) -> list[tuple[Path | None, float]]:
    """Pairs: so many seconds after a file of the run folder is there, or after the start of apply (None)."""
    drawn = random.Random(SEED)
    at_work = run.path / ".terraform.tfstate.lock.info"
    in_terraform = [(at_work, drawn.uniform(k, k + 1) * TERRAFORM_SECONDS / MOMENTS) for k in range(MOMENTS)]
    return [(None, drawn.uniform(0.3, 1.5)), (run.state_file, drawn.uniform(0, 1)), *in_terraform]


def interrupted(run: RunFolder, after: Path | None, seconds: float, again: bool) -> "subprocess.CompletedProcess[str]":
    """An apply that gets Ctrl-C, as a terminal sends it: to its whole process group. `again`: twice, by an impatient hand."""
    apply = subprocess.Popen(
        [sys.executable, "-m", "harness", "apply"], cwd=CHECKOUT, start_new_session=True, text=True,
        env={"PATH": os.environ["PATH"], "RUN_FOLDER": str(run.path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    if after:
        wait_for(f"{after.name} there", lambda: after.exists() or apply.poll() is not None, bool, 60, 0.05)
    pause = threading.Event()
    for wait in (seconds, 0.5) if again else (seconds,):
        pause.wait(wait)
        if apply.poll() is None:
            os.killpg(apply.pid, signal.SIGINT)
    said, complained = apply.communicate(timeout=60)
    return subprocess.CompletedProcess(apply.args, apply.returncode, said, complained)


def left_running(run: RunFolder) -> list[str]:
    """Command lines that name the run folder or run in it, without the supervisor's own processes."""
    state = TargetState.read(run)
    ours = {record.pid for record in state.processes.values()} if state else set()
    found = []
    for process in psutil.process_iter():
        try:
            family = {process.pid, *(parent.pid for parent in process.parents())}
            if not family & ours and str(run.path) in f"{process.cwd()} {' '.join(process.cmdline())}":
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found


def test_ctrl_c_at_any_moment_of_apply_leaves_a_target_that_can_be_used(tmp_path: Path, harness: Run) -> None:
    run = RunFolder(tmp_path / "run")
    here = {"RUN_FOLDER": str(run.path)}
    ended = []
    for number, (after, seconds) in enumerate(moments(run)):
        done = interrupted(run, after, seconds, again=number % 2 == 1)
        ended.append(done.returncode)
        assert done.returncode in (0, *INTERRUPTED), done.stderr
        assert "Traceback" not in done.stderr
        assert left_running(run) == []
        status = harness("status", "--json", **here)
        assert status.returncode == 0, status.stderr
        assert json.loads(status.stdout)["status"] in ("READY", "DOWN")
    assert {*INTERRUPTED} & {*ended[2:]}, "none of them met Terraform at work"
    applied = harness("apply", **here)
    assert applied.returncode == 0, applied.stderr
    destroyed = harness("destroy", **here)
    assert destroyed.returncode == 0, destroyed.stderr
    assert read_json(run.terraform_state)["resources"] == []
    ports = TargetState.read(run).ports  # type: ignore[union-attr]
    assert harness("down", **here).returncode == 0
    assert left_running(run) == []
    assert [port for port in ports.values() if answers(port)] == []
