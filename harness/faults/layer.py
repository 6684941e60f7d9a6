"""The harness's side of the fault layer: planting, clearing, counting."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.failure import HarnessError
from harness.faults.rules import Rule

ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class FaultLayer:
    """The harness's side: the control port of a proxy that runs. Every call raises HarnessError when it does not answer."""

    port: int
    token: str = field(repr=False)

    def plant(self, rules: Iterable[Rule]) -> None:
        """Adds rules."""
        self._ask("POST", "/rules", [rule.as_json() for rule in rules])

    def clear(self, ids: Sequence[str] | None = None) -> None:
        """Take out the rules of these ids, or all."""
        self._ask("DELETE", "/rules", ids)

    def counters(self) -> Mapping[str, Mapping[str, int]]:
        """`matched` and `fired` by rule id."""
        return dict(self._ask("GET", "/rules"))

    def calls(self) -> Mapping[str, Mapping[str, Mapping[str, int]]]:
        """Return how often each rule was for a call, by rule id, `service:Operation` and resource (`resource_of`)."""
        return dict(self._ask("GET", "/calls"))

    def tell_key(
        self, access_key_id: str, secret_access_key: str, owner: str, session_token: str | None = None
    ) -> None:
        """Tell a key that was handed out past the proxy, so that it can sign again by it."""
        self._ask(
            "POST", "/keys",
            {"access_key_id": access_key_id, "secret_access_key": secret_access_key, "owner": owner, "session_token": session_token},
        )  # fmt: skip

    def _ask(self, method: str, path: str, content: Any = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise HarnessError(f"the fault layer refused: {json.load(refused)['error']}") from refused
        except (OSError, ValueError) as error:
            raise HarnessError(f"the fault layer does not answer at its control port {self.port}: {error}") from error
