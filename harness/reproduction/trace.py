"""The calls of a scenario as boto3 made them: parameters, and what came, parsed."""

import copy
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from botocore import xform_name

from harness.scenarios.exchanges import LAST_EXCHANGES, cleans_up

_KEY = re.compile(r"Credential=([^/]+)/")


@dataclass
class Call:
    """One call. `answer`: parsed, None where none came; `principal`: the access key that signed it; `began`: on the monotonic clock."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
    clean_up: bool
    began: float
    thread: int
    answer: Mapping[str, Any] | None = None
    principal: str = ""

    @property
    def method(self) -> str:
        """Return the name of the client's method."""
        return str(xform_name(self.operation))

    @property
    def is_refused(self) -> bool:
        """Return True if the answer is an error."""
        return self.answer is None or "Error" in self.answer

    def asks_the_same(self, other: "Call") -> bool:
        """Return True if the other call differs in its answer only."""
        return (self.service, self.operation, self.parameters) == (other.service, other.operation, other.parameters)


@dataclass
class Trace:
    """The calls since it began, in their order."""

    calls: list[Call] = field(default_factory=list)
    _current: threading.local = field(default_factory=threading.local)

    def follow(self, events: Any, service: str) -> None:
        """Take what clients of a session, all of `service`, ask from now on."""

        def asked(params: Mapping[str, Any], model: Any, **_: object) -> None:
            clean_up, thread = LAST_EXCHANGES.ending or cleans_up(), threading.get_ident()
            self._current.call = Call(service, model.name, _copied(params), clean_up, monotonic(), thread)
            self.calls.append(self._current.call)

        def sent(request: Any, **_: object) -> None:
            signed = str(request.headers.get("Authorization", ""))
            self._current.call.principal = match.group(1) if (match := _KEY.search(signed)) else ""

        def answered(parsed: Mapping[str, Any], **_: object) -> None:
            self._current.call.answer = _copied(parsed)

        events.register("provide-client-params", asked)
        events.register("before-send", sent)
        events.register("after-call", answered)


def _copied(value: Any) -> Any:
    """Return a copy without what cannot be copied, as the body of an object."""
    if isinstance(value, Mapping):
        return {key: _copied(item) for key, item in value.items() if not hasattr(item, "read")}
    return [_copied(item) for item in value] if isinstance(value, list) else copy.copy(value)
