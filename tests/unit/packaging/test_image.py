"""The image's build: which container engine is asked, what it is given, and what is said where none answers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.failure import HarnessError
from harness.packaging import build_packages
from harness.packaging.container_engine import ContainerEngine, container_engine
from harness.packaging.image import ImageRequest, build_image
from harness.packaging.wheels import ImagePlatform, download
from tests.unit.packaging import making

ROOT = Path(__file__).parents[3]


def _harness(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "harness", "image", *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)


def _silent(folder: Path, name: str) -> None:
    """An engine whose daemon does not answer."""
    (folder / name).write_text("#!/bin/sh\necho first >&2\necho 'Cannot connect' >&2\nexit 1\n")
    (folder / name).chmod(0o755)


def test_a_machine_without_container_engine_gets_one_line_with_what_each_said_and_status_2(tmp_path: Path) -> None:
    _silent(tmp_path, "docker")
    done = _harness(PATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    said = "error: no container engine answers (docker: Cannot connect; podman: not on PATH): "
    assert done.stderr == f"{said}start Docker or Podman, or give ENGINE_IMAGE=name\n"


@pytest.mark.parametrize(
    ("engines", "silent", "named", "chosen"),
    [
        (["docker", "podman"], [], "", "docker"),
        (["podman"], ["docker"], "", "podman"),
        (["podman"], [], "", "podman"),
        (["docker", "podman"], [], "podman", "podman"),
    ],
    ids=["docker first", "docker's daemon silent", "podman alone", "CONTAINER_ENGINE"],
)
def test_the_engine_is_the_named_one_else_the_first_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engines: list[str], silent: list[str], named: str, chosen: str
) -> None:
    for name in engines:
        making.container_engine(tmp_path / name)
    for name in silent:
        _silent(tmp_path, name)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    monkeypatch.setenv("CONTAINER_ENGINE", named)
    monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere/docker.sock")
    assert container_engine() == ContainerEngine(chosen)
    assert [call["DOCKER_HOST"] for call in making.calls(tmp_path / chosen)] == ["unix:///elsewhere/docker.sock"]


def test_an_engine_that_was_named_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    making.container_engine(tmp_path / "docker")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CONTAINER_ENGINE", "nerdctl")
    with pytest.raises(HarnessError, match=r"no container engine answers \(nerdctl: not on PATH\)"):
        container_engine()


@pytest.mark.parametrize("wrong", [["--platform", "linux/s390x"], ["--python", "13"]], ids=["platform", "python"])
def test_what_no_wheels_are_made_for_is_a_usage_error(wrong: list[str]) -> None:
    done = _harness(*wrong)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert wrong[1] in done.stderr


def test_the_engine_is_given_lock_wheels_and_package_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = making.container_engine(tmp_path / "docker")
    monkeypatch.setenv("ENGINE_BASE_IMAGE", "base:1")
    for name in ("domain", "sending", "servicing_engine", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / "root" / name)
    build, platform = tmp_path / "build", ImagePlatform("linux/amd64", "3.13")
    digest = build_packages(tmp_path / "root", build)["engine"]["sha256"]
    request = ImageRequest("registry/engine", platform)
    reference = build_image(ContainerEngine(str(docker)), tmp_path / "root", build, request)
    [seen] = making.calls(docker)
    assert reference == f"registry/engine:{digest[:12]}"
    assert {f"ENGINE_SHA256={digest}", "BASE_IMAGE=base:1", reference, "linux/amd64"} <= set(seen["arguments"])
    wheels = [path for path in seen["context"] if path.startswith("wheels/") and path.endswith(".whl")]
    assert seen["context"] == sorted(["engine.lock", "engine.zip", *wheels])
    assert any("psycopg2_binary" in one and "cp313" in one and "x86_64" in one for one in wheels)


def test_a_build_that_fails_is_told_by_the_engines_last_line(tmp_path: Path) -> None:
    _silent(tmp_path, "docker")
    with pytest.raises(HarnessError, match=r"^docker build: Cannot connect$"):
        ContainerEngine(str(tmp_path / "docker")).build([], tmp_path)


def test_wheels_are_those_of_the_image_and_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = ROOT / "requirements" / "engine.lock"
    folder = download(lock, ImagePlatform("linux/arm64", "3.12"), tmp_path)
    [driver] = folder.glob("psycopg2_binary*")
    assert "cp312" in driver.name
    assert "aarch64" in driver.name
    monkeypatch.setattr(subprocess, "run", None)  # a second fetch would fail
    assert download(lock, ImagePlatform("linux/arm64", "3.12"), tmp_path) == folder


def test_the_image_runs_as_nobody_and_asks_the_engine_for_its_health() -> None:
    text = (ROOT / "Dockerfile.engine").read_text()
    final = text.rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in final
    assert 'CMD ["python3", "-m", "servicing_engine", "health"]' in final
    assert "--no-index" in text
    assert "--require-hashes" in text


def test_the_heartbeat_has_a_volume_that_is_the_engines_own() -> None:
    """A volume takes its owner from what the image has at its path; what is changed after VOLUME is lost."""
    final = (ROOT / "Dockerfile.engine").read_text().rpartition("\nFROM ")[2]
    before, declared, after = final.partition('\nVOLUME ["/opt/engine/run"]\n')
    assert "RUN mkdir /opt/engine/run && chown 10001:10001 /opt/engine/run" in before
    assert declared
    assert "ENGINE_HEARTBEAT_FILE=/opt/engine/run/heartbeat\n" in after
