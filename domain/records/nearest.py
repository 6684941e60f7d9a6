"""The known word that somebody probably meant."""

from collections.abc import Collection
from difflib import get_close_matches

_LONGEST = 64
"""Characters of a word that is looked at: the search grows with the square of its length."""


def did_you_mean(word: object, known: Collection[str]) -> str:
    """Return `, did you mean NEAREST?`, or "" where nothing known is near."""
    if not isinstance(word, str):
        return ""
    said = word[:_LONGEST]
    near = get_close_matches(said, known, 1) or get_close_matches(said.upper(), known, 1)
    return f", did you mean {near[0]}?" if near else ""
