"""Each tutorial, run from nothing: its commands print what stands below them."""

import importlib.util
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parents[3] / "docs" / "tutorials" / "run.py"
spec = importlib.util.spec_from_file_location("tutorials", RUN)
tutorials = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tutorials)


@pytest.mark.parametrize("path", tutorials.tutorials(), ids=lambda path: path.stem)
def test_the_commands_of_a_tutorial_print_what_stands_below_them(path):
    page = path.read_text("utf-8")
    assert page.count("\n$ ") >= 1
    assert tutorials.ran(page).splitlines() == page.splitlines(), "run: python docs/tutorials/run.py"
