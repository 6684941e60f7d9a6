"""The whole chain on a machine where everything is unusual at once: path, umask, proxies, AWS settings, HOME and TMPDIR."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.embedded.processes import free_port
from harness.embedded.run_folder import CHECKOUT
from harness.packaging.dependencies import site_files

Command = Callable[..., "subprocess.CompletedProcess[str]"]
TRACKED = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")


def copied_checkout(folder: Path) -> Path:
    """Our files in a folder whose name is long and holds what a shell would take apart, with our packages."""
    checkout = folder / "a checkout, it's a $HOME" / ("long" * 25)
    for name in subprocess.run(TRACKED, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.split("\0"):
        if (CHECKOUT / name).is_file():
            (checkout / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, checkout / name)
    (checkout / ".venv").symlink_to(sys.prefix)
    site_files(CHECKOUT / "requirements" / "functions.lock", CHECKOUT / "build" / "site")
    (checkout / "build").mkdir()
    (checkout / "build" / "site").symlink_to(CHECKOUT / "build" / "site")
    return checkout


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Runs a command in a copied checkout; `down` at the end."""
    if not (CHECKOUT / ".git").exists():
        pytest.skip("not a git checkout: there is no list of its files")
    checkout, nobody = copied_checkout(tmp_path), f"http://127.0.0.1:{free_port()}"
    variables = {
        "PATH": "/usr/bin:/bin", "TMPDIR": "/nonexistent", "AWS_PROFILE": "no-such-profile", "AWS_CONFIG_FILE": "/nonexistent",
        "HTTP_PROXY": nobody, "http_proxy": nobody, "HTTPS_PROXY": nobody, "https_proxy": nobody, "ALL_PROXY": nobody,
    }  # fmt: skip

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words, cwd=checkout, env=variables, umask=0o077, capture_output=True, text=True, check=False, timeout=300
        )

    yield run
    run(".venv/bin/python", "-m", "harness", "down")


def test_apply_and_the_gate_work_on_an_awkward_machine(command: Command) -> None:
    make = ("make", "-o", ".venv/.installed", "-s")  # the packages are there
    applied = command(*make, "apply")
    assert applied.returncode == 0, applied.stderr
    assert "2 tasks run" in applied.stderr
    fed = command(*make, "feed", "FILE=examples/feeds/first-day.jsonl")
    assert fed.returncode == 0, fed.stderr
    judged = command(".venv/bin/python", "-m", "harness", "gate", "--service", "sts")
    assert judged.stdout.splitlines()[-1] in ("verdict: pass", "verdict: no-baseline"), judged.stdout
    destroyed = command(*make, "destroy")
    assert destroyed.returncode == 0, destroyed.stderr
