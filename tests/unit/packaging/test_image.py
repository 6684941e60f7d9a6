"""The image's command: what it says where Docker is not, and what it gives Docker where it is (a docker of the test's own that writes it down)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness.packaging.image import ImageRequest, build_image
from harness.packaging.wheels import ImagePlatform, download

ROOT = Path(__file__).parents[3]
_DOCKER = """#!{python}
import json, os, pathlib, sys
if sys.argv[1] == "version":
    print("28.0")
else:
    context = pathlib.Path(sys.argv[-1])
    found = sorted(str(path.relative_to(context)) for path in context.rglob("*") if path.is_file())
    pathlib.Path(os.environ["SEEN"]).write_text(json.dumps({{"arguments": sys.argv[1:], "context": found}}))
    print("sha256:0")
"""


def _harness(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "harness", "image", *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"PATH": "/nonexistent"}, "error: docker is not on PATH: the image was not built"),
        ({}, "error: Docker's daemon does not answer: the image was not built ("),
    ],
    ids=["no command", "no daemon"],
)
def test_a_machine_without_docker_gets_one_line_and_status_2(
    variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    if not variables:
        docker = tmp_path / "docker"
        docker.write_text("#!/bin/sh\necho first >&2\necho 'Cannot connect' >&2\nexit 1\n")
        docker.chmod(0o755)
        variables = {"PATH": str(tmp_path)}
    done = _harness(**variables)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(said)


@pytest.mark.parametrize("wrong", [["--platform", "linux/s390x"], ["--python", "13"]], ids=["platform", "python"])
def test_what_no_wheels_are_made_for_is_a_usage_error(wrong: list[str]) -> None:
    done = _harness(*wrong)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert wrong[1] in done.stderr


def test_docker_is_given_lock_wheels_and_package_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "docker").write_text(_DOCKER.format(python=sys.executable))
    (tools / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.json"))
    for name in ("domain", "servicing_engine", "requirements"):
        shutil.copytree(ROOT / name, tmp_path / "root" / name)
    build = tmp_path / "build"
    platform = ImagePlatform("linux/amd64", "3.13")
    reference = build_image(tmp_path / "root", build, ImageRequest("registry/engine", "base:1", platform))
    seen = json.loads((tmp_path / "seen.json").read_text())
    digest = json.loads((build / "manifest.json").read_text())["engine"]["sha256"]
    assert reference == f"registry/engine:{digest[:12]}"
    assert {f"ENGINE_SHA256={digest}", "BASE_IMAGE=base:1", reference, "linux/amd64"} <= set(seen["arguments"])
    wheels = [path for path in seen["context"] if path.startswith("wheels/") and path.endswith(".whl")]
    assert seen["context"] == sorted(["engine.lock", "engine.zip", *wheels])
    assert any("psycopg2_binary" in one and "cp313" in one and "x86_64" in one for one in wheels)


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
