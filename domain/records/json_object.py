"""Reads one JSON object under a path, and keeps the normalised JSON on the way; a name that nobody knows is refused."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Self

from domain.records.errors import RecordError
from domain.records.nearest import did_you_mean
from domain.records.storable import LONGEST_NAME, exact, unstorable

FREE = "x_"
"""Fields that begin so are the sender's own: kept, and used for nothing (domain rules, "Unknown words")."""


class JsonObject:
    """One JSON object under a path. `known` are the names that were asked for, `normalised` collects what was read.

    `stored`: the object was taken earlier, when more names may have been free; it is read again whatever they are.
    """

    def __init__(self, raw: Mapping[str, Any], path: str = "", *, stored: bool = False) -> None:
        self._raw = raw
        self._path = path
        self._stored = stored
        self.known: set[str] = set()
        self.normalised: dict[str, Any] = {}

    def rest(self) -> dict[str, Any]:
        """Return the normalised object without what is absent, with free fields kept as they came, but fractions as exact strings.

        Raises RecordError `unknown_field` for a name that nobody asked for, and where a free field cannot be stored.
        """
        others = {
            name: value
            for name, value in self._raw.items()
            if name not in self.normalised and value is not None and not (name in self.known and _is_blank(value))
        }
        for name, value in others.items():
            written = name.encode("ascii", "backslashreplace").decode()
            if fault := unstorable(name) or unstorable(value):
                raise self.fail(written, "invalid_text", fault)
            if not 0 < len(name) <= LONGEST_NAME:
                raise self.fail(written, "invalid_name", f"a name has 1 to {LONGEST_NAME} characters")
            if not (self._stored or name in self.known or name.startswith(FREE)):
                raise self.fail(written, "unknown_field", f"unknown field{did_you_mean(name, self.known)}")
        return {**exact(others), **self.normalised}

    def has(self, name: str) -> bool:
        """Return True if the field is there, neither null nor blank."""
        return self._take(name, False) is not None

    def fail(self, name: str, reason: str, detail: str) -> RecordError:
        """Return a RecordError that names the field by its dotted path."""
        return RecordError(reason, f"{self._path}{name}", detail)

    def objects(self, name: str, shared: Collection[str] = ()) -> Iterator[Self]:
        """Yield the objects of a required list; their normalised forms are kept when read to the end.

        What this object has under a name in `shared` holds for each of them that does not have it.
        """
        self.known.update(shared)
        common = {term: self._raw[term] for term in shared if self._raw.get(term) is not None}
        value = self._take(name, True)
        if not isinstance(value, list) or not value:
            raise self.fail(name, "not_a_list", f"{name} must be a list with at least one object")
        kept: list[dict[str, Any]] = []
        self.normalised[name] = kept
        for index, item in enumerate(value):
            if not isinstance(item, Mapping):
                raise self.fail(f"{name}.{index}", "not_an_object", f"{name}.{index} must be an object")
            own = {key: value for key, value in item.items() if value is not None}
            fields = self._inner({**common, **own}, f"{name}.{index}")
            yield fields
            kept.append(fields.rest())

    def items(self, name: str, *, required: bool = True, least: int = 1) -> Self | None:
        """Return the values of a list as fields called 0, 1, 2 …, or None when absent."""
        value = self._take(name, required)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) < least:
            raise self.fail(name, "not_a_list", f"{name} must be a list" + least * " with at least one object")
        return self._inner({str(index): item for index, item in enumerate(value)}, name)

    def object(self, name: str, *, required: bool = False) -> Self | None:
        """Return a nested object, or None when absent. Keep its normalised form with `self.normalised[name] = …rest()`."""
        value = self._take(name, required)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.fail(name, "not_an_object", f"{name} must be an object")
        return self._inner(value, name)

    def names(self) -> Sequence[str]:
        """Return the object's names."""
        return [str(name) for name in self._raw]

    def _inner(self, raw: Mapping[str, Any], name: str) -> Self:
        return type(self)(raw, f"{self._path}{name}.", stored=self._stored)

    def _take(self, name: str, required: bool) -> Any:
        self.known.add(name)
        value = self._raw.get(name)
        if value is None or _is_blank(value):
            if required:
                raise self.fail(name, "missing_field", f"{name} is required")
            return None
        return value

    def _keep(self, name: str, value: Any) -> None:
        self.normalised[name] = value


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()
