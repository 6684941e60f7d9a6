"""DynamoDB's condition and update expressions, as far as the system uses them (API reference, "Expressions")."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

_TOKEN = re.compile(r"\(|\)|<>|<=|>=|[<>=,]|[#:]?\w+")
Item = Mapping[str, Any]


class Condition:
    """A condition: OR over AND over comparisons and attribute_not_exists. Raises ValueError for any other expression."""

    def __init__(self, expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
        self._tokens, self._names, self._values = _TOKEN.findall(expression), names, values

    def holds(self, item: Item) -> bool:
        """Return True if the condition holds of the item, which is empty where there is none."""
        tokens = iter([*self._tokens, ""])
        self._next = next(tokens)
        self._rest = tokens
        held = self._either(item)
        if self._next:
            raise ValueError(f"expression not understood at {self._next!r}")
        return held

    def _take(self) -> str:
        taken, self._next = self._next, next(self._rest, "")
        return taken

    def _either(self, item: Item) -> bool:
        held = self._both(item)
        while self._next == "OR":
            self._take()
            held = self._both(item) or held
        return held

    def _both(self, item: Item) -> bool:
        held = self._one(item)
        while self._next == "AND":
            self._take()
            held = self._one(item) and held
        return held

    def _one(self, item: Item) -> bool:
        first = self._take()
        if first == "(":
            held = self._either(item)
            self._take()
            return held
        if first == "attribute_not_exists":
            self._take()
            name = self._take()
            self._take()
            return self._names.get(name, name) not in item
        operator, second = self._take(), self._take()
        left, right = self._value(first, item), self._value(second, item)
        if left is None or right is None:
            return False
        if operator == "=":
            return left == right
        if operator in ("<", "<="):
            return left < right or (operator == "<=" and left == right)
        raise ValueError(f"operator {operator!r} is not simulated")

    def _value(self, token: str, item: Item) -> Any:
        value = self._values[token] if token.startswith(":") else item.get(self._names.get(token, token))
        if value is None:
            return None
        ((kind, content),) = value.items()
        return (kind, int(content) if kind == "N" else content)


def updated(item: Item, expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item after `SET name = :value, … REMOVE name, …`. Raises ValueError for any other expression."""
    changed = dict(item)
    for clause, words in _clauses(_TOKEN.findall(expression)):
        if clause == "SET":
            changed |= {
                names.get(name, name): values[value] for name, equal, value in zip(*[iter(words)] * 3, strict=True)
            }
        else:
            for word in words:
                changed.pop(names.get(word, word), None)
    return changed


def _clauses(tokens: list[str]) -> Iterator[tuple[str, list[str]]]:
    clause, words = "", []
    for token in [*tokens, ""]:
        if token in ("SET", "REMOVE", ""):
            if clause:
                yield clause, words
            clause, words = token, []
        elif token != ",":
            words.append(token)
