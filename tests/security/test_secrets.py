"""The database password is in its secret, and nowhere else where somebody could read it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from harness.scenarios.scenario import scenario
from harness.system import System
from tests.resources import FUNCTIONS, container, database_credentials, function, project

pytestmark = scenario(service="secretsmanager", lane="security", aws="secretsmanager-guide:best-practices")

SECRET_NAME = re.compile("password|secret|token|access_key|credential", re.IGNORECASE)


def _queue_state(system: System) -> Any:
    pages = system.client("dynamodb").get_paginator("scan").paginate(TableName=system.outputs["queue_state_table_name"])
    return [item for page in pages for item in page["Items"]]


READABLE: dict[str, Callable[[System], Any]] = {
    "outputs": lambda system: system.outputs.given,
    "task definition": container,
    "queue_state": _queue_state,
    "builds": lambda system: [project(system, name)["environment"] for name in ("package", "image")],
    **{f"function {name}": lambda system, name=name: function(system, name)["Environment"] for name in FUNCTIONS},  # type: ignore[misc]
}


@scenario("secretsmanager.password.nowhere-else", feature="where a secret shows")
@pytest.mark.parametrize("place", READABLE)
def test_the_password_cannot_be_read_in(system: System, place: str) -> None:
    password = database_credentials(system)["password"]
    assert len(password) >= 16
    shown = json.dumps(READABLE[place](system), default=str)
    assert password not in shown


@scenario(
    "lambda.environment.no-secret", feature="environment", aws="lambda-guide:configuration-envvars", service="lambda"
)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_variable_of_a_function_is_named_like_a_secret(system: System, name: str) -> None:
    variables = function(system, name)["Environment"]["Variables"]
    assert [variable for variable in variables if SECRET_NAME.search(variable)] == []


@scenario(
    "ecs.engine-task.no-plain-secret",
    feature="secrets of a container",
    aws="ecs-guide:specifying-sensitive-data",
    service="ecs",
)
def test_no_plain_variable_of_a_task_is_named_like_a_secret(system: System) -> None:
    assert [pair["name"] for pair in container(system)["environment"] if SECRET_NAME.search(pair["name"])] == []
