"""Values of a trace as Python: literals, names made unique, and parts of earlier answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_RANDOM = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{10}|[0-9A-F]{10})(?![0-9A-Za-z])")
"""What scenarios make a name unique by (tests/conformance/making.py, `fresh`)."""
_DIGIT, _LETTER = re.compile(r"\d"), re.compile(r"[A-Za-z]")
LONGEST = 1500
SHORTEST_WHOLE, SHORTEST_PART, TELLING = 4, 10, 16
"""Characters of a text of an answer that may be taken from there: as a whole with a digit, within another text, as a whole in any case."""
Path = tuple[str | int, ...]


class InexpressibleError(Exception):
    """A value that a script cannot hold; the text says why."""


class Values:
    """Turns values into Python, by the calls before: texts that requests have brought, and texts of answers with their expressions.

    `names`: variable by random text, of names that a script makes unique.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._literals: set[str] = set()
        self._answers: dict[str, str] = {}

    def asked(self, parameters: Mapping[str, Any]) -> str:
        """Return the arguments of a call, and remember the texts in them."""
        text = ", ".join(f"{name}={self.python(value)}" for name, value in parameters.items())
        self._literals.update(value for _, value in leaves(parameters) if isinstance(value, str))
        return text

    def answered(self, variable: str, answer: Mapping[str, Any]) -> None:
        """Remember the texts of an answer that `variable` holds."""
        for path, value in leaves(answer):
            if isinstance(value, str) and value not in self._literals and path[0] != "ResponseMetadata":
                self._answers.setdefault(value, expression(variable, path))

    def python(self, value: Any) -> str:
        """Return the expression of a value. Raises InexpressibleError."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            return "{" + ", ".join(f"{self.python(key)}: {self.python(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list | tuple):
            inside = ", ".join(map(self.python, value))
            return f"[{inside}]" if isinstance(value, list) else f"({inside}{',' if len(value) == 1 else ''})"
        if value is None or isinstance(value, bool | int | float | bytes | bytearray):
            return self._short(repr(bytes(value) if isinstance(value, bytearray) else value))
        if isinstance(value, set | frozenset):
            return f"set({self.python(sorted(value, key=str))})"
        raise InexpressibleError(f"a script cannot hold a value of type {type(value).__name__}")

    def _text(self, text: str) -> str:
        whole = self._answers.get(text)
        if whole and len(text) >= SHORTEST_WHOLE and (_DIGIT.search(text) or len(text) >= TELLING):
            return whole
        parts = sorted(
            (answer for answer in self._answers if len(answer) >= SHORTEST_PART and answer in text),
            key=len,
            reverse=True,
        )
        known = re.compile("|".join([*map(re.escape, parts), _RANDOM.pattern]))
        pieces, end = [], 0
        for match in known.finditer(text):
            piece = self._answers.get(match.group()) or self._name(match.group())
            if piece:
                pieces += [repr(text[end : match.start()]), piece]
                end = match.end()
        return " + ".join(piece for piece in [*pieces, self._short(repr(text[end:]))] if piece != "''") or "''"

    def _name(self, token: str) -> str:
        if not (_DIGIT.search(token) and _LETTER.search(token)):
            return ""
        variable = self.names.setdefault(token.lower(), f"unique{len(self.names) + 1}")
        return f"{variable}.upper()" if token.isupper() else variable

    @staticmethod
    def _short(text: str) -> str:
        if len(text) > LONGEST:
            raise InexpressibleError(f"a value of {len(text)} characters is too long for a script")
        return text


def expression(variable: str, path: Path) -> str:
    """Return `a1["Key"][0]`."""
    return variable + "".join(f"[{step!r}]" for step in path)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give what is within a value and is no container, with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from leaves(item, (*path, place))
    else:
        yield path, value


def containers(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Give a value and every map and list within it, with its path."""
    if isinstance(value, Mapping | list):
        yield path, value
        for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
            yield from containers(item, (*path, key))


def located(came: Any, variable: str, answer: Mapping[str, Any]) -> str | None:
    """Return the expression that gives `came` from an answer: a part of it, one field of each element, or a length."""
    inside = [(path, part) for path, part in containers(answer) if not path or path[0] != "ResponseMetadata"]
    for path, value in inside if isinstance(came, Mapping | list) else leaves(answer):
        if value == came and type(value) is type(came):
            return expression(variable, path)
    for path, value in inside:
        place = expression(variable, path)
        if isinstance(value, list) and isinstance(came, list | set) and came:
            elements = [element for element in value if isinstance(element, Mapping)]
            for key in sorted({key for element in elements for key in element}):
                given = [element.get(key) for element in elements]
                if _hashed(given) == came if isinstance(came, set) else given == came:
                    left, right = "{}" if isinstance(came, set) else "[]"
                    return f"{left}one.get({key!r}) for one in {place}{right}"
        if type(came) is int and isinstance(value, list) and len(value) == came:
            return f"len({place})"
    return None


def missing_from(came: Mapping[str, Any], key: str, variable: str, answer: Mapping[str, Any]) -> str | None:
    """Return the expression of `key` in the part of an answer from which the other items of `came` are; it is not there."""
    others = {name: value for name, value in came.items() if name != key and value is not None}
    for path, value in containers(answer):
        if others and isinstance(value, Mapping) and key not in value and others.items() <= _hashable(value).items():
            return f"{expression(variable, path)}.get({key!r})"
    return None


def _hashed(values: list[Any]) -> set[Any]:
    return {value for value in values if isinstance(value, str | int | float | bool | None)}


def _hashable(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if isinstance(item, str | int | float | bool)}
