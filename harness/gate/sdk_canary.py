"""The canary that asks whether functions find the SDK, which AWS's Python runtimes bring and an emulator's environment may lack."""

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.config import Config

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.results.document import Outcome
from harness.targets.absence import cannot_run
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.terminal_states import FUNCTION

SECONDS = 10.0
"""For the role, the function and its answer, each: a canary must not hold up the gate."""
SOURCE = "import boto3\n\n\ndef handle(event, context):\n    return boto3.__version__\n"
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, '
    '"Action": "sts:AssumeRole"}]}'
)
_ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=SECONDS)
_LACKING = re.compile(r"No module named '([^'\\]+)'")


def ask_for_sdk(clients: AwsClients) -> tuple[Outcome, str]:
    """Return pass; or unsupported with the module that the environment lacks, the function's error, or why no function runs."""
    if reason := cannot_run(running(choose(clients.target)), "lambda"):
        return Outcome.UNSUPPORTED, reason
    with _function(clients) as name:
        answer = clients.client("lambda", config=_ONCE).invoke(FunctionName=name)
        said = answer["Payload"].read().decode(errors="replace")
    if "FunctionError" not in answer:
        return Outcome.PASS, ""
    if lacking := _LACKING.search(said):
        module = lacking[1]
        return Outcome.UNSUPPORTED, (
            f"the emulator's environment for functions lacks {module}, which AWS's runtime brings; scenarios whose functions"
            f" import it fail for that reason: install {module} there"
        )
    return Outcome.UNSUPPORTED, f"the function failed: {said[:300]}"


@contextmanager
def _function(clients: AwsClients) -> Iterator[str]:
    """Give the name of an active function that imports the SDK; it and its role are removed at the end."""
    iam, functions = clients.client("iam", config=_ONCE), clients.client("lambda", config=_ONCE)
    name = f"sdk-canary-{uuid.uuid4().hex[:12]}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    try:
        wait_for("the canary's role can be assumed", lambda: _created(functions, name, role), bool, SECONDS)
        try:
            wait_for(
                "the canary's function is active",
                lambda: dict(functions.get_function_configuration(FunctionName=name)),
                lambda configuration: configuration.get("State", "Active") == "Active", SECONDS, ended=FUNCTION,
            )  # fmt: skip
            yield name
        finally:
            functions.delete_function(FunctionName=name)
    finally:
        iam.delete_role(RoleName=name)


def _created(functions: Any, name: str, role: str) -> bool:
    """Create the function; return False while AWS does not know the new role everywhere."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("handler.py", SOURCE)
    code = {
        "Runtime": "python3.12",
        "Handler": "handler.handle",
        "Code": {"ZipFile": archive.getvalue()},
        "Timeout": 10,
    }
    try:
        functions.create_function(FunctionName=name, Role=role, **code)
    except functions.exceptions.InvalidParameterValueException as error:
        if "cannot be assumed" not in str(error):
            raise
        return False
    return True
