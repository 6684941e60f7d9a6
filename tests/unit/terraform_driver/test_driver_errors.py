"""What the driver says of a Terraform that fails."""

import os
from pathlib import Path

import pytest

from harness.terraform.driver import Driver, RegistryUnreachableError, TerraformError
from harness.terraform.executable import choose

NOWHERE = {"HTTPS_PROXY": "http://127.0.0.1:9", "TF_REGISTRY_DISCOVERY_RETRY": "0"}  # no port is open there


def _driver(folder: Path, configuration: str) -> Driver:
    root = folder / "root"
    root.mkdir()
    (root / "main.tf").write_text(f'terraform {{\n  backend "local" {{}}\n}}\n{configuration}')
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **NOWHERE}
    return Driver(
        choose(os.environ, folder / "bin").path, root, folder / "kept", folder / "terraform.tfstate", environment
    )


def test_a_registry_that_does_not_answer_has_an_error_of_its_own(tmp_path: Path) -> None:
    wanted = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
    with pytest.raises(RegistryUnreachableError, match="could not connect"):
        _driver(tmp_path, wanted).init()


def test_each_error_of_an_apply_is_told_with_its_place(tmp_path: Path) -> None:
    driver = _driver(tmp_path, 'resource "terraform_data" "x" {\n  input = file("not-there")\n}\n')
    driver.init()
    with pytest.raises(TerraformError) as failed:
        driver.apply(lambda _line: None)
    [(where, text)] = failed.value.diagnostics
    assert where.endswith("main.tf")
    assert "not-there" in text
    assert str(failed.value).startswith("terraform apply: ")
