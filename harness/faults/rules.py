"""Rules: for which calls, under which condition, what changes. `rule.schema.json` says what one may hold."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from harness.faults.callers import Caller
from harness.faults.messages import Answer, Request
from harness.faults.operations import DATABASE, Call

SCHEMA = Path(__file__).with_name("rule.schema.json")
AFTER_THE_ANSWER = ("allow", "stale", "also", "refuse")
BEFORE_THE_ANSWER = ("ignore", "twice", "delay", "hang", "kill")
"""Kinds that come before or after by their nature; with `at: after`, delay, hang and kill come after."""


class RuleError(ValueError):
    """A rule that is not valid; the text, one line, says what is wrong with it."""


@dataclass(frozen=True)
class Rule:
    """One rule; `id` names it in the counters. `service` '*' or none, and no operations: every call."""

    id: str
    change: Mapping[str, Any]
    service: str = ""
    operations: tuple[str, ...] = ()
    when: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Rule":
        """A rule with its id. Raises RuleError."""
        said = dict(content)
        name = str(said.pop("id", "") or "rule")
        check_rule(said, name)
        operations = tuple(said.get("operations", ()))
        return cls(name, said["change"], said.get("service", ""), operations, said.get("when", {}))

    def as_json(self) -> dict[str, Any]:
        """What `from_json` takes."""
        said: dict[str, Any] = {"id": self.id, "change": dict(self.change)}
        if self.service:
            said["service"] = self.service
        if self.operations:
            said["operations"] = list(self.operations)
        return {**said, "when": dict(self.when)} if self.when else said

    @property
    def kind(self) -> str:
        """The kind of its change."""
        return str(self.change["kind"])

    @property
    def after_the_answer(self) -> bool:
        """Whether the change needs the emulator's answer: by its kind, where it edits, or what it waits for."""
        if self.kind in BEFORE_THE_ANSWER:
            return self.change.get("at") == "after"
        asks_answer = "answer" in self.when or "status" in self.when
        return asks_answer or self.kind in AFTER_THE_ANSWER or self.change.get("in") == "answer"

    def is_for(self, call: Call, request: Request, principal: str, caller: Caller) -> bool:
        """Whether it concerns this request. What it says of the answer is `is_for_answer`'s."""
        wanted = (call.service,) if call.service == DATABASE else ("", "*", call.service)
        if self.service not in wanted or (self.operations and call.operation not in self.operations):
            return False
        if "caller" in self.when and not re.search(self.when["caller"], caller.name):
            return False
        texts = {"path": request.target, "request": request.body.decode("utf-8", "replace"), "principal": principal}
        headers = self.when.get("headers", {}).items()
        return all(re.search(self.when[name], text, re.S) for name, text in texts.items() if name in self.when) and all(
            re.search(pattern, request.header(name)) for name, pattern in headers
        )

    def resource(self, request: Request) -> str | None:
        """Return what `when.same` finds in a request, the name of the resource; '' without it, None where it finds nothing."""
        if "same" not in self.when:
            return ""
        found = re.search(self.when["same"], request.text, re.S)
        return found[1] if found else None

    def is_for_answer(self, answer: Answer) -> bool:
        """Whether the answer is such as the rule waits for."""
        if self.when.get("status", answer.status) != answer.status:
            return False
        pattern = self.when.get("answer")
        return pattern is None or re.search(pattern, answer.body.decode("utf-8", "replace"), re.S) is not None


def check_rule(content: Any, name: str) -> None:
    """Raises RuleError where a rule (without its id) is not as the schema says."""
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.Draft202012Validator({**schema, "$ref": "#/$defs/rule"})
    kinds = {kind for branch in schema["$defs"]["change"]["oneOf"] for kind in _kinds(branch)}
    kind = content.get("change", {}).get("kind") if isinstance(content, dict) else None
    if kind is not None and kind not in kinds:
        raise RuleError(f"{name}: change.kind is {kind!r}: one of {', '.join(sorted(kinds))}")
    for error in sorted(validator.iter_errors(content), key=lambda error: error.validator != "oneOf"):
        raise RuleError(f"{name}: {_told(error, kind)}")
    _check_patterns(content, name)
    rule = Rule(name, content["change"], when=content.get("when", {}))
    if not rule.after_the_answer and {"answer", "status"} & rule.when.keys():
        raise RuleError(f"{name}: {rule.kind} comes before the answer, so `when` cannot ask for its status or text")


def _kinds(branch: Mapping[str, Any]) -> list[str]:
    kind = branch["properties"]["kind"]
    return [kind["const"]] if "const" in kind else list(kind["enum"])


def _told(error: jsonschema.ValidationError, kind: str | None) -> str:
    """One line: of the alternatives for a change, only the one of its kind is told."""
    for inner in error.context or ():
        schema: Any = error.schema
        if error.validator == "oneOf" and kind in _kinds(schema["oneOf"][inner.schema_path[0]]):
            return f"{error.json_path.removeprefix('$.')}: {inner.message}"
    return f"{error.json_path.removeprefix('$.')}: {error.message}"[:300]


def _check_patterns(content: Any, name: str) -> None:
    when = content.get("when", {})
    patterns = [when.get(key) for key in ("path", "request", "principal", "caller", "answer", "same")]
    patterns += [*when.get("headers", {}).values(), content["change"].get("pattern"), content["change"].get("where")]
    for pattern in patterns:
        try:
            groups = re.compile(pattern or "").groups
            if pattern and pattern is when.get("same") and groups != 1:
                raise RuleError(
                    f"{name}: when.same is {pattern!r}: one group is wanted, which holds the resource's name"
                )
        except re.error as error:
            raise RuleError(f"{name}: {pattern!r} is no regular expression ({error})") from error
