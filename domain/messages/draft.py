"""A record on its way out of a message: raw JSON that remembers which field of the message each of its fields came from."""

from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal
from typing import Any

from domain.numbers.exact import EXACT, parse_decimal, plain
from domain.records import RecordError, parse_record


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if isinstance(value, list) else value.get(step, {})
    return value


class Added(str):
    """A number that is added to what stands there, instead of contradicting it."""


class Line(str):
    """A text that is put below what stands there."""


class Draft:
    """Raw JSON of a record, or of an object inside one, under construction. `used` are the places of its message that the reader uses."""

    def __init__(self, **fixed: Any) -> None:
        self.raw: dict[str, Any] = dict(fixed)
        self.identity: tuple[str, ...] = ()
        self.used: list[str] = []
        self._origins: dict[str, str] = {}

    def put(self, name: str, value: Any, at: str) -> None:
        """Set a field from the message's field `at`; None says nothing. Raises RecordError where another value stands there already:
        the record has room for one only, and which of them holds is not ours to guess."""
        if value is None:
            return
        value = plain(value) if isinstance(value, Decimal) else value
        if isinstance(value, Added):
            value = plain(EXACT.add(parse_decimal(self.raw.pop(name, "0")), parse_decimal(value)))
        if isinstance(value, Line):
            value = "\n".join(filter(None, (self.raw.pop(name, ""), value)))
        if self.raw.get(name, value) != value:
            detail = (
                f"{name} is {value!s:.60} here and {self.raw[name]!s:.60} in {self._origins.get(name, 'the message')}"
            )
            raise RecordError("conflicting_values", at, detail)
        self.raw[name] = value
        self._origins.setdefault(name, at)

    def source(self, name: str) -> str:
        """Return the message's field that a field was set from, "" where it was not."""
        return self._origins.get(name, "")

    def origins(self) -> Iterator[tuple[str, str]]:
        """Yield (field of the record, such as `options.0.gross_rate`; the message's field that it was set from)."""
        for name, at in self._origins.items():
            value = _at(self.raw, name)
            if value != {} and not isinstance(value, list):
                yield name, at

    def put_under(self, name: str, key: str, value: str, at: str) -> None:
        """Set one entry of an object that is a field, as `put` does."""
        inner = Draft()
        inner.raw = self.raw.setdefault(name, {})
        inner._origins = {key: origin} if (origin := self._origins.get(f"{name}.{key}")) else {}
        inner.put(key, value, at)
        self._origins.setdefault(f"{name}.{key}", at)

    def take(self, other: "Draft", names: Collection[str] = (), without: Collection[str] = ()) -> None:
        """Put fields of another draft: those of `names`, or all but `without`."""
        for name, value in other.raw.items():
            if name in names if names else name not in without:
                self.put(name, value, other._origins[name])

    def rename(self, old: str, new: str) -> None:
        """Give a field another name, if it is there."""
        if old in self.raw:
            self.put(new, self.raw.pop(old), self._origins.pop(old))

    def nest(self, name: str, drafts: Sequence["Draft"], at: str) -> None:
        """Set a list of objects; nothing where there are none."""
        if not drafts:
            return
        self.put(name, [draft.raw for draft in drafts], at)
        for index, draft in enumerate(drafts):
            self._origins |= {f"{name}.{index}.{inner}": origin for inner, origin in draft._origins.items()}

    def check(self) -> None:
        """Check that this is a record; its identity is then known. Raises RecordError that names the message's field, and the record's in
        its detail."""
        try:
            record, _ = parse_record(self.raw)
        except RecordError as error:
            raise RecordError(error.reason, self._located(error.field), f"{error.field}: {error.detail}") from error
        self.identity = (record.record_type, record.identity)

    def _located(self, field: str) -> str:
        """Return the origin of the nearest field above, or the record's own name where the message has no such field."""
        path = field.split(".")
        nearest = [".".join(path[:length]) for length in range(len(path), 0, -1)]
        nearest.insert(1, path[-1])  # a term of all options, which the message gives once
        return next((self._origins[name] for name in nearest if name in self._origins), field)
