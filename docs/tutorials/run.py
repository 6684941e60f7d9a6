"""Runs the tutorials beside it, and writes what their commands print into them.

A block after "Save this as `NAME`:" is a file. Each `$` line of a console block is run in the folder of these files; what it printed,
errors included, stands below it. `python docs/tutorials/run.py` rewrites the output; tests/unit/docs/test_tutorials.py fails while it is
stale.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"[Ss]ave\s+this\s+as\s+`([\w.-]+)`:\s*\Z")


def tutorials() -> list[Path]:
    """Return the pages, by name."""
    return sorted(HERE.glob("*.md"))


def ran(page: str) -> str:
    """Return a page with what its commands print now."""
    with tempfile.TemporaryDirectory() as folder:
        return "".join(_parts(page, Path(folder)))


def _parts(page: str, folder: Path) -> Iterator[str]:
    """Yield the page in pieces, doing what each block says on the way."""
    at = 0
    for block in _BLOCK.finditer(page):
        language, content = block.groups()
        before = page[at : block.start()]
        at = block.end()
        if saved := _SAVED.search(before):
            (folder / saved[1]).write_text(content, encoding="utf-8")
        if language == "console":
            commands = [line for line in content.splitlines() if line.startswith("$ ")]
            content = "".join(f"{line}\n{_printed(line[2:], folder)}" for line in commands)
        yield f"{before}```{language}\n{content}```"
    yield page[at:]


def _printed(command: str, folder: Path) -> str:
    """Return what a shell prints for a command, standard error included."""
    paths = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(HERE.parents[1])}
    environment = {**os.environ, **paths, "PYTHONUNBUFFERED": "1"}
    done = subprocess.run(
        ["sh", "-c", f"exec 2>&1; {command}"],
        cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.stdout


if __name__ == "__main__":
    for path in tutorials():
        path.write_text(ran(path.read_text(encoding="utf-8")), encoding="utf-8")
