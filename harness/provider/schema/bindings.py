"""Reads one module of the generated bindings (TypeScript) back into the schema that it was generated from.

Three places tell of a member: its comment (`name - computed: …, optional: …, required: …`), its declaration after that, and,
where it can be set, its entry in the function that turns it into HCL (`isBlock`, `type`, `storageClassType`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_ROOT = re.compile(r"^export class (\w+) extends cdktn\.Terraform(?:Resource|DataSource|Provider) \{$", re.M)
_STRUCT_CLASS = re.compile(r"^export class (\w+)OutputReference extends cdktn\.ComplexObject \{$", re.M)
_INTERFACE = re.compile(r"^export interface (\w+) \{$", re.M)
_END = re.compile(r"^\}$", re.M)
_HCL_FUNCTION = re.compile(
    r"^export function \w+ToHclTerraform\(struct\?: \w+\.(\w+Property)(?:OutputReference)?\b", re.M
)
_HCL_ENTRY = re.compile(
    r"^ +(\w+): \{\n +value: (.*),\n +isBlock: (true|false),\n +type: \"(\w+)\",\n +storageClassType: \"([\w.]+)\",$",
    re.M,
)
_MEMBER = re.compile(r"^  // (\w+) - computed: (\w+), optional: (\w+), required: (\w+)$", re.M)
_COMPLEX = re.compile(r"= new (?:\w+\.)?(\w+Property)(List|Map|OutputReference)\(this, \"\w+\"(?:, (true|false))?\)")
_OF_MAPS = re.compile(r"= new cdktn\.(String|Boolean|Number)Map(List)?\(this")
_GETTER = re.compile(r"return (cdktn\.Fn\.tolist\()?(?:cdktn\.\w+\()?this\.get(\w+)Attribute\('")
_FIELD = re.compile(r"^  readonly (\w+)(\??):", re.M)
_TYPES: dict[str, Any] = {
    "string": "string", "boolean": "bool", "number": "number",
    "String": "string", "Boolean": "bool", "Number": "number",
    "StringMap": ["map", "string"], "BooleanMap": ["map", "bool"], "NumberMap": ["map", "number"], "AnyMap": ["map", "string"],
    "List": ["list", "string"], "NumberList": ["list", "number"],
}  # fmt: skip


@dataclass(frozen=True)
class _Entry:
    """What the HCL function says of a member that can be set."""

    value: str
    is_block: bool
    kind: str
    storage: str

    @property
    def struct(self) -> str:
        """Name of its struct; empty for a plain value."""
        return (
            self.storage.rpartition(".")[2].removesuffix("List").removesuffix("Map")
            if "Property" in self.storage
            else ""
        )

    @property
    def flag(self) -> str:
        """The flag w where it is write-only."""
        return "w" if "markWriteOnlyAttribute" in self.value else ""


class Module:
    """One module: a resource type, a data source or the provider."""

    def __init__(self, source: str) -> None:
        root = _ROOT.search(source)
        if not root:
            raise ValueError("a module holds no resource, data source or provider")
        self._root = _body(source, root)
        self._classes = {match[1]: _body(source, match) for match in _STRUCT_CLASS.finditer(source)}
        self._interfaces = {match[1]: _body(source, match) for match in _INTERFACE.finditer(source)}
        self._functions = {match[1]: _body(source, match) for match in _HCL_FUNCTION.finditer(source)}

    def root(self) -> dict[str, Any]:
        """The type's own block."""
        return self._block(self._root, _entries(self._root))

    def _block(self, body: str, entries: dict[str, _Entry]) -> dict[str, Any]:
        """A block's members. One written as a block, yet computed, is an attribute in the schema: only those can be."""
        attributes: dict[str, Any] = {}
        blocks: dict[str, Any] = {}
        for name, flags, declaration in _members(body):
            entry = entries.get(name)
            if entry and entry.is_block and "c" not in flags:
                blocks[name] = self._nested(entry, flags, declaration)
            else:
                attributes[name] = [self._type(entry, declaration), flags + (entry.flag if entry else "")]
        return {"a": attributes, "b": blocks} if blocks else {"a": attributes}

    def _nested(self, entry: _Entry, flags: str, declaration: str) -> dict[str, Any]:
        """A block. A reference to one object stands for a list of at most one; a struct for one that is no list."""
        block = self._struct_block(entry.struct)
        block |= {"n": "single" if entry.kind == "struct" else entry.kind, "min": int("r" in flags)}
        match = _COMPLEX.search(declaration)
        if entry.kind != "struct" and match and match[2] == "OutputReference":
            block["max"] = 1
        return block

    def _struct_block(self, struct: str) -> dict[str, Any]:
        entries = _entries(self._functions[struct])
        if struct in self._classes:
            return self._block(self._classes[struct], entries)
        return {"a": self._fields(struct, entries)}  # the provider's blocks: read by nobody, so without a class

    def _fields(self, struct: str, entries: dict[str, _Entry]) -> dict[str, Any]:
        optional = {name: bool(mark) for name, mark in _FIELD.findall(self._interfaces[struct])}
        camel = {name: re.sub(r"_(\w)", lambda match: match[1].upper(), name) for name in entries}
        return {
            name: [self._type(entry, ""), "o" if optional.get(camel[name], True) else "r"]
            for name, entry in entries.items()
        }

    def _type(self, entry: _Entry | None, declaration: str) -> Any:
        complex_value = _COMPLEX.search(declaration)
        if complex_value:
            struct, container, of_set = complex_value.groups()
            inner = self._object(struct)
            kind = entry.kind if entry else ("set" if of_set == "true" else "list" if container == "List" else "map")
            return inner if kind == "struct" else [kind, inner]
        if entry and entry.kind != "simple":
            plain = entry.storage.removesuffix("List").removesuffix("Map")
            return [entry.kind, _TYPES[plain]]
        return _TYPES[entry.storage] if entry else _computed_type(declaration)

    def _object(self, struct: str) -> Any:
        block = self._struct_block(struct)
        members = {name: given[0] for name, given in block["a"].items()}
        return ["object", members]


def _computed_type(declaration: str) -> Any:
    """Type of a member that cannot be set, by how it is read."""
    of_maps = _OF_MAPS.search(declaration)
    if of_maps:
        inner = ["map", _TYPES[of_maps[1]]]
        return ["list", inner] if of_maps[2] else inner
    match = _GETTER.search(declaration)
    if not match:
        raise ValueError(f"a member is read in a way that is not known: {declaration[:200]}")
    kind = _TYPES[match[2]]
    return ["set", kind[1]] if match[1] else kind


def _members(body: str) -> Iterator[tuple[str, str, str]]:
    """Name, flags and the text up to the next member."""
    members = list(_MEMBER.finditer(body))
    for member, following in zip(members, [*members[1:], None], strict=True):
        name, computed, optional, required = member.groups()
        chosen = (("r", required), ("o", optional), ("c", computed))
        flags = "".join(flag for flag, given in chosen if given == "true")
        yield name, flags, body[member.end() : following.start() if following else len(body)]


def _entries(body: str) -> dict[str, _Entry]:
    return {
        name: _Entry(value, is_block == "true", kind, storage)
        for name, value, is_block, kind, storage in _HCL_ENTRY.findall(body)
    }


def _body(source: str, opening: "re.Match[str]") -> str:
    end = _END.search(source, opening.end())
    return source[opening.end() : end.start() if end else len(source)]
