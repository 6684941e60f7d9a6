"""One sentence on a scenario that did not pass: what was asked, what came, and what AWS answers."""

import re
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from harness.deadline import DeadlineError
from harness.results.document import Exchange, Outcome
from harness.scenarios.differences import difference, only_came, shown
from harness.scenarios.evidence import Grade

LONGEST_MESSAGE = 200
_RAW = re.compile(r"^(assert\b|[\[{(<])")
"""How a text begins that pytest has made, or that is a value and no message."""
_TITLE = re.compile(r"<(title|message)>(.*?)</\1>", re.DOTALL | re.IGNORECASE)
_EXPECTED = {
    "<": "less than {}", "<=": "at most {}", ">": "more than {}", ">=": "at least {}", "!=": "another value than {}",
    "is not": "another value than {}",
}  # fmt: skip
"""What a comparison expects of what came, by its operator."""


@dataclass(frozen=True)
class Compared:
    """A comparison that did not hold, as pytest tells it."""

    op: str
    left: Any
    right: Any

    @property
    def is_of_refusals(self) -> bool:
        """Return True if it compares (code, status), or None where nothing was refused, with what was expected."""
        return any(map(_is_refusal, (self.left, self.right))) and self.op == "=="

    def values(self) -> list[str]:
        """Return the texts by which the answer that was compared is recognised."""
        sides = only_came(self.left, self.right) if self.op in ("==", "is") else iter((self.left, self.right))
        return [str(value) for value in sides if isinstance(value, str | int | float) and len(str(value)) > 3]


class UnexpectedAnswerError(AssertionError):
    """A call was not refused as it should be. `came` is (code, status), or None where it was answered; `codes` are accepted."""

    def __init__(self, came: tuple[str, int] | None, codes: tuple[str, ...], status: int | None) -> None:
        self.came, self.codes, self.status = came, codes, status
        self.expected = f"{' or '.join(codes)}{f' {status}' if status else ''}"
        said = f"refused with {came[0]} {came[1]}" if came else "not refused"
        super().__init__(f"{said}: expected {self.expected}")


def claim_of(test: str) -> str:
    """Return what a test claims, which is its name in words."""
    return test.partition("[")[0].removeprefix("test_").replace("_", " ")


def sentence(
    error: BaseException, compared: Compared | None, call: Exchange | None, claim: str, outcome: Outcome, grade: Grade
) -> str:  # fmt: skip
    """Return the sentence. `compared` is the last comparison of a failed assert, `call` the exchange that decided."""
    came, expected = _told(error, compared, call)
    if outcome is Outcome.INDETERMINATE:
        return _line(f"{came}, so it is not known whether {claim}")
    return _line(f"{came} where {f'{grade.expects} {expected} ({claim})' if expected else f'{grade.holds} {claim}'}")


def _told(error: BaseException, compared: Compared | None, call: Exchange | None) -> tuple[str, str]:
    """Return what came, and what was expected or "" if only the claim says that."""
    asked = f"{call.service} {call.operation}" if call else "the test"
    match error:
        case ClientError():
            return _refused(error, call), ""
        case UnexpectedAnswerError():
            return _answered(asked, error.came, call), error.expected
        case DeadlineError():
            return f"{error.awaited}, {_last(asked, error.last)}", ""
        case AssertionError():
            return _asserted(error, compared, asked, call)
    return _unreadable(error, asked), ""


def _asserted(
    error: AssertionError, compared: Compared | None, asked: str, call: Exchange | None
) -> tuple[str, str]:  # fmt: skip
    message = str(error).partition("\nassert ")[0].strip()
    if message and not _RAW.match(message):
        return f"{message} ({_answer(asked, call)})" if call else message, ""
    return _of_comparison(compared, asked, call) if compared else (_answer(asked, call), "")


def _of_comparison(compared: Compared, asked: str, call: Exchange | None) -> tuple[str, str]:
    op, left, right = compared.op, compared.left, compared.right
    if compared.is_of_refusals and all(side is None or _is_refusal(side) for side in (left, right)):
        return _answered(asked, left, call), f"{right[0]} {right[1]}" if right else ""
    came, expected = left, _EXPECTED.get(op, "{}").format(shown(right))
    if op == "in" and isinstance(right, tuple | set | frozenset):
        expected = f"one of {shown(right)}"
    elif op in ("in", "not in"):
        came, expected = right, f"{'no ' if op == 'not in' else ''}{shown(left)} in it"
    elif op not in _EXPECTED:
        if left == right:  # as in `assert not a == b`
            return _answer(asked, call), ""
        different, expected = difference(left, right)
        return f"{asked} gave {different}", expected
    return f"{asked} gave {shown(came)}", expected


def _refused(error: ClientError, call: Exchange | None) -> str:
    said = error.response.get("Error", {})
    asked = f"{call.service if call else 'AWS'} {error.operation_name}"
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
    code, message = str(said.get("Code", "")), _message(str(said.get("Message", "")))
    if code in ("", str(status)):
        return f"{asked} was answered {status}{f' ({message})' if message else ''}"
    return f"{asked} was refused with {code} {status}{f' ({message})' if message else ''}".replace("  ", " ")


def _answered(asked: str, refusal: tuple[str, int] | None, call: Exchange | None) -> str:
    if refusal is None:
        return f"{asked} was answered {call.status}" if call and call.status else f"{asked} was not refused"
    code, status = refusal
    return f"{asked} was answered {status}" if code == str(status) else f"{asked} was refused with {code} {status}"


def _answer(asked: str, call: Exchange | None) -> str:
    if call is None:
        return "it was otherwise"
    return f"{asked} was answered {call.status}" if call.status else f"{asked} had no answer"


def _last(asked: str, last: object) -> str:
    if isinstance(last, tuple) and _is_refusal(last):
        return f"{asked} being refused with {last[0]} {last[1]}"
    return f"{asked} having given {shown(last)}"


def _unreadable(error: BaseException, asked: str) -> str:
    """Return what an error says that is no answer and no assertion: mostly that an answer is not of the form that the test reads."""
    said = _message(str(error))
    match error:
        case KeyError():
            return f"the answer of {asked} has no field {shown(error.args[0] if error.args else None)}"
        case IndexError() | StopIteration():
            return f"the answer of {asked} has too few elements"
        case ResponseParserError():
            return f"the answer of {asked} cannot be read ({said})"
        case TypeError() | ValueError() | AttributeError():
            return f"what came after {asked} has another form ({said})"
    return f"{asked}: {type(error).__name__}: {said}"


def _is_refusal(value: object) -> bool:
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and type(value[1]) is int
        and 300 <= value[1] < 600
    )


def _message(text: str) -> str:
    """Return an error's message on one line; of a page for people its title, of S3's XML the message in it."""
    title = _TITLE.search(text)
    line = " ".join((title.group(2) if title else text).split()).rstrip(".")
    return line if len(line) <= LONGEST_MESSAGE else f"{line[:LONGEST_MESSAGE]}…"


def _line(text: str) -> str:
    return " ".join(text.split())
