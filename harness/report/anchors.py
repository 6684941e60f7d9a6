"""The places of scenarios on a page, which a link can name."""

import re
from collections.abc import Iterable

_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
OF_THE_PAGE = frozenset({
    "", "canaries", "changes", "filter", "headers", "latencies", "matrix", "nothing", "notes", "packed", "reasons", "scenarios",
    "shown", "unsupported",
})  # fmt: skip
"""Anchors that the page has besides."""


def anchors(ids: Iterable[str]) -> dict[str, str]:
    """Return the anchor by scenario id: the id itself, what a link cannot hold replaced, and counted where two would be the same."""
    found: dict[str, str] = {}
    taken = set(OF_THE_PAGE)
    for name in sorted(ids):
        wanted = anchor = _UNFIT.sub("-", name).strip("-")
        number = 1
        while anchor in taken:
            number += 1
            anchor = f"{wanted}-{number}"
        taken.add(anchor)
        found[name] = anchor
    return found
