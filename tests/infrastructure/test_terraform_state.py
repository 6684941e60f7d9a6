"""What Terraform says of the running system: no drift, no secret, and what was changed behind its back."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.embedded.run_folder import RunFolder
from harness.system import System

CHECKOUT = Path(__file__).resolve().parents[2]


def harness(system: System, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "harness", *arguments, "--target", system.target]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


@pytest.mark.exclusive
def test_a_second_apply_changes_nothing(system: System) -> None:
    again = harness(system, "apply")
    assert again.returncode == 0, again.stderr
    assert "No changes" in again.stderr


@pytest.mark.exclusive
def test_an_attribute_changed_behind_terraforms_back_shows_in_the_plan_and_apply_mends_it(system: System) -> None:
    sqs, queue = system.client("sqs"), system.outputs["dead_letter_queue_url"]
    before = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["MessageRetentionPeriod"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"MessageRetentionPeriod": "3600"})
    planned = harness(system, "plan")
    assert "module.messaging.aws_sqs_queue.dead_letter" in planned.stdout
    assert harness(system, "apply").returncode == 0
    assert sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["MessageRetentionPeriod"])["Attributes"] == before
    assert "No changes" in harness(system, "plan").stdout


def test_what_terraform_keeps_holds_no_password(system: System) -> None:
    run, password = RunFolder.of_target(system.target), system.environment["PGPASSWORD"]
    assert len(password) >= 16
    assert "aws_db_instance" in run.terraform_state.read_text()
    kept = [run.terraform_state, *(run.path / "terraform").rglob("*")]
    assert [file for file in kept if _holds(file, password)] == []


def _holds(file: Path, password: str) -> bool:
    return file.is_file() and file.stat().st_size < 10_000_000 and password.encode() in file.read_bytes()
