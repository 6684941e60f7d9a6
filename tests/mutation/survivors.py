"""The mutants that no test can kill, or that none should: `survivors.yaml`, each with its reason."""

from dataclasses import dataclass
from pathlib import Path

import yaml

FILE = Path(__file__).parent / "survivors.yaml"
_NAMES = {"file", "function", "before", "after", "why"}


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant does: in which function of which file, which lines it changes and into what.

    Named by its text rather than by the tool's number, which moves with every edit of the function.
    """

    file: str
    function: str
    before: str
    after: str


def explained(file: Path = FILE) -> dict[Change, str]:
    """Why each recorded change survives. Raises ValueError where an entry is incomplete or recorded twice."""
    reasons: dict[Change, str] = {}
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []:
        if set(entry) != _NAMES or not str(entry["why"]).strip():
            raise ValueError(f"{file.name}: an entry has {', '.join(sorted(_NAMES))}, and says why: {entry}")
        change = Change(entry["file"], entry["function"], _lines(entry["before"]), _lines(entry["after"]))
        if change in reasons:
            raise ValueError(f"{file.name}: recorded twice: {entry}")
        reasons[change] = entry["why"]
    return reasons


def change_of(mutant: str, path: str, before: str, after: str) -> Change:
    """The change of a mutant of the tool: `domain.lots.pool.xǁPoolǁadd__mutmut_3` is in the function `Pool.add`."""
    mangled = mutant.rpartition(".")[2].partition("__mutmut_")[0]
    function = mangled.removeprefix("xǁ").replace("ǁ", ".") if mangled.startswith("xǁ") else mangled.removeprefix("x_")
    return Change(path, function, _lines(before), _lines(after))


def _lines(text: str) -> str:
    return "\n".join(line.strip() for line in str(text).strip().splitlines())
