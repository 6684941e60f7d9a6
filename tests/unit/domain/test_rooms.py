"""The rooms of domain: what they import, and that the README at the door names them all. Their order: import-linter, pyproject.toml."""

import ast
import re
import sys
from pathlib import Path

import pytest

import domain
from domain.corporate_actions import EVENT_TYPES

DOMAIN = Path(domain.__file__).parent
SOURCES = sorted(DOMAIN.rglob("*.py"))


def imported(source):
    """The first name of each module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{source} imports by a relative name"
            yield node.module.split(".")[0]


@pytest.mark.parametrize("source", SOURCES, ids=[str(source.relative_to(DOMAIN)) for source in SOURCES])
def test_a_module_imports_only_the_standard_library_and_domain(source):
    assert set(imported(source)) - sys.stdlib_module_names <= {"domain"}


@pytest.mark.parametrize("source", SOURCES, ids=[str(source.relative_to(DOMAIN)) for source in SOURCES])
def test_no_module_hides_an_import_from_the_order_of_the_rooms(source):
    assert "TYPE_CHECKING" not in source.read_text()


def test_the_readme_names_exactly_the_rooms_that_are_there():
    table = re.findall(r"^\| `(\w+)/?` \|", (DOMAIN / "README.md").read_text(), flags=re.M)
    rooms = {path.stem for path in DOMAIN.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(table) == sorted(rooms - {"__init__"})


def test_only_corporate_actions_and_the_records_list_of_codes_name_an_event_type():
    rooms = ("corporate_actions", "records", "messages")  # in a message INTR is also the qualifier of a rate
    elsewhere = [path for path in SOURCES if path.relative_to(DOMAIN).parts[0] not in rooms]
    named = {
        f"{path.relative_to(DOMAIN)}: {node.value}"
        for path in elsewhere
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in EVENT_TYPES
    }
    assert not named
