"""`python -m harness matrix`: the results of several targets side by side, as data and as a page."""

import argparse
from pathlib import Path

from harness.report.writing import write_matrix


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The documents, in the order of their columns, and where to write."""
    parser.add_argument("results", type=Path, nargs="+", metavar="RESULT.json", help="a result document per target")
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="where to write (default: here)")


def run(arguments: argparse.Namespace) -> int:
    """Prints the paths of matrix.json and matrix.html; exit status 0."""
    for file in write_matrix(arguments.results, arguments.out):
        print(file)
    return 0
