"""The functions' dependencies, installed once per lock file, and pruned to what the functions call."""

from pathlib import Path

from harness.packaging.archive import tree
from harness.packaging.wheels import pip_folder

SERVICES = ("appconfigdata", "dynamodb", "kinesis", "s3", "sqs", "sso", "sso-oidc", "sts")
"""botocore service models that a function may load; the others are 20 MB of JSON that none does."""


def site_files(lock: Path, cache: Path) -> dict[str, Path]:
    """Return archive name -> file of every dependency in the lock file, installed at the first call for it. Raises HarnessError."""
    why_not = f"{lock.name} could not be installed for the functions"
    site = pip_folder(lock, cache, why_not, "install", "--no-compile", "--target")
    return {name: path for name, path in tree(site).items() if _needed(name)}


def _needed(name: str) -> bool:
    parts = name.split("/")
    if parts[:2] == ["boto3", "data"] or parts[:2] == ["boto3", "examples"]:
        return len(parts) > 2 and parts[2] in SERVICES
    if parts[:2] == ["botocore", "data"] and len(parts) > 3:
        return parts[2] in SERVICES
    return True
