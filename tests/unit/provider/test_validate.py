"""Terraform itself, attached to our provider, judges HCL by the real provider's schema."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from harness.provider.protocol.server import serving
from harness.provider.schema.provider_schema import load, schema_response
from harness.terraform.executable import choose

_ROOT = Path(__file__).resolve().parents[3]


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    (folder / "cli.tfrc").touch()
    terraform = choose(os.environ, folder / "launcher").path
    with serving(schema_response(load())) as attached:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"),
            **attached,
        }
        for command in (["init", "-backend=false", "-input=false", "-no-color"], list(arguments)):
            done = subprocess.run(
                [str(terraform), *command],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
    return done


def _diagnostics(folder: Path) -> list[str]:
    return [
        d["summary"] + ": " + d.get("detail", "")
        for d in json.loads(_run(folder, "validate", "-json").stdout)["diagnostics"]
    ]


def _root(folder: Path, body: str) -> Path:
    versions = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
    (folder / "main.tf").write_text(versions + body, encoding="utf-8")
    return folder


def test_a_resource_written_rightly_is_valid(tmp_path: Path) -> None:
    assert _diagnostics(_root(tmp_path, 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n')) == []


def test_an_unknown_attribute_is_named(tmp_path: Path) -> None:
    [found] = _diagnostics(_root(tmp_path, 'resource "aws_sqs_queue" "q" {\n  nmae = "q"\n}\n'))
    assert '"nmae" is not expected here' in found


def test_an_unknown_type_is_named(tmp_path: Path) -> None:
    [found] = _diagnostics(_root(tmp_path, 'resource "aws_sqs_quue" "q" {}\n'))
    assert "aws_sqs_quue" in found


def test_a_missing_required_attribute_is_named(tmp_path: Path) -> None:
    [found] = _diagnostics(_root(tmp_path, 'resource "aws_iam_role" "r" {}\n'))
    assert "assume_role_policy" in found


def test_a_plan_is_refused_in_words_and_no_lock_file_is_left(tmp_path: Path) -> None:
    done = _run(_root(tmp_path, 'resource "aws_sqs_queue" "q" {}\n'), "plan", "-no-color")
    assert done.returncode == 1
    assert "our provider only validates so far" in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / ".terraform.lock.hcl").exists()


def test_the_projects_infrastructure_is_valid(tmp_path: Path) -> None:
    shutil.copytree(_ROOT / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    folder = shutil.copytree(_ROOT / "terraform", tmp_path / "terraform", ignore=shutil.ignore_patterns(".terraform*"))
    assert _diagnostics(folder) == []
