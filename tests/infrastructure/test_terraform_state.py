"""What Terraform says of the running system: no drift, no secret, and what was changed behind its back."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from harness.deadline import await_answer
from harness.embedded.run_folder import RunFolder
from harness.results.deployment import Deployment
from harness.scenarios.exchanges import LAST_EXCHANGES
from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import database_credentials

pytestmark = scenario(service="sqs", lane="resilience")

CHECKOUT = Path(__file__).resolve().parents[2]


def harness(system: System, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "harness", *arguments, "--target", system.target]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


@scenario("sqs.terraform.no-drift", feature="attributes read back as written", aws="sqs:GetQueueAttributes")
@pytest.mark.exclusive
def test_a_second_apply_changes_nothing(system: System, deployment: Deployment) -> None:
    """Plans first: where something differs, nothing is changed by looking."""
    LAST_EXCHANGES.touch("terraform", "plan")
    assert "No changes" in harness(system, "plan").stdout
    again = harness(system, "apply")
    assert again.returncode == 0 or deployment.engine, again.stderr  # apply fails where no engine task can run
    assert "No changes" in again.stderr


@scenario("sqs.terraform.drift-shown", feature="attributes read back as written", aws="sqs:SetQueueAttributes")
@pytest.mark.exclusive
def test_an_attribute_changed_behind_terraforms_back_shows_in_the_plan_and_apply_mends_it(system: System) -> None:
    sqs, queue, name = system.client("sqs"), system.outputs["dead_letter_queue_url"], "KmsDataKeyReusePeriodSeconds"

    def seconds() -> str:
        return str(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"][name])

    before = seconds()
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={name: "600"})
    await_answer("600", seconds)
    planned = harness(system, "plan")
    assert "module.messaging.aws_sqs_queue.dead_letter" in planned.stdout
    harness(system, "apply")
    await_answer(before, seconds)
    assert "No changes" in harness(system, "plan").stdout


@scenario(
    "secretsmanager.terraform.no-password",
    feature="where a secret shows",
    aws="secretsmanager-guide:best-practices",
    service="secretsmanager",
    lane="security",
)
@pytest.mark.exclusive
def test_neither_state_nor_plan_holds_the_password(system: System, tmp_path: Path) -> None:
    run, password = RunFolder.of_target(system.target), database_credentials(system)["password"].encode()
    assert len(password) >= 16
    assert b"aws_db_instance" in run.terraform_state.read_bytes()
    planned = harness(system, "plan", "--out", str(tmp_path / "plan"))
    assert planned.returncode == 0, planned.stderr
    with zipfile.ZipFile(tmp_path / "plan") as plan:
        held = {f"plan/{name}": plan.read(name) for name in plan.namelist()}
    assert any(b"aws_db_instance" in content for content in held.values())
    kept = [run.terraform_state, *(file for file in (run.path / "terraform").rglob("*") if file.is_file())]
    held |= {file.name: file.read_bytes() for file in kept if file.stat().st_size < 10_000_000}
    assert [name for name, content in held.items() if password in content] == []
