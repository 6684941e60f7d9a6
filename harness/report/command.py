"""`python -m harness report`: makes a run's reports anew from its result document."""

import argparse
from pathlib import Path

from harness.report.document import read_document
from harness.report.kept import PAGES, keep, read_all, written
from harness.report.writing import FORMATS, write_reports


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The document, what to compare latencies with, and where to put which files."""
    parser.add_argument("result", type=Path, metavar="RESULT.json", help="a result document of the gate")
    parser.add_argument("--previous", type=Path, metavar="RESULT.json", help="the run whose latencies are shown beside")
    parser.add_argument("--page", default="", metavar="URL", help="where report.html will be: the comment links there")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="where to write (default: beside the document)")
    parser.add_argument(
        "--keep", action="store_true", help="instead: keep a summary in docs/judged, and make the tables of pages anew"
    )
    parser.add_argument(
        "--format", choices=FORMATS, action="append", help="one of them; may be given again (default: all)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the path of each file written; exit status 0, whatever the document's verdict."""
    if arguments.keep:
        print(keep(read_document(arguments.result)))
        for page in PAGES:
            page.write_text(written(page.read_text(), read_all()))
        return 0
    folder = arguments.out or arguments.result.parent
    for file in write_reports(
        arguments.result, arguments.previous, folder, arguments.format or tuple(FORMATS), arguments.page
    ):
        print(file)
    return 0
