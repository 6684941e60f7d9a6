"""Defects on file: what a user would suffer, and the rules that plant it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import jsonschema
import yaml
from botocore.exceptions import UnknownServiceError

from harness.failure import HarnessError
from harness.faults.rules import Rule, RuleError

FOLDER = Path(__file__).with_name("defects")
ANY = "*"
HTTP_API = "execute-api"  # requests to an API of API Gateway: no client of boto3's
TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "required": ["service", "defects"],
    "additionalProperties": False,
    "properties": {
        "service": TEXT,
        "defects": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["id", "suffers"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "pattern": r"^[a-z0-9]+([-.][a-z0-9]+)+$"},
                    "suffers": TEXT,
                    "rule": {"type": "object"},
                    "rules": {"type": "array", "minItems": 1, "items": {"type": "object"}},
                    "visible": {"type": "boolean"},
                    "because": TEXT,
                },
                "oneOf": [{"required": ["rule"]}, {"required": ["rules"]}],
            },
        },
    },
}


@dataclass(frozen=True)
class Defect:
    """One defect. `because` says why one that is not `visible` cannot be seen through public APIs."""

    id: str
    service: str
    suffers: str
    rules: tuple[Rule, ...]
    visible: bool = True
    because: str = ""


def defects_of(paths: Iterable[Path] = (FOLDER,)) -> list[Defect]:
    """All defects of these files, and of the YAML files in these folders. Raises HarnessError, one line, naming file and defect."""
    found: dict[str, Defect] = {}
    for path in paths:
        files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
        for file in files:
            for defect in _read(file):
                if defect.id in found:
                    raise _wrong(file, f"{defect.id}: there are two of this id")
                found[defect.id] = defect
    if not found:
        raise HarnessError("no file with defects: name a YAML file, or a folder of them", exit_status=3)
    return list(found.values())


def _read(file: Path) -> list[Defect]:
    try:
        content = yaml.safe_load(file.read_text())
        jsonschema.validate(content, SCHEMA)
    except OSError as error:
        raise _wrong(file, error.strerror or str(error)) from error
    except yaml.YAMLError as error:
        raise _wrong(file, f"not YAML: {' '.join(str(error).split())}") from error
    except jsonschema.ValidationError as error:
        raise _wrong(file, _place(error)) from error
    return [_defect(entry, content["service"], file) for entry in content["defects"]]


def _place(error: jsonschema.ValidationError) -> str:
    """Names the defect by its id, where it has one."""
    path = list(error.absolute_path)
    content: Any = error.instance
    named = content.get("id") if isinstance(content, dict) else None
    said = "give either rule or rules" if error.validator == "oneOf" else error.message[:200]
    return f"{named or '.'.join(str(part) for part in path) or 'the file'}: {said}"


def _defect(entry: Mapping[str, Any], service: str, file: Path) -> Defect:
    name, visible, because = entry["id"], entry.get("visible", True), entry.get("because", "")
    if visible == bool(because):
        raise _wrong(file, f"{name}: `visible: false` and `because` go together")
    rules = []
    for number, said in enumerate(entry.get("rules") or [entry["rule"]], 1):
        identity = name if "rule" in entry else f"{name}.{number}"
        try:
            rule = Rule.from_json({"id": identity, "service": service, **said})
        except RuleError as error:
            raise _wrong(file, str(error)) from error
        _check_names(rule, file)
        rules.append(rule)
    return Defect(name, service, entry["suffers"], tuple(rules), visible, because)


def _check_names(rule: Rule, file: Path) -> None:
    besides = [name for name in (rule.when.get("since"), rule.change.get("operation")) if name]
    if rule.service in (ANY, HTTP_API):
        if besides:
            raise _wrong(
                file, f"{rule.id}: {besides[0]} is an operation of which service? Name it as the rule's service"
            )
        return
    known = _operations(rule.service)
    if not known:
        raise _wrong(file, f"{rule.id}: there is no service {rule.service!r} (boto3's name is wanted, or *)")
    for operation in (*rule.operations, *besides):
        if operation not in known:
            raise _wrong(file, f"{rule.id}: {rule.service} has no operation {operation!r}")


@cache
def _operations(service: str) -> frozenset[str]:
    try:
        return frozenset(botocore.session.Session().get_service_model(service).operation_names)
    except UnknownServiceError:
        return frozenset()


def _wrong(file: Path, what: str) -> HarnessError:
    return HarnessError(f"{file.name}: {what}", exit_status=3)
