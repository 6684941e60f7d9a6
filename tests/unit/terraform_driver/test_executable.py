"""The choice of a Terraform executable, on real executables and on small scripts that report a version."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.terraform.executable import choose


def _reporting(folder: Path, name: str, version: str) -> Path:
    folder.mkdir(exist_ok=True)
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{json.dumps({'terraform_version': version})}'\n", encoding="utf-8")
    script.chmod(0o755)
    return script


def test_a_terraform_on_path_is_used(tmp_path: Path) -> None:
    script = _reporting(tmp_path / "bin", "terraform", "1.11.0")
    assert choose({"PATH": str(script.parent)}, tmp_path / "launcher").path == script
    assert not (tmp_path / "launcher").exists()


def test_one_too_old_is_passed_over_and_said_so(tmp_path: Path) -> None:
    _reporting(tmp_path / "bin", "terraform", "1.9.8")
    tofu = _reporting(tmp_path / "bin", "tofu", "1.11.2")
    chosen = choose({"PATH": str(tofu.parent)}, tmp_path)
    assert chosen.path == tofu
    assert "version 1.9.8, older than 1.11: not used" in chosen.passed_over[0]


def test_what_was_named_is_never_replaced(tmp_path: Path) -> None:
    named = _reporting(tmp_path, "mine", "1.5.7")
    with pytest.raises(HarnessError, match=r"TERRAFORM_BIN: .*older than 1\.11"):
        choose({"TERRAFORM_BIN": str(named), "PATH": ""}, tmp_path)


def test_without_any_the_launcher_runs_terraform(tmp_path: Path) -> None:
    launcher = choose({"PATH": ""}, tmp_path / "launcher").path
    shown = subprocess.run([launcher, "version", "-json"], capture_output=True, text=True, timeout=60, check=True)
    major, minor = json.loads(shown.stdout)["terraform_version"].split(".")[:2]
    assert (int(major), int(minor)) >= (1, 11)


def test_the_launcher_hands_on_the_exit_status(tmp_path: Path) -> None:
    launcher = choose({"PATH": ""}, tmp_path).path
    done = subprocess.run([launcher, "no-such-command"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert "no-such-command" in done.stdout + done.stderr


def test_the_launcher_runs_where_a_first_line_could_not_name_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a folder, it's $HOME" / ("long" * 32)
    folder.mkdir(parents=True)
    (folder / ".venv").symlink_to(sys.prefix)
    monkeypatch.setattr(sys, "executable", str(folder / ".venv" / "bin" / "python"))
    launcher = choose({"PATH": ""}, folder).path
    subprocess.run([launcher, "version"], capture_output=True, timeout=60, check=True)
