"""Changes that keep an input's form: a value or field of a JSON text, an element of an XML message, a line of a FIN message."""

import json
import re
from random import Random
from typing import Any

from tests.fuzz.corpus import ODD_JSON, ODDITIES

_TOKEN = re.compile(r"<[^>]*>|[^<]+")
_VALUE = re.compile(r"//?[^/\n]+$|(?<=:)[^:/\n]+$")


def change(data: bytes, chance: Random, other: bytes) -> bytes:
    """Return `data` with one to three changes of form; `other` is an input to take parts from."""
    try:
        text, donor = data.decode(), other.decode("utf-8", "replace")
    except UnicodeDecodeError:
        return data
    start = text.lstrip("\ufeff \t\r\n")[:1]
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        if start == "<":
            text = _change_xml(text, chance, donor)
        elif start in ("{", "[") and not text.lstrip().startswith("{1:"):
            text = _change_json(text, chance)
        else:
            text = _change_lines(text, chance, donor)
    return text.encode("utf-8", "surrogatepass")


def _change_json(text: str, chance: Random) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    places = _places(value) if isinstance(value, dict | list) else []
    if not places:
        return json.dumps(chance.choice(ODD_JSON))
    holder, key = chance.choice(places)
    giver, name = chance.choice(places)
    match chance.randrange(8):
        case 0:
            del holder[key]
        case 1 | 2 | 3:
            holder[key] = chance.choice(ODD_JSON)
        case 4:
            holder[key] = giver[name]
        case 5 if isinstance(holder, dict):
            holder[str(chance.choice([name, *ODDITIES]))] = holder[key]
        case 6 if isinstance(holder, list):
            holder += [holder[key]] * chance.randint(1, 3)
        case _:
            holder[key] = (
                [holder[key]] * chance.randint(1, 3) if chance.random() < 0.5 else _spoilt(str(holder[key]), chance)
            )
    try:
        made = json.dumps(value, ensure_ascii=chance.random() < 0.5)
    except (ValueError, RecursionError):  # a value put into itself
        return text
    return made if len(made) < 100_000 else text


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return (container, key or index) of every value in the containers of at most 40 levels."""
    places, level = [], [value]
    for _ in range(40):
        found = [
            (holder, key) for holder in level for key in (holder if isinstance(holder, dict) else range(len(holder)))
        ]
        level = [inner for holder, key in found if isinstance(inner := holder[key], dict | list)]
        places += found
    return places


def _change_xml(text: str, chance: Random, donor: str) -> str:
    tokens = _TOKEN.findall(text)
    if not tokens:
        return text
    at = chance.randrange(len(tokens))
    start, end = _element(tokens, at)
    match chance.randrange(7):
        case 0:
            tokens[start:end] = []
        case 1:
            tokens[end:end] = tokens[start:end]
        case 2 | 3:
            texts = [index for index, each in enumerate(tokens) if each[0] != "<" and each.strip()]
            if texts:
                index = chance.choice(texts)
                tokens[index] = chance.choice([*ODDITIES, _spoilt(tokens[index], chance)]).replace("<", "")
        case 4:
            given = _TOKEN.findall(donor)
            if given:
                first, last = _element(given, chance.randrange(len(given)))
                tokens[at:at] = given[first:last]
        case 5:
            names = [each for each in tokens if each[0] == "<"]
            tokens[at] = chance.choice(names or tokens)
        case _:
            moved = tokens[start:end]
            tokens[start:end] = []
            to = chance.randint(0, len(tokens))
            tokens[to:to] = moved
    return "".join(tokens)


def _element(tokens: list[str], at: int) -> tuple[int, int]:
    """The tokens of the element that opens at `at`, or the one token there."""
    depth = 0
    for index in range(at, len(tokens)):
        token = tokens[index]
        if token.startswith("</"):
            depth -= 1
        elif token[0] == "<" and not token.endswith("/>") and token[1:2] not in ("?", "!"):
            depth += 1
        if depth <= 0:
            return at, index + 1
    return at, at + 1


def _change_lines(text: str, chance: Random, donor: str) -> str:
    lines = text.split("\n")
    at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(7):
        case 0:
            del lines[at]
        case 1:
            lines.insert(to, lines[at])
        case 2:
            lines[at], lines[to] = lines[to], lines[at]
        case 3:
            lines.insert(at, chance.choice(donor.split("\n")))
        case 4:
            odd = chance.choice(ODDITIES)
            lines[at] = _VALUE.sub(lambda found: f"{'//' if found[0][0] == '/' else ''}{odd}", lines[at])
        case 5:
            lines[at] = re.sub(r"(?<=^:[0-9]{2})[A-Z]?", chance.choice("ABCDEFJKLPQRZ"), lines[at])
        case _:
            lines[at] = _spoilt(lines[at], chance)
    return "\n".join(lines)


def _spoilt(text: str, chance: Random) -> str:
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice([*ODDITIES, *"0123456789,./:-NZ \t"]) + text[at + chance.randint(0, 2) :]
