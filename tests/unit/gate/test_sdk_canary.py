"""The canary that asks for the SDK in functions: what it says of a target, and that it holds up nobody."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

import pytest

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.embedded import processes
from harness.gate import canaries, sdk_canary
from harness.gate.sdk_canary import ask_for_sdk
from harness.results.document import Outcome
from harness.targets.registry import named
from tests.unit.gate.making import KEYS

NAME = "a function that imports boto3 runs"
ANSWERS = """
import http.server, sys, threading
answer, error = sys.argv[2:]
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, body, **headers):
        self.send_response(200)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/":
            self.answer(b"<R><CreateRoleResult><Role><Arn>arn:aws:iam::1:role/r</Arn></Role></CreateRoleResult></R>")
        elif not self.path.endswith("/invocations"):
            self.answer(b"{}")
        elif answer == "silent":
            threading.Event().wait()
        else:
            self.answer(answer.encode(), **({"X_Amz_Function_Error": error} if error else {}))
    def do_GET(self): self.answer(b"{}")
    do_DELETE = do_GET
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@contextmanager
def emulator(answer: str, error: str) -> Iterator[AwsClients]:
    """Clients of a target whose functions give this answer."""
    port = processes.free_port()
    process = subprocess.Popen([sys.executable, "-c", ANSWERS, str(port), answer, error])
    wait_for("the small target", lambda: processes.answers(port), bool)
    try:
        yield AwsClients("custom", {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
    finally:
        process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def functions_run(monkeypatch: pytest.MonkeyPatch) -> None:
    target = named("custom")
    monkeypatch.setattr(sdk_canary, "choose", lambda _: target)
    monkeypatch.setattr(sdk_canary, "running", lambda found: replace(found, runs={**found.runs, "lambda": "process"}))


@pytest.mark.parametrize(
    ("answer", "error", "outcome", "said"),
    [
        ('"1.40.0"', "", Outcome.PASS, ""),
        (
            json.dumps({"errorMessage": "Unable to import module 'handler': No module named 'boto3'"}), "Unhandled",
            Outcome.UNSUPPORTED, "the emulator's environment for functions lacks boto3, which AWS's runtime brings",
        ),
        (json.dumps({"errorMessage": "No module named 'urllib3'"}), "Unhandled", Outcome.UNSUPPORTED, "functions lacks urllib3,"),
        ("it broke", "Unhandled", Outcome.UNSUPPORTED, "the function failed: it broke"),
    ],
    ids=["there", "no SDK", "half an SDK", "another error"],
)  # fmt: skip
def test_what_functions_lack_is_named(answer: str, error: str, outcome: Outcome, said: str) -> None:
    with emulator(answer, error) as clients:
        found = ask_for_sdk(clients)
    assert found[0] is outcome
    assert said in found[1]


def test_an_answer_that_does_not_come_is_indeterminate_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_canary, "_ONCE", sdk_canary._ONCE.merge(type(sdk_canary._ONCE)(read_timeout=1)))
    with emulator("silent", "") as clients:
        began = monotonic()
        found = canaries._asked(NAME, ask_for_sdk, clients)
    assert found.outcome is Outcome.INDETERMINATE
    assert "Read timeout" in found.detail
    assert monotonic() - began < 10


def test_where_no_function_runs_none_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_canary, "running", lambda found: replace(found, runs={**found.runs, "lambda": "record"}))
    clients = AwsClients("custom", {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    assert ask_for_sdk(clients) == (Outcome.UNSUPPORTED, "custom runs no Lambda functions")


def test_it_is_asked_before_anything_is_judged() -> None:
    assert canaries.CANARIES[NAME] is ask_for_sdk
