"""A small emulator of ours as a program: answers its health address, and everything else with 404."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.embedded.processes import free_port
from harness.targets import registry
from harness.targets.registry import choose
from harness.targets.starting import take_down
from harness.targets.target import Target

PROGRAM = """import http.server, json, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        asked += 1
        known = self.path == "/_small/health" and asked > int(os.environ.get("NOT_READY", "0"))
        self.send_response(200 if known else 404)
        self.end_headers()
        self.wfile.write(json.dumps({"about": {"version": os.environ.get("VERSION")}}).encode() if known else b"no")

asked = 0
if sys.argv[1] == "fail":
    sys.exit("no licence")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def small_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Target]]:
    """Makes a target `small` with these traits in a registry of its own, on a free port and in a run folder of its own; down at the end."""
    for name in ("ENDPOINT", "EMULATOR_CREDENTIALS", "EMULATOR_IMAGE", "EMULATOR_COMMAND", "TARGET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path / "run"))
    (tmp_path / "program.py").write_text(PROGRAM)
    entry = {
        "endpoint": f"http://127.0.0.1:{free_port()}",
        "started_by": "command",
        "credentials": "test",
        "provider": "registry",
        "tls": "plain",
        "runs": {"lambda": "record", "ecs": "record", "rds": "record"},
        "start": {
            "program": "small-emulator-that-is-nowhere",
            "arguments": ["{port}"],
            "environment": {"VERSION": "1.2", "NOT_READY": "3"},
            "seconds": 20,
        },
        "identity": [{"name": "Small", "url": "/_small/health", "field": "about.version"}],
    }
    file = tmp_path / "targets.yaml"
    monkeypatch.setattr(registry.choose, "__defaults__", (file,))
    monkeypatch.setattr(registry.load, "__defaults__", (file,))
    made: list[Target] = []

    def make(**traits: Any) -> Target:
        file.write_text(yaml.safe_dump({"small": entry | traits}))
        made.append(choose("small"))
        return made[-1]

    yield make
    for target in made:
        take_down(target)


@pytest.fixture
def small(small_with: Callable[..., Target]) -> Target:
    """The small emulator without traits."""
    return small_with()
