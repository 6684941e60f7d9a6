"""docs/reference is what its generator makes of the declarations."""

import importlib.util
from pathlib import Path

HERE = Path(__file__).resolve().parents[3] / "docs" / "reference"


def generated():
    spec = importlib.util.spec_from_file_location("generate", HERE / "generate.py")
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    return generator.pages()


def test_the_reference_is_what_the_declarations_say():
    pages = generated()
    there = {path for path in HERE.rglob("*") if path.is_file() and path.suffix in (".md", ".json")}
    stale = {
        path for path in there | set(pages) if pages.get(path) != (path.read_text("utf-8") if path in there else None)
    }
    assert {str(path.relative_to(HERE)) for path in stale} == set(), "run: python docs/reference/generate.py"
