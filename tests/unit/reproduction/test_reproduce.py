"""`reproduce` against a real Moto: scripts that show what the scenario found, by themselves."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harness.deadline import wait_for
from harness.embedded.processes import answers, free_port
from harness.embedded.run_folder import CHECKOUT

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The endpoint of a Moto of the module's own."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for("Moto", lambda: answers(port), bool, 60)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def reproduced(endpoint: str, scenario: str, suite: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "harness", "reproduce", scenario, "--target", "custom", "--endpoint", endpoint]
    return subprocess.run(
        [*command, "--suites", f"tests/{suite}"], cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=240
    )


def ran(script: str, endpoint: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The script, in an environment that knows nothing of the harness."""
    (folder / "script.py").write_text(script)
    environment = {**KEYS, "AWS_ENDPOINT_URL": endpoint, "PATH": os.environ["PATH"], "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("scenario", "suite", "came"),
    [
        ("events.pattern.wrong[no-list]", "conformance/test_events_patterns.py", r"came: \(None, 200\)\nAWS answers: \('Invalid"),
        ("kms.keys.defaults", "conformance/test_kms_keys.py", "came: None\nAWS answers: ENCRYPT_DECRYPT"),
        ("events.pattern.or", "conformance/test_events_patterns.py", "AWS answers: a field Result"),
        ("sqs.batch.partial-failure", "conformance/test_sqs_messages.py", r"came: \['bad', 'good'\]\nAWS \w+: \['good'\]"),
        ("kms.keys.pending-deletion", "conformance/test_kms_keys.py", r"came: \(None, 200\)\nAWS answers: \('KMSInvalid"),
    ],
    ids=["a refusal", "a value that is missing", "a field", "a field of each element", "an awaited refusal"],
)  # fmt: skip
def test_a_script_shows_the_divergence_without_the_harness(
    moto: str, tmp_path: Path, scenario: str, suite: str, came: str
) -> None:
    told = reproduced(moto, scenario, suite)
    assert (told.returncode, told.stderr) == (0, "")
    assert set(re.findall(r"^(?:import|from) (\w+)", told.stdout, re.MULTILINE)) <= {"boto3"}
    assert len(told.stdout.splitlines()) <= 40
    for _ in range(2):  # names are new each time
        shown = ran(told.stdout, moto, tmp_path)
        assert (shown.returncode, bool(re.search(came, shown.stdout)), shown.stderr) == (1, True, ""), shown.stdout


def test_a_script_ends_0_where_the_answer_is_right_and_2_where_there_is_none(moto: str, tmp_path: Path) -> None:
    class Right(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = b'{"__type": "InvalidEventPatternException"}'
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    script = reproduced(moto, "events.pattern.wrong[no-list]", "conformance/test_events_patterns.py").stdout
    server = ThreadingHTTPServer(("127.0.0.1", 0), Right)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    right = ran(script, f"http://127.0.0.1:{server.server_port}", tmp_path)
    server.shutdown()
    server.server_close()
    assert (right.returncode, right.stderr) == (0, "")
    silent = ran(script, f"http://127.0.0.1:{free_port()}", tmp_path)
    assert (silent.returncode, "could not be asked" in silent.stdout) == (2, True)


@pytest.mark.parametrize(
    ("scenario", "suite", "reason"),
    [
        ("kinesis.position-stream.active", "smoke", "it is a scenario of the deployed system"),
        ("kms.keys.deletion-cancelled", "conformance/test_kms_keys.py", "it passes here"),
        ("kms.keys.nowhere", "conformance/test_kms_keys.py", "there is no such scenario"),
    ],
    ids=["of the system", "passes", "unknown"],
)
def test_where_there_is_no_script_the_reason_and_the_gates_command_are_told(
    moto: str, scenario: str, suite: str, reason: str
) -> None:
    told = reproduced(moto, scenario, suite)
    assert (told.returncode, told.stderr) == (2, f"no script: {reason}\n")
    assert told.stdout == f"make gate TARGET=custom ENDPOINT={moto} ONLY={scenario}\n"
