"""`destroy` of what is protected: refused in one line that names the remedy, before Terraform is asked."""

import json
from pathlib import Path

import pytest

from harness.cli.main import main

ATTRIBUTES = {
    "aws_db_instance": {"deletion_protection": True},
    "aws_dynamodb_table": {"deletion_protection_enabled": True},
    "aws_kms_key": {"description": "has no such attribute"},
}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path / "run"))
    monkeypatch.setenv("ASSET_SERVICING_AWS_CONFIRMED", "1")
    resources = [{"type": kind, "instances": [{"attributes": values}]} for kind, values in ATTRIBUTES.items()]
    file = tmp_path / "run" / "terraform.tfstate"
    file.parent.mkdir()
    file.write_text(json.dumps({"version": 4, "resources": resources}))
    return file


def test_protected_resources_are_named_with_the_variable_and_its_file(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state.read_bytes()
    assert main(["destroy", "--target", "aws"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "aws_db_instance, aws_dynamodb_table" in line
    assert "deletion_protection = false in terraform/targets/aws.tfvars" in line
    assert "make apply TARGET=aws" in line
    assert state.read_bytes() == before
