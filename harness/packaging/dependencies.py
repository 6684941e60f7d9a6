"""The functions' dependencies, installed once per lock file, and pruned to what the functions call."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from harness.failure import HarnessError
from harness.packaging.archive import tree

SERVICES = ("appconfigdata", "dynamodb", "kinesis", "s3", "sqs", "sso", "sso-oidc", "sts")
"""botocore service models that a function may load; the others are 20 MB of JSON that none does."""


def site_files(lock: Path, cache: Path) -> dict[str, Path]:
    """Archive name -> file of every dependency in the lock file. Installs at the first call for that lock. Raises HarnessError."""
    site = cache / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not site.exists():
        _install(lock, site)
    return {name: path for name, path in tree(site).items() if _needed(name)}


def _install(lock: Path, site: Path) -> None:
    partial = site.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--only-binary", ":all:", "--require-hashes", "--target", str(partial), "-r", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise HarnessError(f"{lock.name} could not be installed for the functions: {''.join(last)}")
    partial.rename(site)


def _needed(name: str) -> bool:
    parts = name.split("/")
    if parts[:2] == ["boto3", "data"] or parts[:2] == ["boto3", "examples"]:
        return len(parts) > 2 and parts[2] in SERVICES
    if parts[:2] == ["botocore", "data"] and len(parts) > 3:
        return parts[2] in SERVICES
    return True
