"""README.md at the doors of engine and functions names every room and command, and no other."""

import re

import pytest

from servicing_engine.__main__ import parser
from tests.unit.engine.engine_target import CHECKOUT


def named(folder, table):
    """Return the first cells of the table whose head starts with `table`, without arguments, each once."""
    text = (CHECKOUT / folder / "README.md").read_text()
    rows = re.search(rf"^\| {table} \|.*\n(?:\|.*\n?)+", text, re.MULTILINE).group().splitlines()[2:]
    return sorted({re.match(r"\| `([\w/-]+)", row).group(1) for row in rows})


@pytest.mark.parametrize("folder", ["servicing_engine", "functions"])
def test_the_rooms_named_are_those_that_are_there(folder):
    there = [
        path for path in (CHECKOUT / folder).iterdir() if path.name not in ("__init__.py", "__pycache__", "README.md")
    ]
    assert named(folder, "Room") == sorted(f"{path.name}/" if path.is_dir() else path.stem for path in there)


def test_the_commands_named_are_those_that_there_are():
    (commands,) = (action.choices for action in parser()._actions if action.dest == "command")
    assert named("servicing_engine", "Command") == sorted(commands)
