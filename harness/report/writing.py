"""Writes the files that are made from a result document."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from harness.failure import HarnessError
from harness.report.document import Document, read_document
from harness.report.gate_page import page
from harness.report.junit import junit
from harness.report.markdown import markdown
from harness.report.matrix import as_json, compare
from harness.report.matrix_page import matrix_page

Writer = Callable[[Document, Document | None, str], str]
FORMATS: Mapping[str, tuple[str, Writer]] = {
    "html": ("report.html", lambda document, previous, _: page(document, previous)),
    "junit": ("junit.xml", lambda document, *_: junit(document.run)),
    "markdown": ("report.md", lambda document, _, address: markdown(document, page=address)),
}
"""By name: the file, and what makes its text of a document, the one before, and the address of the page ("" if unknown)."""


def write_reports(
    document: Path, previous: Path | None, folder: Path, formats: Iterable[str] = tuple(FORMATS), address: str = ""
) -> list[Path]:
    """Writes a result document's reports into the folder, made where it is missing, and gives their paths.

    `previous` is the document whose latencies are shown beside. The same documents give the same bytes. Raises HarnessError,
    one line, where a document cannot be read or a file not be written.
    """
    now, before = read_document(document), read_document(previous) if previous else None
    return [write(folder / name, make(now, before, address)) for name, make in (FORMATS[each] for each in formats)]


def write_matrix(documents: Sequence[Path], folder: Path) -> list[Path]:
    """Writes matrix.json and matrix.html of result documents, a column each. Raises HarnessError as `write_reports` does."""
    matrix = compare([read_document(each) for each in documents])
    data = f"{json.dumps(as_json(matrix), indent=1)}\n"
    return [write(folder / "matrix.json", data), write(folder / "matrix.html", matrix_page(matrix))]


def write(file: Path, text: str) -> Path:
    """Puts the text there in one step, so that nobody reads half of it. Raises HarnessError where it cannot."""
    draft = file.with_name(f"{file.name}.draft")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(file)
    except OSError as error:
        raise HarnessError(f"{file}: cannot be written ({error.strerror}); name another folder") from error
    return file
