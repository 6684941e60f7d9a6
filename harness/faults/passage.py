"""A request's way through the fault layer: rules before the emulator, the emulator, rules after it."""

import re
import time
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from harness.faults.callers import Caller
from harness.faults.edits import Batch, edit_answer, edit_request
from harness.faults.error_answers import made_answer
from harness.faults.listener import HungError
from harness.faults.messages import Answer, Request
from harness.faults.operations import Call, call_of, request_for
from harness.faults.planted import Planted, PlantedRule
from harness.faults.refusals import refuse_one
from harness.faults.signing import Keyring, as_root
from harness.faults.upstream import Upstream

REFUSED = 300
DISTURBANCES = ("delay", "hang", "kill")
DENIED = (401, 403)
DENIED_CODES = (
    b"AccessDenied",
    b"SignatureDoesNotMatch",
    b"UnrecognizedClient",
    b"InvalidClientTokenId",
    b"MissingAuthenticationToken",
    b"IncompleteSignature",
    b"ExpiredToken",
    b"not authorized",
)


@dataclass
class Passage:
    """Takes requests to `upstream`, changed by what is planted."""

    upstream: Upstream
    planted: Planted
    keyring: Keyring
    caller: Caller

    def answer(self, request: Request) -> Answer:
        """The answer for the client. Raises HungError where none may come, OSError or HTTPException where the emulator gave none."""
        if not self.planted.rules:
            return self._send(request)
        return _Journey(self, request, call_of(request)).travel()

    def _send(self, request: Request) -> Answer:
        answer = self.upstream.ask(request)
        self.keyring.learn(answer)
        return answer


@dataclass
class _Journey:
    """One request's."""

    passage: Passage
    request: Request
    call: Call
    batches: list[Batch] = field(default_factory=list)
    times: int = 1
    changed: bool = False

    def travel(self) -> Answer:
        original, owner = copy(self.request), self.passage.keyring.owner(self.call.access_key)
        planted = self.passage.planted.rules
        rules = [one for one in planted if one.is_for(self.call, self.request, owner, self.passage.caller)]
        for one in rules:
            if not one.rule.after_the_answer and one.takes(self.call, original):
                made = self._before(one, original)
                if made:
                    return made
        answer = self._forward(original)
        for one in planted if answer.status < REFUSED else ():
            one.was_done(self.call, original)
        for one in rules:
            if one.rule.after_the_answer and one.rule.is_for_answer(answer) and one.takes(self.call, original):
                answer = self._after(one, original, answer)
        return answer

    def _forward(self, original: Request) -> Answer:
        sent = self.request
        if self.changed:
            sent = self.passage.keyring.sign_again(self.request, original, self.call.access_key)
        if not self.call.reads:
            self.passage.planted.past.wrote(self.call.service)
        answer = self.passage._send(sent)
        for _ in range(self.times - 1):
            self.passage._send(sent)
        for batch in self.batches:
            batch.mend(answer)
        return answer

    def _before(self, one: PlantedRule, original: Request) -> Answer | None:
        """Does what comes before the emulator; an answer ends the journey."""
        change, kind = one.rule.change, one.rule.kind
        if kind in ("answer", "ignore"):
            made = made_answer(self.call, change, original)
            return made if one.fired(made is not None) else None
        if kind in DISTURBANCES:
            self._disturb(one)
        elif kind == "twice":
            one.fired()
            self.times += 1
        elif self.passage.keyring.can_sign(original, self.call.access_key):
            self._edit(one)
        return None

    def _disturb(self, one: PlantedRule) -> None:
        """Answer late, not at all, or end who asks. Raises HungError where no answer comes."""
        change, kind = one.rule.change, one.rule.kind
        if kind == "kill":
            if not one.fired(self.passage.caller.kill()):
                return
            raise HungError
        one.fired()
        time.sleep(float(change["seconds"]))  # the planted defect
        if kind == "hang":
            raise HungError

    def _edit(self, one: PlantedRule) -> None:
        change = one.rule.change
        batch = Batch.of(self.request.body, self.request.header("content-type"), change) if "list" in change else None
        if one.fired(edit_request(self.request, change)):
            self.changed = True
            if batch:
                self.batches.append(batch)

    def _after(self, one: PlantedRule, original: Request, answer: Answer) -> Answer:
        kind = one.rule.kind
        if kind == "allow":
            return self._allow(one, original, answer)
        if kind == "also":
            self._also(one, original, answer)
            return answer
        if kind == "answer":
            made = made_answer(self.call, one.rule.change, original)
            return made if made and one.fired() else answer
        if kind == "stale":
            question = (
                original.method,
                original.target,
                original.body.decode("latin-1"),
                original.header("x-amz-target"),
            )
            stale = self.passage.planted.past.stale(self.call.service, question, answer)
            return stale if stale and one.fired(stale.body != answer.body or stale.status != answer.status) else answer
        if kind in DISTURBANCES:
            self._disturb(one)
        elif kind == "refuse":
            one.fired(refuse_one(self.call.name, original, answer))
        else:
            one.fired(edit_answer(answer, one.rule.change))
        return answer

    def _also(self, one: PlantedRule, original: Request, answer: Answer) -> None:
        """After a success, a request for another operation, as root: what the emulator should not have done besides."""
        change = one.rule.change
        found = re.search(change["pattern"], original.text, re.S)
        if found is None or answer.status >= REFUSED:
            return
        parameters = _expanded(change["parameters"], found)
        made = request_for(self.call, change["operation"], parameters, original.header("host"))
        done = self.passage._send(as_root(made, self.call.service))
        one.fired(done.status < REFUSED)

    def _allow(self, one: PlantedRule, original: Request, answer: Answer) -> Answer:
        """A denied request once more, as one whom nothing is denied."""
        if not _denied(answer):
            return answer
        allowed = self.passage._send(as_root(original, self.call.service))
        return allowed if one.fired(not _denied(allowed)) else answer


def _expanded(value: Any, found: re.Match[str]) -> Any:
    """Return a parameter in which texts have what was found for \\1, \\2 …"""
    if isinstance(value, str):
        return found.expand(value)
    if isinstance(value, dict):
        return {name: _expanded(one, found) for name, one in value.items()}
    return [_expanded(one, found) for one in value] if isinstance(value, list) else value


def _denied(answer: Answer) -> bool:
    return answer.status in DENIED or (answer.status == 400 and any(code in answer.body for code in DENIED_CODES))
