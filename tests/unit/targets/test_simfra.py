"""Our side of Simfra, against a fake of its front made from its published pages: Simfra itself cannot be had here."""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.deadline import wait_for
from harness.deployment.access import aws_environment, database_environment
from harness.deployment.infrastructure import variables
from harness.embedded.processes import answers, free_port
from harness.embedded.run_folder import CHECKOUT
from harness.environment import client
from harness.failure import HarnessError
from harness.targets.identity import identity, is_ready, running
from harness.targets.registry import choose
from harness.targets.starting import bring_up, take_down
from harness.targets.target import Target

FRONT = '''import base64, http.server, json, socket, sys

ROOT = "AKIAIOSFODNN7EXAMPLE"
FORWARDED = []
SECRET = json.dumps({"username": "engine", "password": "secret"})
asked = {"health": 0}

class Front(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path != "/_simfra/health":
            return self.answer(403, b"Missing Authentication Token")
        asked["health"] += 1
        ready = asked["health"] > 3
        state = {"status": "ready", "services": {}, "dockerEnabled": True, "persistenceEnabled": True}
        self.answer(200 if ready else 503, json.dumps(state if ready else {"status": "bootstrapping"}).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/_simfra/port-forwards":
            return self.forward(json.loads(body))
        if f"Credential={ROOT}/" not in self.headers.get("Authorization", ""):
            return self.answer(403, b"{}")
        if body.startswith("Action=DescribeDBInstances"):
            return self.answer(200, INSTANCES)
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.answer(200, json.dumps(OPERATIONS[operation]).encode())

    def forward(self, wanted):
        if wanted["targetArn"] != "arn:aws:rds:us-east-1:000000000000:db:servicing" or wanted["targetPort"] == 1:
            return self.answer(404, b"no such resource")
        FORWARDED.append(socket.create_server(("127.0.0.1", 0)))  # each forward has a port of its own
        told = {"localPort": FORWARDED[-1].getsockname()[1]} if wanted["targetPort"] == 5432 else {"state": "forwarded"}
        self.answer(201, json.dumps({**told, **wanted}).encode())

    def log_message(self, *_):
        pass

INSTANCES = b"""<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances><DBInstance>
<DBInstanceArn>arn:aws:rds:us-east-1:000000000000:db:servicing</DBInstanceArn>
<Endpoint><Address>servicing.rds.simfra.dev</Address><Port>5432</Port></Endpoint>
</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>"""
TOKEN = {"authorizationToken": base64.b64encode(b"AWS:password").decode()}
OPERATIONS = {"GetSecretValue": {"SecretString": SECRET}, "GetAuthorizationToken": {"authorizationData": [TOKEN]}}
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Front).serve_forever()
'''
DOCKER = """#!/bin/sh
echo "$@" >> "{folder}/asked"
case "$1 $2" in
"run "*) exec {python} {folder}/front.py {port} ;;
"ps "*) echo "$@" | grep -q publish={port} && echo 0123456789ab ;;
"inspect "*) echo sha256:1111 ;;
"image inspect") echo "registry.example/simfra@sha256:2222 sha256:1111" ;;
esac
"""
ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:database"
OUTPUTS = {
    "database_secret_arn": ARN, "database_address": "servicing.rds.simfra.dev", "database_port": 5432, "database_name": "servicing",
}  # fmt: skip


@pytest.fixture
def simfra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """The registry's entry at a free port. A program stands for Docker: it notes what it is asked, and runs the fake."""
    port = free_port()
    for name in ("EMULATOR_CREDENTIALS", "EMULATOR_COMMAND", "AWS_REGION", "AWS_DEFAULT_REGION", "ENGINE_IMAGE"):
        monkeypatch.delenv(name, raising=False)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(folder=tmp_path, python=sys.executable, port=port))
    docker.chmod(0o755)
    (tmp_path / "front.py").write_text(FRONT)
    monkeypatch.setenv("PATH", f"{docker.parent}:/usr/bin:/bin")
    monkeypatch.setenv("RUN_FOLDER", str(tmp_path / "run"))
    monkeypatch.setenv("EMULATOR_IMAGE", "registry.example/simfra")
    monkeypatch.setenv("ENDPOINT", f"http://127.0.0.1:{port}")
    target = choose("simfra")
    yield target
    take_down(target)


