import os
import shutil
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from harness.packaging import build_packages
from harness.packaging.archive import write_archive

ROOT = Path(__file__).parents[3]
SOURCES = ("domain", "sending", "functions", "servicing_engine", "requirements")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    build = tmp_path_factory.mktemp("build")
    return build, build_packages(ROOT, build)


def test_the_same_source_gives_the_same_digests_under_another_clock_and_umask(built, tmp_path):
    build, manifest = built
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in tmp_path.rglob("*"):
        path.chmod(0o700)
        os.utime(path, (time.time() - 10**8, time.time() - 10**8))
    (tmp_path / "build").mkdir()
    shutil.copytree(build / "site", tmp_path / "build" / "site")
    before = os.umask(0o077)
    try:
        assert build_packages(tmp_path, tmp_path / "build") == manifest
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "build").glob("*.zip")} == {0o644}


def test_a_change_of_one_line_changes_the_digest(built, tmp_path):
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "domain" / "money.py").open("a").write("# changed\n")
    (tmp_path / "build").mkdir()
    shutil.copytree(built[0] / "site", tmp_path / "build" / "site")
    changed = build_packages(tmp_path, tmp_path / "build")
    assert {name for name, entry in changed.items() if entry != built[1][name]} == set(built[1])


@pytest.mark.parametrize("unpacked", [False, True], ids=["zip", "unpacked"])
def test_a_function_imports_on_its_own_outside_our_environment(built, tmp_path, unpacked):
    archive = built[0] / "ingest_normalizer.zip"
    if unpacked:
        zipfile.ZipFile(archive).extractall(tmp_path / "code")
        archive = tmp_path / "code"
    check = "import sys; sys.path.insert(0, sys.argv[1]); import functions.ingest_normalizer.handler as h; print(h.__file__)"
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    done = subprocess.run(
        [base, "-I", "-c", check, archive], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.startswith(str(archive))) == (0, True), done.stderr


def test_no_zip_carries_compiled_code_or_another_function(built):
    names = zipfile.ZipFile(built[0] / "ingest_normalizer.zip").namelist()
    wrong = [
        name for name in names if name.endswith((".pyc", ".so")) or name.startswith(("servicing_engine/", "harness/"))
    ]
    assert wrong == []


def test_builds_at_the_same_time_do_not_take_each_others_files(built, tmp_path):
    """Two gates of one checkout, say: a package is written under one temporary name."""
    shutil.copytree(built[0] / "site", tmp_path / "site")
    with ThreadPoolExecutor(4) as pool:
        manifests = list(pool.map(lambda _: build_packages(ROOT, tmp_path), range(4)))
    assert manifests == [built[1]] * 4


def test_ctrl_c_within_an_entry_of_a_zip_is_not_hidden_by_what_zipfile_says_of_it(tmp_path, monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    (tmp_path / "one.py").write_text("")
    monkeypatch.setattr(zipfile._ZipWriteFile, "close", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_archive(tmp_path / "made.zip", {"one.py": tmp_path / "one.py"})
