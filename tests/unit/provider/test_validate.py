"""Terraform itself, attached to our provider, judges HCL by the real provider's schema."""

import shutil
from pathlib import Path

from harness.failure import HarnessError
from tests.unit.provider.conftest import Stack

_ROOT = Path(__file__).resolve().parents[3]


def _diagnostics(root: Stack, body: str) -> list[str]:
    root.write(body)
    with root.driver() as driver:
        return [f"{each['summary']}: {each.get('detail', '')}" for each in driver.validate()]


def test_a_resource_written_rightly_is_valid(root: Stack) -> None:
    assert _diagnostics(root, 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n') == []
    assert not (root.folder / ".terraform.lock.hcl").exists()


def test_an_unknown_attribute_is_named(root: Stack) -> None:
    [found] = _diagnostics(root, 'resource "aws_sqs_queue" "q" {\n  nmae = "q"\n}\n')
    assert '"nmae" is not expected here' in found


def test_an_unknown_type_is_named(root: Stack) -> None:
    [found] = _diagnostics(root, 'resource "aws_sqs_quue" "q" {}\n')
    assert "aws_sqs_quue" in found


def test_a_missing_required_attribute_is_named(root: Stack) -> None:
    [found] = _diagnostics(root, 'resource "aws_iam_role" "r" {}\n')
    assert "assume_role_policy" in found


def test_a_type_that_the_table_lacks_is_refused_with_the_remedy(root: Stack, monkeypatch) -> None:
    monkeypatch.setattr("harness.provider.service.resource_types", dict)
    [found] = _diagnostics(root, 'resource "aws_sqs_queue" "q" {}\n')
    assert "aws_sqs_queue is not among the types" in found
    assert "PROVIDER=registry" in found


def test_the_projects_infrastructure_is_valid(root: Stack) -> None:
    shutil.copytree(_ROOT / "rules", root.folder / "rules", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    folder = shutil.copytree(
        _ROOT / "terraform", root.folder / "terraform", ignore=shutil.ignore_patterns(".terraform*")
    )
    project = Stack(folder, root.endpoints)
    with project.driver() as driver:
        assert driver.validate() == []


def test_a_failing_command_says_what_terraform_said(root: Stack) -> None:
    root.write('resource "aws_sqs_queue" "q" {\n  nmae = "q"\n}\n')
    with root.driver() as driver:
        try:
            driver.plan(lambda line: None)
        except HarnessError as error:
            said = str(error)
    assert 'An argument named "nmae" is not expected here' in said
