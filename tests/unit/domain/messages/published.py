"""Checks XML messages against the published ISO 20022 structure (structures/*.json, see structures/extract.py and extract_versions.py)."""

import json
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

STRUCTURES = Path(__file__).parent / "structures"


def faults(text):
    """What is wrong with the Document in a message, as lines `path: fault`; empty where it is valid."""
    root = ElementTree.fromstring(text)
    document = next(each for each in root.iter() if each.tag.endswith("}Document"))
    message = document.tag[1:].partition("}")[0].rpartition(":")[2]
    return list(_faults(document, "Document", _types(message), "Document"))


@cache
def _types(message):
    own = STRUCTURES / f"{message}.json"
    if own.exists():
        return json.loads(own.read_text(encoding="utf-8"))
    types = of_versions()
    return {**types, "Document": types[message]}


@cache
def of_versions():
    """The types of all versions that we write, and by `seev.036.001.13` the outermost element of each."""
    return json.loads((STRUCTURES / "versions.json").read_text(encoding="utf-8"))


def _faults(element, type_name, types, path):
    declared = types[type_name]
    children = [each for each in declared if each["name"] and "attribute" not in each]
    order = [each["name"] for each in children]
    found = [child.tag.partition("}")[2] for child in element]
    yield from (f"{path}: has no {name}" for name in found if name not in order)
    known = [order.index(name) for name in found if name in order]
    if known != sorted(known):
        yield f"{path}: {found} is out of order"
    for child in children:
        count = found.count(child["name"])
        if child.get("needed") and not count:
            yield f"{path}: {child['name']} is missing"
        if count > (child.get("most", 1) or count):
            yield f"{path}: {child['name']} comes {count} times"
    if "Choice" in type_name and len(set(found)) != 1:
        yield f"{path}: {found} of a choice"
    for attribute in (each for each in declared if "attribute" in each):
        yield from _value_faults(element.get(attribute["name"]), attribute, f"{path}@{attribute['name']}")
    for own in (each for each in declared if not each["name"]):
        yield from _value_faults(element.text, own, path)
    by_name = {child["name"]: child for child in children}
    for child, name in zip(element, found, strict=True):
        if name in by_name:
            yield from _child_faults(child, by_name[name], types, f"{path}/{name}")


def _child_faults(element, declared, types, path):
    if "type" in declared:
        yield from _faults(element, declared["type"], types, path)
    else:
        yield from _value_faults(element.text, declared, path)


def _value_faults(text, declared, path):
    text = (text or "").strip()
    valid = text in declared["codes"] if "codes" in declared else _CHECKS[declared["kind"]](text, declared)
    if not valid or not text:
        yield f"{path}: {text!r} is not {declared.get('codes') or declared}"


def _text(text, limits):
    longest = int(limits.get("max_length", 1 << 30))
    return len(text) <= longest and bool(re.fullmatch(limits.get("pattern", "(?s:.*)"), text))


def _number(text, limits):
    try:
        _, digits, exponent = Decimal(text).as_tuple()
    except InvalidOperation:
        return False
    places = max(0, -exponent)
    fits = len(digits) <= int(limits.get("total_digits", 99)) and places <= int(limits.get("fraction_digits", 99))
    return fits and Decimal(text) >= Decimal(limits.get("min_inclusive", "-Infinity")) and "E" not in text


def _parses(read):
    def check(text, _limits):
        try:
            read(text)
        except ValueError:
            return False
        return True

    return check


_CHECKS = {
    "str": _text,
    "Decimal": _number,
    "bool": lambda text, _limits: text in ("true", "false", "1", "0"),
    "XmlDate": _parses(date.fromisoformat),
    "XmlDateTime": _parses(datetime.fromisoformat),
}
