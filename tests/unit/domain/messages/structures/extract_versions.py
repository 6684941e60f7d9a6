"""Writes versions.json: the published structure of each version of the messages that we write, as far as we write them.

Facts of the published schemas only: names, order, which must be there, how often, codes. It reads the classes of prowide-iso20022 (8d2c058),
which are generated from the schemas; types have the same name in every version that uses them. What we never write has its name only. Run
`python -m tests.unit.domain.messages.structures.extract_versions FOLDER` on a checkout of it. For the versions that `extract.py` reads, both
sources say the same.
"""

import json
import re
import sys
from pathlib import Path

from domain.messages import VERSIONS, WRITTEN, Each

HERE = Path(__file__).parent
FIELD = re.compile(
    r"@Xml(?P<kind>Element|Value|Attribute|AnyElement)(?:\((?P<given>.*?)\))?\s+(?:@\w+(?:\([^)]*\))?\s+)*"
    r"protected (?P<type>[\w<>.]+) (?P<name>\w+)(?: = [^;]*)?;",
    re.DOTALL,
)
CODE = re.compile(r'^    (?:@XmlEnumValue\("(?P<word>[^"]*)"\)\s+)?(?P<name>[A-Z0-9_]+)[,;(]', re.MULTILINE)
KINDS = {
    "String": "str",
    "BigDecimal": "Decimal",
    "boolean": "bool",
    "Boolean": "bool",
    "LocalDate": "XmlDate",
    "OffsetDateTime": "XmlDateTime",
}


def names_written(table):
    """The names of all elements in a table's places."""
    for line in table:
        yield from re.findall(r"[A-Za-z0-9]+", line.xml)
        if isinstance(line, Each):
            yield from names_written(line.lines)


def described(cls, sources, written, types):
    """Adds a type and those below it that we write: name -> its children in order."""
    if cls in types:
        return
    types[cls] = children = []
    for field in FIELD.finditer(sources[cls].read_text(encoding="utf-8")):
        given = field["given"] or ""
        named = re.search(r'name = "([^"]*)"', given)
        child = {"name": "" if field["kind"] == "Value" else named[1] if named else field["name"]}
        child |= {"attribute": True} if field["kind"] == "Attribute" else {}
        child |= {"needed": True} if "required = true" in given or field["kind"] == "Value" else {}
        child |= {"most": 0} if field["type"].startswith("List<") else {}
        of_type = field["type"].removeprefix("List<").removesuffix(">")
        if not child["name"] or child["name"] in written or "attribute" in child:
            child |= _kind(of_type, sources, written, types)
        children.append(child)


def _kind(of_type, sources, written, types):
    if of_type in KINDS:
        return {"kind": KINDS[of_type]}
    text = sources[of_type].read_text(encoding="utf-8")
    if "public enum" in text:
        return {"codes": [code["word"] or code["name"] for code in CODE.finditer(text)]}
    described(of_type, sources, written, types)
    return {"type": of_type}


def main(folder):
    sources = {path.stem: path for path in folder.rglob("src/generated/**/*.java")}
    written = {
        "UnitCcy",
        "QtdCcy",
        "XchgRate",
        "SfkpgPlcTp",
        "Id",
        *(name for table in WRITTEN.values() for name in names_written(table)),
    }
    types = {}
    for message, versions in VERSIONS.items():
        for version in versions:
            cls = f"Mx{message[:4].capitalize()}{message[5:]}001{version:02}"
            own = re.search(
                r'@XmlElement\(name = "(\w+)".*?protected (\w+) ', sources[cls].read_text("utf-8"), re.DOTALL
            )
            types[f"{message}.001.{version:02}"] = [{"name": own[1], "needed": True, "type": own[2]}]
            described(own[2], sources, written, types)
    lines = ",\n".join(f'"{name}":{json.dumps(types[name], separators=(",", ":"))}' for name in sorted(types))
    (HERE / "versions.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
