"""What the record of a deployment means for scenarios: which cannot be asked, and why."""

from harness.results.deployment import APPLIED, Deployment, Refusal
from harness.scenarios.missing import means_missing

_PART_OF = {"appconfigdata": "appconfig"}
"""Services that come and go with another one: both are one module of the infrastructure."""


def not_deployed(deployment: Deployment) -> str:
    """Return why there is no system, or nothing where it was applied."""
    if deployment.outcome == APPLIED:
        return ""
    return f"the system is not deployed: {said(deployment.refusal) if deployment.refusal else deployment.reason}"


def lacking(deployment: Deployment, service: str, needs_engine: bool) -> str:
    """Return why a scenario of the system, about `service`, cannot be asked; nothing where it can.

    `needs_engine`: it waits for what engine tasks do, or asks their database.
    """
    service = _PART_OF.get(service, service)
    if reason := not_deployed(deployment):
        return reason
    if service in deployment.absent:
        return f"{service} is not deployed: {deployment.absent[service]}"
    return f"no engine task runs: {deployment.engine}" if needs_engine and deployment.engine else ""


def said(refusal: Refusal) -> str:
    """Return one line: resource, call and answer."""
    return f"{refusal.resource}: {refusal.call} was answered {refusal.answer}"


def lacks_operation(refusal: Refusal) -> bool:
    """Return True if the answer says that the target has no such operation."""
    return means_missing(refusal.answer)
