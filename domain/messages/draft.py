"""A record on its way out of a message: raw JSON that remembers which field of the message each of its fields came from."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from domain.numbers.exact import plain
from domain.records import RecordError, parse_record


class _Located(Protocol):
    """A field or element of a message, which `path` names for people."""

    @property
    def path(self) -> str: ...


_Given = TypeVar("_Given", bound=_Located)


class Draft:
    """Raw JSON of a record, or of an object inside one, under construction."""

    def __init__(self, **fixed: Any) -> None:
        self.raw: dict[str, Any] = dict(fixed)
        self.identity: tuple[str, ...] = ()
        self._origins: dict[str, str] = {}

    def put(self, name: str, value: str | int | bool | Mapping[str, Any] | Decimal | None, at: str) -> None:
        """Sets a field from the message's field `at`; None says nothing. Raises RecordError where another value stands there already:
        the record has room for one only, and which of them holds is not ours to guess."""
        if value is None:
            return
        value = plain(value) if isinstance(value, Decimal) else value
        if self.raw.get(name, value) != value:
            detail = (
                f"{name} is {value!s:.60} here and {self.raw[name]!s:.60} in {self._origins.get(name, 'the message')}"
            )
            raise RecordError("conflicting_values", at, detail)
        self.raw[name] = value
        self._origins.setdefault(name, at)

    def copy(self, name: str, given: _Given | None, value: Callable[[_Given], Any]) -> None:
        """Set a field from what the message has there, by its `value`; nothing if the message does not have it."""
        if given is not None:
            self.put(name, value(given), given.path)

    def source(self, name: str) -> str:
        """The message's field that a field was set from, "" where it was not."""
        return self._origins.get(name, "")

    def put_under(self, name: str, key: str, value: str, at: str) -> None:
        """Sets one entry of an object that is a field, as `put` does."""
        inner = Draft()
        inner.raw = self.raw.setdefault(name, {})
        inner._origins = {key: origin} if (origin := self._origins.get(f"{name}.{key}")) else {}
        inner.put(key, value, at)
        self._origins.setdefault(f"{name}.{key}", at)

    def take(self, other: "Draft") -> None:
        """Puts every field of another draft."""
        for name, value in other.raw.items():
            self.put(name, value, other._origins[name])

    def nest(self, name: str, drafts: Sequence["Draft"], at: str) -> None:
        """Sets a list of objects; nothing where there are none."""
        if not drafts:
            return
        self.put(name, [draft.raw for draft in drafts], at)  # type: ignore[arg-type]  # put keeps JSON of any kind
        for index, draft in enumerate(drafts):
            self._origins |= {f"{name}.{index}.{inner}": origin for inner, origin in draft._origins.items()}

    def checked(self) -> dict[str, Any]:
        """The raw record, once it is one; its type and identity are then known. Raises RecordError that names the message's field, and the
        record's in its detail."""
        try:
            record, _ = parse_record(self.raw)
        except RecordError as error:
            raise RecordError(error.reason, self._located(error.field), f"{error.field}: {error.detail}") from error
        self.identity = (record.record_type, record.identity)
        return self.raw

    def _located(self, field: str) -> str:
        """The origin of the nearest field above, or the record's own name where the message has no such field."""
        path = field.split(".")
        nearest = [".".join(path[:length]) for length in range(len(path), 0, -1)]
        nearest.insert(1, path[-1])  # a term of all options, which the message gives once
        return next((self._origins[name] for name in nearest if name in self._origins), field)


def one_for_one(isin: str, at: str) -> Draft:
    """A movement that takes each unit of a security."""
    taken = Draft()
    given: dict[str, Any] = {
        "isin": isin,
        "credit_debit_indicator": "DEBT",
        "ratio": {"numerator": "1", "denominator": "1"},
    }
    for name, value in given.items():
        taken.put(name, value, at)
    return taken
