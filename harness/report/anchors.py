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
    by_id: dict[str, str] = {}
    taken = set(OF_THE_PAGE)
    for name in sorted(ids):
        wanted = anchor = _UNFIT.sub("-", name).strip("-")
        suffix = 1
        while anchor in taken:
            suffix += 1
            anchor = f"{wanted}-{suffix}"
        taken.add(anchor)
        by_id[name] = anchor
    return by_id
