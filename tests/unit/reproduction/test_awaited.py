"""Scripts of answers that were awaited ask again until a deadline."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from harness.deadline import AwaitedAnswerError
from harness.reproduction.script import MOST_LINES, Failure, script_of
from harness.reproduction.trace import Call
from harness.reproduction.values import InexpressibleError
from harness.results.document import Exchange
from harness.scenarios.evidence import Grade

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
RIGHT_AT = 3
"""The request for attributes that is answered as expected by a server that is late."""


@contextmanager
def server(delay: Callable[[int], str]) -> Iterator[str]:
    """A server of queues whose attribute DelaySeconds is `delay(n)` when it is asked for the n-th time."""
    asked = []

    class Queues(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            answer: dict[str, object] = {"QueueUrls": []}
            if self.headers["X-Amz-Target"].endswith("GetQueueAttributes"):
                asked.append(1)
                answer = {"Attributes": {"DelaySeconds": delay(len(asked))}}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    found = ThreadingHTTPServer(("127.0.0.1", 0), Queues)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    found.server_close()


def call(operation: str, began: float, answer: dict[str, object], **parameters: str) -> Call:
    return Call("sqs", operation, parameters, False, began, 1, answer)


def rounds(*operations: str) -> list[Call]:
    """The queue is made, and then asked three times, a second each, by all of the operations."""
    attributes = {"Attributes": {"DelaySeconds": "12"}}
    answers = {"GetQueueAttributes": attributes, "ListQueues": {"QueueUrls": []}}
    again = [
        call(name, second, answers[name], **({"QueueUrl": "q"} if name == "GetQueueAttributes" else {}))
        for second in range(1, 4)
        for name in operations
    ]
    return [call("CreateQueue", 0, {"QueueUrl": "q-1"}, QueueName="q"), *again]


def script(calls: list[Call], decided: Exchange | None = None) -> str:
    error = AwaitedAnswerError("expected 34: not so after 2 s", "12", "34")
    return script_of(Failure("sqs.a.b", "https://a", Grade.DOCUMENTED, "it is late", error, None, decided), calls)


@pytest.mark.parametrize("operations", [("GetQueueAttributes",), ("GetQueueAttributes", "ListQueues")])
@pytest.mark.parametrize(
    ("delay", "status", "came"),
    [(lambda _: "12", 1, "12"), (lambda number: "34" if number >= RIGHT_AT else "12", 0, "34")],
    ids=["never", "later"],
)
def test_a_script_asks_again_until_the_answer_is_as_expected_or_the_deadline_is_over(
    operations: tuple[str, ...], delay: Callable[[int], str], status: int, came: str
) -> None:
    text = script(rounds(*operations))
    assert len(text.splitlines()) <= MOST_LINES
    with server(delay) as address:
        environment = {**KEYS, "AWS_ENDPOINT_URL": address, "PATH": os.environ["PATH"]}
        ended = subprocess.run(
            [sys.executable, "-c", text], env=environment, capture_output=True, text=True, check=False, timeout=60
        )
    assert (ended.returncode, ended.stdout, ended.stderr) == (status, f"came: {came}\nAWS documents: 34\n", "")


def test_there_is_no_script_where_no_call_is_repeated_or_an_api_decides() -> None:
    with pytest.raises(InexpressibleError, match="no call is repeated"):
        script(rounds("GetQueueAttributes")[:2])
    invoked = Exchange("execute-api", "Invoke", "GET", "http://a/", {}, "", 200, {}, "12", "0.1")
    with pytest.raises(InexpressibleError, match="a deployed API decides"):
        script(rounds("GetQueueAttributes"), invoked)
