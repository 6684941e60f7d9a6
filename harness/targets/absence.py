"""Which services of the system a target has not, and which workloads do not run there: declared by its entry, or found by asking."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from botocore.config import Config

from harness.aws_clients import AwsClients
from harness.scenarios.exchanges import Exchanges, record
from harness.scenarios.missing import says_missing
from harness.targets.docker import docker_answers
from harness.targets.target import CONTAINER_WAYS, OPTIONAL_SERVICES, Target

LIST_CALLS: Mapping[str, str] = {
    "apigateway": "GetRestApis",
    "appconfig": "ListApplications",
    "cloudwatch": "ListDashboards",
    "codebuild": "ListProjects",
    "codecommit": "ListRepositories",
    "codedeploy": "ListApplications",
    "codepipeline": "ListPipelines",
    "ec2": "DescribeVpcs",
    "ecr": "DescribeRepositories",
    "ecs": "ListClusters",
    "rds": "DescribeDBInstances",
}
"""A harmless call of each service that the system comes up without."""
_NAMES = {"lambda": "Lambda functions", "ecs": "ECS tasks", "rds": "RDS databases"}
_PROBE = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=10)
_SHOWN = 120


def absent_services(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the services that a running target has not, each with the reason.

    A service that answers with anything but "no such operation", or not within 10 s, is taken to be there: the deployment will show it.
    What our supervisor starts and AWS are not asked, nor is a service that the entry gives to a companion. `target`: as `running` tells it.
    """
    absent = {service: f"{target.name} has no {service}, says its entry {target.entry}" for service in target.lacks}
    for workload in OPTIONAL_SERVICES:
        if target.runs.get(workload) == "container" and (reason := cannot_run(target, workload)):
            absent[workload] = reason
    asked = [service for service in OPTIONAL_SERVICES if service not in {*absent, *target.companion}]
    if target.has_own_endpoints:
        return absent
    with ThreadPoolExecutor(len(asked) or 1) as pool:
        said = pool.map(lambda service: _missing(AwsClients(target.name, environment), service), asked)
        return absent | {service: reason for service, reason in zip(asked, said, strict=True) if reason}


def cannot_run(target: Target, *workloads: str) -> str:
    """Return why these of `lambda`, `ecs` and `rds` do not run there, or "" where they do or only trying tells."""
    missing = [_NAMES[workload] for workload in workloads if target.runs[workload] == "record"]
    if missing:
        return f"{target.name} runs no {' and no '.join(missing)}"
    contained = [_NAMES[workload] for workload in workloads if target.runs[workload] in CONTAINER_WAYS]
    if contained and not docker_answers():
        return f"{target.name} runs {' and '.join(contained)} as containers, and no Docker answers here"
    return ""


def _missing(clients: AwsClients, service: str) -> str:
    """Return what the service's list call was answered where that says that there is no such service, else ""."""
    exchanges, session = Exchanges(), clients.session()
    record(session.events, service, exchanges)
    client = session.client(service, endpoint_url=clients.endpoint(service), config=_PROBE)
    with suppress(Exception):  # the answer counts, below; botocore raises even KeyError at one that it cannot read
        client._make_api_call(LIST_CALLS[service], {})
    answer = exchanges.last[-1] if exchanges.last else None
    if answer is None or not says_missing(answer):
        return ""
    return f"{service} {LIST_CALLS[service]} is answered {answer.status}: {answer.response_body[:_SHOWN].strip()}"
