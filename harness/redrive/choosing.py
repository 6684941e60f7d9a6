"""Which letters a command is about: by id, by the id of a record or request in it, or all of a reason."""

import difflib
from collections.abc import Iterable, Sequence

from harness.failure import HarnessError
from harness.feed.lines import USAGE
from harness.redrive import audit
from harness.redrive.letters import Letter
from harness.system import System

_SHORTEST = 4
"""Characters of an id that may stand for the whole."""
_MOST_NEAR = 3


def chosen(
    system: System, letters: Sequence[Letter], names: Sequence[str], reason: str = ""
) -> tuple[list[Letter], list[audit.Entry]]:
    """Return the letters that `names` name, all where there are none, with this reason ("" for any), and the entries of those that were
    ended before. Raises HarnessError (usage) naming the nearest ids if a name is of neither.
    """
    named = {name: _named(letters, name) for name in names} if names else {"": letters}
    missing = [name for name, found in named.items() if names and not found]
    ended = _ended(audit.history(system), missing, letters) if missing else []
    kept = {letter.letter_id: letter for found in named.values() for letter in found}
    return [letter for letter in kept.values() if reason in ("", letter.reason)], ended


def _named(letters: Iterable[Letter], name: str) -> list[Letter]:
    """Return the letter with this id, those about this record or request, or the only one whose id begins so."""
    exact = [letter for letter in letters if name == letter.letter_id or name in letter.ids]
    begun = [letter for letter in letters if letter.letter_id.startswith(name)] if len(name) >= _SHORTEST else []
    if not exact and len(begun) > 1:
        raise HarnessError(
            f"{name} begins the ids of {len(begun)} letters: {', '.join(letter.letter_id for letter in begun)}", USAGE
        )
    return exact or begun


def _ended(history: Sequence[audit.Entry], names: Sequence[str], letters: Sequence[Letter]) -> list[audit.Entry]:
    ended = []
    for name in names:
        entries = [entry for entry in history if name == entry.letter_id or name in entry.ids]
        entries = entries or [entry for entry in history if len(name) >= _SHORTEST and entry.letter_id.startswith(name)]
        if not entries:
            raise HarnessError(f"there is no letter {name}: {_nearest(name, letters)}", USAGE)
        ended += entries[-1:]
    return ended


def _nearest(name: str, letters: Sequence[Letter]) -> str:
    known = [known for letter in letters for known in (letter.letter_id, *letter.ids)]
    if not known:
        return "there are none at all"
    near = difflib.get_close_matches(name, known, _MOST_NEAR, cutoff=0.0)
    return f"the nearest are {', '.join(near)}"
