"""Ctrl-C while Terraform runs, shown on a script that takes its time to save its state and says so meanwhile, as Terraform does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.deadline import wait_for

CHECKOUT = Path(__file__).resolve().parents[3]
TERRAFORM = """#!{python}
import pathlib, signal, threading
folder = pathlib.Path({folder!r})
interrupted = []
signal.signal(signal.SIGINT, lambda *_: interrupted.append(1))
(folder / "started").touch()
while not interrupted:
    threading.Event().wait(0.05)
for _ in range(20):
    threading.Event().wait(0.05)
    print('{{"@level": "info", "@message": "stopping"}}', flush=True)
(folder / "saved").write_text(str(len(interrupted)))
"""
HARNESS = """
import pathlib, signal, sys
from harness.terraform.driver import Driver
folder = pathlib.Path(sys.argv[1])
def end(*_): raise KeyboardInterrupt
signal.signal(signal.SIGTERM, end)
Driver(folder / "terraform", folder, folder / "data", folder / "state", {}).apply(lambda line: None)
"""


@pytest.mark.parametrize(
    ("number", "to_group", "times"),
    [(signal.SIGINT, True, 1), (signal.SIGINT, False, 1), (signal.SIGTERM, False, 1), (signal.SIGINT, True, 3)],
    ids=["Ctrl-C", "SIGINT to the harness alone", "SIGTERM", "impatient Ctrl-C"],
)
def test_terraform_saves_its_state_whoever_interrupts_it(
    tmp_path: Path, number: signal.Signals, to_group: bool, times: int
) -> None:
    (tmp_path / "terraform").write_text(TERRAFORM.format(python=sys.executable, folder=str(tmp_path)))
    (tmp_path / "terraform").chmod(0o755)
    harness = subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(tmp_path)],
        cwd=CHECKOUT,
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for("terraform started", (tmp_path / "started").exists, bool)
    for _ in range(times):
        os.killpg(harness.pid, number) if to_group else harness.send_signal(number)
        wait_for("the next", lambda: harness.poll() is not None, lambda ended: ended or times > 1, 60)
    said = harness.communicate(timeout=30)[1]
    assert (tmp_path / "saved").read_text() == "1"
    assert "KeyboardInterrupt" in said
    assert "interrupted: Terraform finishes what it has begun" in said
