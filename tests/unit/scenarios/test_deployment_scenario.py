"""`terraform.apply`: run on the records that an apply may leave."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.embedded.run_folder import CHECKOUT, RunFolder
from harness.gate.lines import Progress
from harness.results.deployment import APPLIED, IMPOSSIBLE, REFUSED, Deployment, Refusal

KEY = "module.encryption.aws_kms_key.this"


@pytest.mark.parametrize(
    ("deployment", "outcome", "detail"),
    [
        (Deployment(APPLIED, absent={"rds": "no Docker answers"}, engine="it has no database"), "pass", ""),
        (
            Deployment(REFUSED, "", Refusal(KEY, "kms:CreateKey", "400 ValidationException: no such usage")),
            "fail",
            f"{KEY}: kms:CreateKey was answered 400 ValidationException: no such usage where AWS documents that"
            " terraform applies the infrastructure",
        ),
        (
            Deployment(REFUSED, "", Refusal(KEY, "kms:CreateKey", "400 UnknownOperationException: CreateKey")),
            "unsupported",
            f"the system is not deployed: {KEY}: kms:CreateKey was answered 400 UnknownOperationException: CreateKey",
        ),
        (
            Deployment(REFUSED, "", Refusal(KEY, "kms:CreateKey", "501 InternalFailure: sorry")),
            "unsupported",
            f"the system is not deployed: {KEY}: kms:CreateKey was answered 501 InternalFailure: sorry",
        ),
        (
            Deployment(IMPOSSIBLE, "the Terraform registry cannot be reached"),
            "unsupported",
            "the system is not deployed: the Terraform registry cannot be reached",
        ),
    ],
    ids=["applied", "refused", "operation missing", "not implemented", "impossible"],
)
def test_only_a_call_that_the_target_refused_fails_it(
    tmp_path: Path, deployment: Deployment, outcome: str, detail: str
) -> None:
    deployment.write(RunFolder(tmp_path))
    options = ["-n0", "-q", "-p", "no:cacheprovider", "--gate-results", str(tmp_path / "lines")]
    subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--deployment", str(tmp_path), "tests/infrastructure/test_deployment.py"],
        cwd=CHECKOUT, capture_output=True, check=False,
    )  # fmt: skip
    told = Progress()
    told.follow(tmp_path / "lines")
    found = told.results["terraform.apply"]
    assert (found.outcome, found.detail) == (outcome, detail)
