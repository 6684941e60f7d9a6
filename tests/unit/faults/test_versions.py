"""The packages of an older and of a next engine, as faults on the deployed system run them beside the present one."""

import subprocess
from pathlib import Path

import pytest

from tests.faults import versions


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of five commits: the third and fourth add a migration each, the last one something else."""
    made = tmp_path / "checkout"
    monkeypatch.setattr(versions, "CHECKOUT", made)
    _run("init", "--quiet", "--initial-branch=main", str(made), at=tmp_path)
    migrations = [f"{versions.MIGRATIONS}/000{number}_a.sql" for number in (1, 2)]
    for name in ("domain/a.py", "sending/a.py", *migrations, "domain/b.py"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
        _run("add", ".", at=made)
        _run("-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", name, at=made)
    return made


def _run(*arguments: str, at: Path) -> None:
    subprocess.run(["git", *arguments], cwd=at, check=True)


def test_the_older_engine_is_that_of_the_last_commit_before_the_newest_migration(
    checkout: Path, tmp_path: Path
) -> None:
    package = versions.older(tmp_path / "made")
    assert package is not None
    assert versions.migrations(package) == {"0001_a.sql"}


def test_a_clone_without_history_has_no_older_engine(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run("clone", "--quiet", "--depth", "1", checkout.as_uri(), "shallow", at=tmp_path)
    monkeypatch.setattr(versions, "CHECKOUT", tmp_path / "shallow")
    assert versions.older(tmp_path / "made") is None


def test_the_next_engine_is_the_present_one_with_a_migration_more(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = versions.older(tmp_path / "made")
    monkeypatch.setattr(versions, "PRESENT", package)
    following = versions.following(tmp_path / "next", "next_1")
    assert versions.migrations(following) == {"0001_a.sql", "next_1.sql"}
