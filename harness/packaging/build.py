"""Builds every package into build/ and writes the manifest."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.packaging.archive import tree, write_archive
from harness.packaging.dependencies import site_files

FUNCTIONS = ("ingest_normalizer", "api_handler", "reconciliation")
ENGINE = "engine"


def build_packages(root: Path, build: Path) -> dict[str, dict[str, str]]:
    """Packages the functions that exist under `root` and the engine; returns the manifest {name: {path, sha256}}.

    A zip holds domain/, sending/, functions/ with one function, and the dependencies of requirements/functions.lock; the engine's holds
    domain/, sending/ and servicing_engine/ only, as its image installs wheels. A second build at the same time waits for the first.
    Raises HarnessError when dependencies cannot be installed.
    """
    with _alone(build):
        return _built(root, build)


@contextmanager
def _alone(build: Path) -> Iterator[None]:
    """Holds the folder's lock; it ends with its process."""
    build.mkdir(parents=True, exist_ok=True)
    with (build / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _built(root: Path, build: Path) -> dict[str, dict[str, str]]:
    shared = tree(root / "domain", "domain/") | tree(root / "sending", "sending/")
    names = [name for name in FUNCTIONS if (root / "functions" / name).is_dir()]
    manifest = {ENGINE: _write(build, ENGINE, shared | tree(root / "servicing_engine", "servicing_engine/"))}
    if names:
        site = site_files(root / "requirements" / "functions.lock", build / "site")
        for name in names:
            manifest[name] = _write(build, name, site | shared | _function_files(root / "functions", name))
    (build / "manifest.json").write_text(f"{json.dumps(manifest, indent=2, sort_keys=True)}\n")
    return manifest


def _function_files(functions: Path, name: str) -> dict[str, Path]:
    """The function's own folder and what functions share, without the other functions."""
    others = {f"functions/{other}/" for other in FUNCTIONS if other != name}
    files = tree(functions, "functions/")
    return {path: file for path, file in files.items() if not any(path.startswith(other) for other in others)}


def _write(build: Path, name: str, entries: dict[str, Path]) -> dict[str, str]:
    target = build / f"{name}.zip"
    return {"path": target.name, "sha256": write_archive(target, entries)}
