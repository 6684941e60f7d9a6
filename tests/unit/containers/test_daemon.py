"""Which Docker daemon the lane uses, and what it says where there is none."""

import os
from pathlib import Path

import pytest

from harness.containers.daemon import docker_daemon
from harness.failure import HarnessError

ANSWERS, SILENT = "#!/bin/sh\necho 28\n", "#!/bin/sh\nexit 1\n"


def _programs(folder: Path, **scripts: str) -> str:
    folder.mkdir()
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return str(folder)


def _enter(folder: Path) -> str:
    with docker_daemon(folder) as said:
        return said


@pytest.mark.parametrize(
    ("programs", "docker_host", "root", "said"),
    [
        ({"docker": SILENT}, "tcp://127.0.0.1:9", True, "no Docker daemon answers at DOCKER_HOST=tcp://127.0.0.1:9"),
        ({}, None, True, "docker is not on PATH: install Docker"),
        ({"docker": SILENT}, None, True, "dockerd is not on PATH: install Docker"),
        ({"docker": SILENT, "dockerd": ANSWERS}, None, False, "we start one only as root"),
        ({"docker": SILENT, "dockerd": SILENT}, None, True, "dockerd ended with 1"),
    ],
)
def test_without_a_daemon_one_line_names_the_remedy(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    programs: dict[str, str],
    docker_host: str | None,
    root: bool,
    said: str,
) -> None:
    monkeypatch.setenv("PATH", _programs(tmp_path / "bin", **programs))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    if docker_host:
        monkeypatch.setenv("DOCKER_HOST", docker_host)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    with pytest.raises(HarnessError, match=said):
        _enter(tmp_path / "kept")
    assert os.environ.get("DOCKER_HOST") == docker_host


def test_a_daemon_that_answers_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", _programs(tmp_path / "bin", docker=ANSWERS))
    monkeypatch.setenv("DOCKER_HOST", "unix:///some/docker.sock")
    assert "unix:///some/docker.sock" in _enter(tmp_path / "kept")
    assert not (tmp_path / "kept").exists()
