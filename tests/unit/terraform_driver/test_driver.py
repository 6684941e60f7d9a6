"""Commands of the driver on a real Terraform, with the one provider that is built into it."""

import json
import os
from pathlib import Path

import pytest

from harness.terraform.driver import Driver
from harness.terraform.executable import choose

ROOT = """
terraform {
  backend "local" {}
}
resource "terraform_data" "repository" {
  for_each = toset(["engine"])
}
resource "terraform_data" "service" {
  input = terraform_data.repository["engine"].id
}
resource "terraform_data" "other" {}
"""


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    root, kept = tmp_path / "root", tmp_path / "kept"
    root.mkdir()
    (root / "main.tf").write_text(ROOT)
    executable = choose(os.environ, tmp_path / "launcher").path
    made = Driver(executable, root, kept, kept / "terraform.tfstate", {"PATH": os.environ["PATH"], "HOME": str(kept)})
    made.init()
    return made


def _names(driver: Driver) -> list[str]:
    return sorted(resource["name"] for resource in json.loads(driver.state.read_text())["resources"])


def test_an_apply_of_targets_makes_these_and_a_whole_one_the_rest(driver: Driver) -> None:
    driver.apply(lambda line: None, targets=('terraform_data.repository["engine"]', "terraform_data.other"))
    assert _names(driver) == ["other", "repository"]
    driver.apply(lambda line: None)
    assert _names(driver) == ["other", "repository", "service"]
