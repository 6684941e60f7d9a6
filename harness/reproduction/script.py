"""The script: the calls of a trace in their order, and the comparison in which the scenario failed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from math import ceil
from textwrap import wrap
from typing import Any

from botocore.exceptions import ClientError

from harness.deadline import AwaitedAnswerError, DeadlineError
from harness.reproduction.trace import Call
from harness.reproduction.values import InexpressibleError, Values, located, missing_from
from harness.results.document import Exchange
from harness.scenarios.evidence import Grade
from harness.scenarios.missing import HTTP_API
from harness.scenarios.sentences import Compared, UnexpectedAnswerError

MOST_LINES, WIDTH = 40, 140
LONGEST_SLEEP = 30
LONGEST_ROUND = 5
"""Calls that are repeated together until an answer is as wanted."""
_OPERATORS = {
    "==": "", "is": "", "!=": "another value than ", "is not": "another value than ", "<": "less than ", "<=": "at most ",
    ">": "more than ", ">=": "at least ", "in": "with ", "not in": "without ",
}  # fmt: skip
"""What a comparison says of the value that it expects, by its operator."""
_READS = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Receive", "Scan")
"""How operations begin that are asked again until an answer is as wanted."""
_HEAD = '''"""{told}
{link}
Wants AWS_ENDPOINT_URL and credentials in the environment. Exit status: 1 it shows, 0 it does not, 2 it could not be asked.
"""
import boto3, os, sys, time, uuid

'''
_ASK = """
def ask(call, **parameters):
    try:
        return call(**parameters)
    except Exception as error:  # of any kind: what is no answer of the service has no response
        return getattr(error, "response", {})

status = 2
try:"""
_END = """    print(f"came: {{came}}\\n{expects}: {words}{{expected}}")
    status = int(differs)
except Exception as error:  # of any kind: exit status 2 says that it could not be asked
    print("could not be asked:", repr(error))"""
_WHERE = """where = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"], "region_name": os.environ.get("AWS_REGION", "us-east-1")}"""


@dataclass(frozen=True)
class Failure:
    """A scenario that failed: what was raised, the last comparison, the exchange that decided, and what a reader is told."""

    id: str
    link: str
    grade: Grade
    sentence: str
    error: BaseException
    compared: Compared | None
    decided: Exchange | None

    @property
    def last_compared(self) -> Compared | None:
        """Return the comparison that did not hold: of an answer that was awaited, with the last one."""
        if isinstance(self.error, AwaitedAnswerError):
            return Compared("==", self.error.last, self.error.expected)
        return self.compared


def script_of(failure: Failure, calls: Sequence[Call]) -> str:
    """Return the script. Raises InexpressibleError where the calls cannot be made by one of 40 lines."""
    _require_plain(calls, failure)
    before, repeated, seconds = _rounds([call for call in calls if not call.clean_up], failure.error)
    first, values = _folded(before), Values()
    steps = [*first, *((call, 0) for call in repeated)]
    by_step = [_call_lines(number, step, failure, steps, values) for number, step in enumerate(steps, 1)]
    body, again = ([line for step in part for line in step] for part in (by_step[: len(first)], by_step[len(first) :]))
    compared = _comparison(failure, steps, values)
    body += _until([*again, *compared], seconds) if repeated else compared
    cleaning = [f"    lambda: {_asked(call, values)}," for call in calls if call.clean_up]
    lines = [
        *_beginning(failure, calls, values),
        *(f"    {line}" for line in body),
        *_end(cleaning, failure.grade, _words(failure)),
    ]
    if len(lines) > MOST_LINES:
        raise InexpressibleError(f"the script would have {len(lines)} lines")
    return "\n".join(lines) + "\n"


def _call_lines(
    number: int, step: tuple[Call, int], failure: Failure, steps: Sequence[tuple[Call, int]], values: Values
) -> list[str]:
    call, pause = step
    asked = f"a{number} = {_asked(call, values, call.is_refused or call is _decided(failure, steps))}"
    values.answered(f"a{number}", call.answer or {})
    return [f"time.sleep({pause})", asked] if pause else [asked]  # as long as the scenario waited for its target