def test_its_image_is_run_as_its_pages_say_and_is_up_when_its_health_is(simfra: Target, tmp_path: Path) -> None:
    """The fake answers 503 to its first three questions."""
    assert bring_up(simfra).started
    run = next(line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("run "))
    port = str(simfra.endpoint).rpartition(":")[2]
    for words in (
        "--env SIMFRA_DOCKER=true", "--env SIMFRA_BOOTSTRAP=standard", "--env SIMFRA_DATA_DIR=/data", f"--publish 127.0.0.1:{port}:4599",
    ):  # fmt: skip
        assert words in run
    assert run.endswith(" registry.example/simfra")


def test_its_version_is_the_digest_of_its_image_and_its_root_pair_is_used(simfra: Target) -> None:
    bring_up(simfra)
    environment = aws_environment(simfra)
    assert identity(simfra, environment) == ("Simfra", "sha256:2222")
    assert environment["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7EXAMPLE"
    [login] = client("ecr", environment).get_authorization_token()["authorizationData"]
    assert base64.b64decode(login["authorizationToken"]) == b"AWS:password"
    port = str(simfra.endpoint).rpartition(":")[2]
    registry = simfra.filled(simfra.image_registry or "", "eu-west-1")
    assert registry == f"000000000000.dkr.ecr.eu-west-1.localhost:{port}"
    assert variables(simfra, "eu-west-1", ["rds", "ecs"], None) == {
        "engine_image": None,
        "package_directory": str(CHECKOUT / "build"),
        "absent_services": ["ecs", "rds"],
        "api_base_url_template": f"http://%s.execute-api.eu-west-1.localhost:{port}/%s",
    }


def test_one_that_others_started_is_recognised_while_it_starts_and_waited_for(
    simfra: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = str(simfra.endpoint).rpartition(":")[2]
    front = subprocess.Popen([sys.executable, tmp_path / "front.py", port])
    try:
        wait_for("the fake listens", lambda: answers(int(port)), bool)
        custom = choose("custom")
        found = running(custom)
        assert (found.name, found.entry, found.root_keys) == ("custom", "simfra", simfra.root_keys)
        assert found.database_access == "forward"
        assert not is_ready(found, str(simfra.endpoint))
        assert not bring_up(custom).ours
        assert is_ready(found, str(simfra.endpoint))
    finally:
        front.terminate()
        front.wait(10)


def test_its_private_database_is_reached_by_one_port_forward(simfra: Target, tmp_path: Path) -> None:
    bring_up(simfra)
    environment = aws_environment(simfra)
    found = database_environment(simfra, OUTPUTS, environment)
    assert (found["PGHOST"], found["PGDATABASE"], found["PGUSER"]) == ("127.0.0.1", "servicing", "engine")
    assert answers(int(found["PGPORT"]))
    assert database_environment(simfra, OUTPUTS, environment) == found
    forward = tmp_path / "run" / "port-forward.json"
    assert json.loads(forward.read_text())["forwarded"] == int(found["PGPORT"])
    take_down(simfra)
    assert not forward.exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (
            {"database_port": 1},
            "port-forwards for arn:aws:rds:us-east-1:000000000000:db:servicing answers 404: no such resource",
        ),
        ({"database_port": 2}, 'tells no port (localPort, hostPort, port): {"state": "forwarded"'),
        ({"database_address": "gone.example"}, "RDS tells no instance at gone.example: type `make apply`"),
    ],
)
def test_a_forward_that_is_not_to_be_had_says_why(simfra: Target, changed: dict[str, object], told: str) -> None:
    bring_up(simfra)
    with pytest.raises(HarnessError, match=re.escape(told)):
        database_environment(simfra, OUTPUTS | changed, aws_environment(simfra))
