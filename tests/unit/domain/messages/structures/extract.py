"""Writes the published structure of ISO 20022 messages in a compact form, which `published.py` checks messages against.

Facts of the published schemas only: names, order, how often, patterns, codes. It reads the classes of the package python-iso20022 0.3.0,
which are generated from the schemas; install that (it is no dependency of ours) and run `python extract.py FOLDER`.
"""

import dataclasses
import enum
import importlib
import json
import sys
import typing
from pathlib import Path

MESSAGES = (
    *("seev.031.001.14", "seev.033.001.12", "seev.034.001.14", "seev.035.001.15", "seev.036.001.15", "seev.037.001.15"),
    *("seev.039.001.12", "semt.002.001.11"),
)
LIMITS = ("pattern", "min_length", "max_length", "fraction_digits", "total_digits", "min_inclusive")


def bare(annotation):
    """The class in Optional[…] or list[…]."""
    origin = typing.get_origin(annotation)
    if origin is typing.Union:
        return bare(next(each for each in typing.get_args(annotation) if each is not type(None)))
    return bare(typing.get_args(annotation)[0]) if origin is list else annotation


def described(cls, suffix, types):
    """Adds the type and those below it: name -> its children in order, each with what it may hold."""
    name = cls.__name__.removesuffix(suffix) or "Document"
    if name in types:
        return name
    types[name] = children = []
    hints = typing.get_type_hints(cls)
    for field in dataclasses.fields(cls):
        kind, limits = bare(hints[field.name]), field.metadata
        many = typing.get_origin(hints[field.name]) is list
        child = {"name": limits.get("name", "" if field.name == "value" else field.name)}
        child |= {"attribute": True} if limits.get("type") == "Attribute" else {}
        child |= {"needed": True} if limits.get("required") or limits.get("min_occurs") else {}
        child |= {"most": limits.get("max_occurs", 0)} if many else {}
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            child["codes"] = [each.value for each in kind]
        elif dataclasses.is_dataclass(kind):
            child["type"] = described(kind, suffix, types)
        else:
            child |= {"kind": getattr(kind, "__name__", str(kind))}
            child |= {limit: str(limits[limit]) for limit in LIMITS if limit in limits}
        children.append(child)
    return name


def main(folder):
    for message in MESSAGES:
        area, rest = message.split(".", 1)
        module = importlib.import_module(f"python_iso20022.{area}.{area}_{rest.replace('.', '_')}.models")
        suffix = area.capitalize() + rest.replace(".", "")
        types = {}
        described(getattr(module, suffix), suffix, types)
        lines = ",\n".join(f'"{name}":{json.dumps(types[name], separators=(",", ":"))}' for name in types)
        (folder / f"{message}.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