def _until(lines: Sequence[str], seconds: int) -> list[str]:
    """Return the lines in a loop that ends when they find no difference, or at the deadline."""
    return [
        f"deadline = time.monotonic() + {seconds}",
        "differs = True",
        "while differs and time.monotonic() < deadline:",
        "    time.sleep(0.5)",  # between questions, until the deadline
        *(f"    {line}" for line in lines),
    ]


def _asked(call: Call, values: Values, may_be_refused: bool = False) -> str:
    name, arguments = f"{_name(call.service)}.{call.method}", values.asked(call.parameters)
    return f"ask({', '.join(filter(None, (name, arguments)))})" if may_be_refused else f"{name}({arguments})"


def _name(service: str) -> str:
    """Return the variable that holds the client of a service."""
    return f"{service}_" if iskeyword(service) else service


def _require_plain(calls: Sequence[Call], failure: Failure) -> None:
    if not calls:
        raise InexpressibleError("it asks nothing through boto3")
    if failure.decided and failure.decided.service == HTTP_API:
        raise InexpressibleError("a deployed API decides, which is asked over plain HTTP")
    if len({call.thread for call in calls}) > 1:
        raise InexpressibleError("it asks from several threads at once")
    if len({call.principal for call in calls if call.principal}) > 1:
        raise InexpressibleError("it asks as several principals")


def _rounds(calls: Sequence[Call], error: BaseException) -> tuple[Sequence[Call], Sequence[Call], int]:
    """Return the calls before an answer was awaited, those that were repeated until the deadline, and the seconds between the two.

    None were repeated unless `error` says that an answer was awaited.
    """
    if not isinstance(error, AwaitedAnswerError):
        return calls, (), 0
    for length in range(1, LONGEST_ROUND + 1):
        start = len(calls) - length
        while start >= length and all(
            calls[start - length + place].asks_the_same(calls[start + place]) for place in range(length)
        ):
            start -= length
        if start < len(calls) - length:
            waited = ceil(calls[-1].began - calls[start].began)
            return calls[:start], calls[-length:], max(1, min(LONGEST_SLEEP, waited))
    raise InexpressibleError("no call is repeated until its answer is as wanted")


def _folded(calls: Sequence[Call]) -> list[tuple[Call, int]]:
    """Return each call with the seconds to sleep before it; of one that is repeated unchanged, the last."""
    steps: list[tuple[Call, int]] = []
    began = 0.0
    for call in calls:
        again = bool(steps) and steps[-1][0].asks_the_same(call)
        if again and (steps[-1][0].is_refused or call.operation.startswith(_READS)):
            steps[-1] = call, min(LONGEST_SLEEP, ceil(call.began - began))
        else:
            steps.append((call, 0))
            began = call.began
    return steps


def _decided(failure: Failure, steps: Sequence[tuple[Call, int]]) -> Call:
    """Return the call of the exchange that decided."""
    for call, _ in reversed(steps):
        if failure.decided and (call.service, call.operation) == (failure.decided.service, failure.decided.operation):
            return call
    return steps[-1][0]


def _comparison(failure: Failure, steps: Sequence[tuple[Call, int]], values: Values) -> list[str]:
    """Return the lines that set `came`, `expected` and whether they differ."""
    error, compared = failure.error, failure.last_compared
    variable = next(f"a{number}" for number, (call, _) in enumerate(steps, 1) if call is _decided(failure, steps))
    if isinstance(error, UnexpectedAnswerError):
        return _refusal(variable, error.codes, error.status)
    if compared and compared.is_of_refusals and compared.right:
        return _refusal(variable, (compared.right[0],), compared.right[1])
    if isinstance(error, ClientError) or (compared and compared.is_of_refusals):
        return [f'came, expected = {variable}.get("Error", "no error"), "no error"', "differs = came != expected"]
    if isinstance(error, KeyError) and isinstance(error.args[0], str):
        return _field(variable, error.args[0], _decided(failure, steps))
    if (
        (isinstance(error, DeadlineError) and not isinstance(error, AwaitedAnswerError))
        or not compared
        or compared.op not in _OPERATORS
    ):
        raise InexpressibleError("no single answer shows what it waits for or compares")
    return _values(compared, steps, values)


