"""The deployment itself: whether the target takes every call by which Terraform makes the system."""

import pytest

from harness.results.deployment import APPLIED, Deployment
from harness.scenarios.deployed import lacks_operation, not_deployed, said
from harness.scenarios.scenario import scenario


@scenario(
    "terraform.apply",
    service="terraform",
    feature="the whole infrastructure applied",
    lane="control plane",
    aws="https://docs.aws.amazon.com/prescriptive-guidance/latest/terraform-aws-provider-best-practices/introduction.html",
)
def test_terraform_applies_the_infrastructure(deployment: Deployment) -> None:
    """Fails only by an answer of the target: what it lacks, and what keeps us from applying at all, is unsupported."""
    refusal = deployment.refusal
    if refusal and not lacks_operation(refusal):
        raise AssertionError(said(refusal))
    if deployment.outcome != APPLIED:
        pytest.skip(not_deployed(deployment))  # why it was impossible, as "no container engine answers"
