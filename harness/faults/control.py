"""How rules are planted while the proxy runs: HTTP on loopback, with a token.

`POST /rules` a JSON list plants, `DELETE /rules` clears (with a JSON list of ids: these), `GET /rules` gives counters by rule id,
`GET /calls` the calls for which each rule was. `POST /keys` tells a key that was
handed out elsewhere.
"""

import hmac
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from harness.faults.callers import Caller
from harness.faults.messages import Answer, Request
from harness.faults.planted import Planted
from harness.faults.rules import Rule
from harness.faults.signing import Keyring


@dataclass(frozen=True)
class ControlPort:
    """The proxy's side."""

    token: str = field(repr=False)
    planted: Planted
    keyring: Keyring

    def answering(self, _port: int, _caller: Caller) -> AbstractContextManager[Callable[[Request], Answer]]:
        """Answer each request alike, whoever's connection it comes over."""
        return nullcontext(self._answer)

    def _answer(self, request: Request) -> Answer:
        status, content = self._judged(request)
        return Answer(status, [("Content-Type", "application/json")], json.dumps(content).encode())

    def _judged(self, request: Request) -> tuple[int, Any]:
        if not hmac.compare_digest(request.header("authorization"), f"Bearer {self.token}"):
            return 403, {"error": "the token is not that of the state file"}
        try:
            return self._act(request.method, request.path, request.body)
        except (ValueError, KeyError, TypeError) as error:
            return 400, {"error": str(error)}

    def _act(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if (method, path) == ("POST", "/rules"):
            self.planted.plant([Rule.from_json(rule) for rule in json.loads(body)])
        elif (method, path) == ("DELETE", "/rules"):
            self.planted.clear(json.loads(body) if body else None)
        elif (method, path) == ("POST", "/keys"):
            self.keyring.keep(**json.loads(body))
        elif (method, path) == ("GET", "/calls"):
            return 200, self.planted.calls()
        elif (method, path) != ("GET", "/rules"):
            return 404, {"error": f"there is no {method} {path}"}
        return 200, self.planted.counters()
