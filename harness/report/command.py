"""`report` makes a run's reports anew from its result document; `matrix` puts the results of several targets side by side."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.coverage.judged import coverage, table
from harness.embedded.run_folder import CHECKOUT
from harness.report.kept import PAGES, keep, read_all, written
from harness.report.writing import FORMATS, write_matrix, write_reports
from harness.results.document import Outcome, Run, read_run
from harness.scenarios.evidence import Fact, facts_of


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
        "--coverage", action="store_true",
        help="instead: print how much of the operations that the system uses is judged: bounds of requests and declared errors",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=FORMATS, action="append", help="one of them; may be given again (default: all)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the path of each file written, or the coverage; exit status 0, whatever the document's verdict."""
    if arguments.coverage:
        print("\n".join(table(coverage(_asserted(read_run(arguments.result))))))
        return 0
    if arguments.keep:
        print(keep(read_run(arguments.result)))
        for page in PAGES:
            page.write_text(written(page.read_text(), read_all()))
        return 0
    folder = arguments.out or arguments.result.parent
    for file in write_reports(
        arguments.result, arguments.previous, folder, arguments.format or tuple(FORMATS), arguments.page
    ):
        print(file)
    return 0


def _asserted(run: Run) -> Iterator[tuple[str, Sequence[Fact]]]:
    """Yield service and facts of each scenario that the target answered."""
    for scenario in run.scenarios.values():
        if scenario.outcome in (Outcome.PASS, Outcome.FAIL):
            yield scenario.service, facts_of(CHECKOUT / scenario.test.partition("::")[0], scenario.id)


def matrix_options(parser: argparse.ArgumentParser) -> None:
    """Declare the documents, in the order of their columns, and where to write."""
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULT.json", help="a result document per target")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where to write (default: here)")


def matrix(arguments: argparse.Namespace) -> int:
    """Write the results of several targets side by side; print the paths of matrix.json and matrix.html."""
    print(*write_matrix(arguments.results, arguments.out), sep="\n")
    return 0
