"""Functions that are active, and the event source mappings that invoke them."""

import io
import zipfile
from typing import Any

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import DeadlineError, wait_for
from harness.targets.absence import cannot_run
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.terminal_states import FUNCTION, MAPPING
from tests.conformance.makers.maker import Cleanup
from tests.conformance.makers.roles import a_role, await_role

RUNTIME = "python3.12"
ANSWERS_NOTHING = "def handle(event, context):\n    return {}\n"
_NO_FUNCTION_STARTS: set[str] = set()
"""Targets on which a function has not become active in time."""


def zipped(source: str) -> bytes:
    """Return a function's archive: `source` as handler.py, the same bytes for the same text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("handler.py", (2020, 1, 1, 0, 0, 0)), source)
    return buffer.getvalue()


def a_function(aws: AwsClients, name: str, cleanup: Cleanup, source: str = ANSWERS_NOTHING, **more: Any) -> str:
    """Return the name of an active function whose handler is `handle` in `source`, under a role without rights unless `Role` names one."""
    if aws.target in _NO_FUNCTION_STARTS:
        require_runs(aws, "lambda")
    client, role = aws.client("lambda"), more.pop("Role", None) or a_role(aws, name, cleanup, "lambda")
    wanted = {
        "Runtime": RUNTIME,
        "Handler": "handler.handle",
        "Code": {"ZipFile": zipped(source)},
        "Timeout": 30,
    } | more
    await_role(client.create_function, seconds=60, FunctionName=name, Role=role, **wanted)
    cleanup(client.delete_function, FunctionName=name)
    function_settled(aws, name)
    return name


def function_settled(aws: AwsClients, name: str) -> dict[str, Any]:
    """Wait until a function is active and its last update done, and return its configuration. Unsupported where functions cannot run and so stay inactive."""
    try:
        return wait_for(
            "the function is active",
            lambda: dict(aws.client("lambda").get_function_configuration(FunctionName=name)),
            lambda found: (
                found.get("State", "Active") == "Active" and found.get("LastUpdateStatus", "Successful") == "Successful"
            ),
            seconds=90,
            ended=FUNCTION,
        )
    except DeadlineError:
        _NO_FUNCTION_STARTS.add(aws.target)
        require_runs(aws, "lambda")
        raise


def require_runs(aws: AwsClients, workload: str) -> None:
    """For what needs `lambda`, `ecs` or `rds` to run: unsupported, with the registry's reason, where it cannot (as containers, without Docker)."""
    if reason := cannot_run(running(choose(aws.target)), workload):
        pytest.skip(reason)  # as "moto runs Lambda functions as containers, and no Docker answers here"


def a_mapping(aws: AwsClients, function: str, cleanup: Cleanup, source_arn: str, **more: Any) -> str:
    """Return the id of an event source mapping that is enabled, or disabled if `Enabled` is False."""
    client = aws.client("lambda")
    uid = str(client.create_event_source_mapping(FunctionName=function, EventSourceArn=source_arn, **more)["UUID"])
    cleanup(client.delete_event_source_mapping, UUID=uid)
    mapping_state(aws, uid, "Enabled" if more.get("Enabled", True) else "Disabled")
    return uid


def mapping_state(aws: AwsClients, uid: str, state: str) -> dict[str, Any]:
    """Wait until a mapping is in `state` and return what it is then."""
    return wait_for(
        f"the mapping is {state}",
        lambda: dict(aws.client("lambda").get_event_source_mapping(UUID=uid)),
        lambda found: found["State"] == state,
        seconds=90,
        ended=MAPPING,
    )
