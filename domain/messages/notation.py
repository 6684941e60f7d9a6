"""The format notation of ISO 15022 (`:4!c//8!n`, `[N]15d`, `4*35x`) as regular expressions, one group for each component.

Source: ISO 15022 User Handbook, "Field formats"; SWIFT Standards MT, General Information, "Character sets" (x).
"""

import re

X = r"a-zA-Z0-9/?:().,'+ \-"
"""Character set x, line ends apart."""
_SETS = {"n": "[0-9]", "a": "[A-Z]", "c": "[A-Z0-9]", "x": f"[{X}]", "e": " "}
_SYMBOLS = {"[N]": "(N)?", "[": "(?:", "]": ")?", "~": "\n"}
"""N is the sign of a negative number; ~ our mark for the end of a line."""
_COMPONENT = re.compile(r"(?:(?P<lines>[0-9]+)\*)?(?P<length>[0-9]+)(?P<exact>!?)(?P<set>[nacxed])")


def pattern_of(notation: str) -> re.Pattern[str]:
    """The expression that a whole value of this format matches; components are its groups, in order, None where an optional one is
    absent."""
    parts: list[str] = []
    position = 0
    while position < len(notation):
        if component := _COMPONENT.match(notation, position):
            parts.append(f"({_expression(component)})")
            position = component.end()
            continue
        symbol = "[N]" if notation.startswith("[N]", position) else notation[position]
        parts.append(_SYMBOLS.get(symbol, re.escape(symbol)))
        position += len(symbol)
    return re.compile("".join(parts) + r"\Z")


def _expression(component: re.Match[str]) -> str:
    length, kind = int(component["length"]), component["set"]
    if kind == "d":  # digits with one comma, which is always there; the length counts it
        return rf"(?=[0-9,]{{2,{length}}}(?![0-9,]))[0-9]+,[0-9]*"
    one_line = _SETS[kind] + (f"{{{length}}}" if component["exact"] else f"{{1,{length}}}")
    if component["lines"] is None:
        return one_line
    return rf"{one_line}(?:\n{one_line}){{0,{int(component['lines']) - 1}}}"
