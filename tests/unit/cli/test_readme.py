"""The README of the harness names the rooms and commands that there are, in the order in which rooms may import each other."""

import re
import tomllib
from collections.abc import Iterator

from harness.cli.main import COMMANDS
from harness.embedded.run_folder import CHECKOUT

HARNESS = CHECKOUT / "harness"
ROOMS, COMMANDS_TOLD = (HARNESS / "README.md").read_text().split("## Rooms")[1].split("## Commands")


def rows(part: str) -> Iterator[list[str]]:
    for row in re.findall(r"^\| (`.*) \|$", part, re.MULTILINE):
        yield row.split(" | ")


def named(cell: str) -> list[str]:
    return re.findall(r"`([a-z_-]+)`", cell)


def test_every_room_is_named_once_and_no_other() -> None:
    folders = {path.parent.name for path in HARNESS.glob("*/__init__.py")}
    modules = {path.stem for path in HARNESS.glob("*.py") if not path.stem.startswith("__")}
    assert sorted(named(" ".join(row[0] for row in rows(ROOMS)))) == sorted(folders | modules)


def test_a_room_stands_below_those_that_may_import_it() -> None:
    contracts = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    [layers] = [
        contract["layers"] for contract in contracts if contract["type"] == "layers" and "cli" in contract["layers"]
    ]
    level = {room: number for number, layer in enumerate(layers) for room in layer.split(" | ")}
    told = [level[room] for row in rows(ROOMS) for room in named(row[0])]
    assert told == sorted(told)


def test_a_room_with_a_readme_says_so() -> None:
    said = {room for row in rows(ROOMS) if "README there" in row[1] for room in named(row[0])}
    assert said == {path.parent.name for path in HARNESS.glob("*/README.md")}


def test_every_command_is_named_once_with_its_room() -> None:
    told = {command: named(row[1])[0] for row in rows(COMMANDS_TOLD) for command in named(row[0])}
    assert told == {name: run.__module__.split(".")[1] for name, (run, _, _) in COMMANDS.items()}