def _words(failure: Failure) -> str:
    compared = failure.last_compared if isinstance(failure.error, AssertionError) else None
    if compared and compared.op == "in" and isinstance(compared.right, tuple | set):
        return "one of "
    return _OPERATORS.get(compared.op, "") if compared else ""


def _refusal(variable: str, codes: Sequence[str], status: int | None) -> list[str]:
    return [
        f'came = {variable}.get("Error", {{}}).get("Code"), {variable}["ResponseMetadata"]["HTTPStatusCode"]',
        f"expected = {' or '.join(codes)!r}, {status or 'came[1]'}",
        f"differs = came[0] not in {list(codes)!r} or came[1] != expected[1]",
    ]


def _field(variable: str, name: str, call: Call) -> list[str]:
    if any(sign in repr(call.answer) for sign in ('{"', '{\\"')):
        raise InexpressibleError("the field is within a document that an answer carries as text")
    return [f"came, expected = {variable}, {f'a field {name}'!r}", f"differs = repr({name!r}) not in repr(came)"]


def _values(compared: Compared, steps: Sequence[tuple[Call, int]], values: Values) -> list[str]:
    op, came, expected = compared.op, compared.left, compared.right
    while op == "==" and isinstance(came, tuple) and isinstance(expected, tuple) and len(came) == len(expected):
        came, expected = next(pair for pair in zip(came, expected, strict=True) if pair[0] != pair[1])
    if op == "==" and isinstance(came, Mapping) and isinstance(expected, Mapping):
        return _of_maps(came, expected, steps, values)
    if op in ("in", "not in") and not isinstance(expected, tuple | set):
        place = _place(expected, steps)
        return [f"came, expected = {place}, {values.python(came)}", f"differs = expected {_opposite(op)} came"]
    return [f"came, expected = {_place(came, steps)}, {values.python(expected)}", f"differs = not came {op} expected"]


def _of_maps(
    came: Mapping[str, Any], expected: Mapping[str, Any], steps: Sequence[tuple[Call, int]], values: Values
) -> list[str]:
    try:
        place, wanted = _place(dict(came), steps), expected
    except InexpressibleError:
        key = next(key for key in {**came, **expected} if came.get(key) != expected.get(key))
        wanted = expected.get(key)  # type: ignore[assignment]  # one value of the map stands for it
        places = (missing_from(came, key, f"a{number}", call.answer or {}) for number, call in _newest_first(steps))
        place = _place(came[key], steps) if came.get(key) is not None else next(filter(None, places), "")
        if not place:
            raise
    return [f"came, expected = {place}, {values.python(wanted)}", "differs = came != expected"]


def _place(value: Any, steps: Sequence[tuple[Call, int]]) -> str:
    for number, call in _newest_first(steps):
        if value is not None and (place := located(value, f"a{number}", call.answer or {})):
            return place
    raise InexpressibleError("what it compares is no part of one answer")


def _newest_first(steps: Sequence[tuple[Call, int]]) -> Iterator[tuple[int, Call]]:
    return reversed([(number, call) for number, (call, _) in enumerate(steps, 1)])


def _opposite(op: str) -> str:
    return {"in": "not in", "not in": "in"}[op]


def _beginning(failure: Failure, calls: Sequence[Call], values: Values) -> Iterator[str]:
    told = wrap(f"{failure.id}: {failure.sentence}".replace("\\", "\\\\").replace('"""', "'''"), WIDTH)
    yield from _HEAD.format(told="\n".join(told), link=failure.link).splitlines()
    yield _WHERE
    for service in dict.fromkeys(call.service for call in calls):
        yield f'{_name(service)} = boto3.client("{service}", **where)'
    if values.names:
        yield f"{', '.join(values.names.values())} = {', '.join(['uuid.uuid4().hex[:10]'] * len(values.names))}"
    yield from _ASK.splitlines()


def _end(cleaning: Sequence[str], grade: Grade, words: str) -> Iterator[str]:
    yield from _END.format(expects=grade.expects.removesuffix(":"), words=words).splitlines()
    if cleaning:
        yield from ("for clean_up in (", *cleaning, "):", "    ask(clean_up)")
    yield "sys.exit(status)"
