"""The compatibility matrix as a page."""

from harness.report import rendering
from harness.report.matrix import Column, Matrix
from harness.report.states import State
from harness.report.summary import LANES


def matrix_page(matrix: Matrix) -> str:
    """One HTML file that asks nothing of anybody."""
    return rendering.page(
        "matrix.html.jinja",
        "page.css",
        "matrix.js",
        matrix=matrix,
        names=[_name(column) for column in matrix.columns],
        everything=[column.figures for column in matrix.columns],
        total=matrix.columns[0].figures.total,
        states=tuple(State),
        lanes=LANES,
    )


def _name(column: Column) -> str:
    """What tells a target from the others, also two versions of one."""
    return f"{column.stamp.target} {column.stamp.emulator_version}".strip()
