"""The list of what the system uses holds what the code of functions and engine calls."""

import ast
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from harness.coverage.used import used
from servicing_engine.clients import Clients

CHECKOUT = Path(__file__).resolve().parents[3]


def _nodes(folder: str) -> Iterator[ast.AST]:
    for file in (CHECKOUT / folder).rglob("*.py"):
        yield from ast.walk(ast.parse(file.read_text()))


def _clients_of_functions() -> set[str]:
    """Return the services of `client("…")`."""
    calls = (node for node in _nodes("functions") if isinstance(node, ast.Call) and ast.unparse(node.func) == "client")
    return {ast.literal_eval(call.args[0]) for call in calls}


CODE = {"functions": _clients_of_functions(), "servicing_engine": {field.name for field in fields(Clients)}}


def called(folder: str, *besides: str) -> set[tuple[str, str]]:
    """Return service and operation of each method of its clients that the code of a folder names, and that of rooms `besides` it."""
    names = {node.attr for part in (folder, *besides) for node in _nodes(part) if isinstance(node, ast.Attribute)}
    models = {service: botocore.session.get_session().get_service_model(service) for service in CODE[folder]}
    return {
        (service, name) for service, model in models.items() for name in model.operation_names if xform_name(name) in names
    }  # fmt: skip


@pytest.mark.parametrize("folder", CODE)
def test_the_list_holds_what_the_code_calls(folder: str) -> None:
    assert {(service, name) for service, name in called(folder) if name not in used().get(service, ())} == set()
    assert called(folder)
