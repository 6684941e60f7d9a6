"""The domain, imported as a new process imports it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def _loaded() -> set[str]:
    return {name for name in sys.modules if name.partition(".")[0] == "domain"}


@contextmanager
def imported_afresh() -> Iterator[None]:
    """Import all modules of `domain` anew within, and put the old ones back afterwards.

    Declarations are read while they are imported. A mutant is switched on later (tests/mutation), so that only a new import shows it.
    """
    before = {name: sys.modules.pop(name) for name in _loaded()}
    try:
        yield
    finally:
        for name in _loaded():
            del sys.modules[name]
        sys.modules.update(before)
