"""Writes the files that are made from a result document."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from harness.embedded.run_folder import write_whole
from harness.failure import HarnessError
from harness.report.gate_page import page
from harness.report.junit import junit
from harness.report.markdown import markdown
from harness.report.matrix import as_json, compare
from harness.report.matrix_page import matrix_page
from harness.results.document import Run, read_run

Writer = Callable[[Run, Run | None, str], str]
FORMATS: Mapping[str, tuple[str, Writer]] = {
    "html": ("report.html", lambda run, previous, _: page(run, previous)),
    "junit": ("junit.xml", lambda run, *_: junit(run)),
    "markdown": ("report.md", lambda run, _, address: markdown(run, page=address)),
}
"""By name: the file, and what makes its text of a document, the one before, and the address of the page ("" if unknown)."""


def write_reports(
    document: Path, previous: Path | None, folder: Path, formats: Iterable[str] = tuple(FORMATS), address: str = ""
) -> list[Path]:
    """Writes a result document's reports into the folder, made where it is missing, and gives their paths.

    `previous` is the document whose latencies are shown beside. The same documents give the same bytes. Raises HarnessError,
    one line, where a document cannot be read or a file not be written.
    """
    now, before = read_run(document), read_run(previous) if previous else None
    return [write(folder / name, make(now, before, address)) for name, make in map(FORMATS.__getitem__, formats)]


def write_matrix(documents: Sequence[Path], folder: Path) -> list[Path]:
    """Writes matrix.json and matrix.html of result documents, a column each. Raises HarnessError as `write_reports` does."""
    matrix = compare([read_run(document) for document in documents])
    data = f"{json.dumps(as_json(matrix), indent=1)}\n"
    return [write(folder / "matrix.json", data), write(folder / "matrix.html", matrix_page(matrix))]


def write(file: Path, text: str) -> Path:
    """Write the text in one step and return `file`. Raises HarnessError where it cannot."""
    try:
        write_whole(file, text)
    except OSError as error:
        raise HarnessError(f"{file}: cannot be written ({error.strerror}); name another folder") from error
    return file
