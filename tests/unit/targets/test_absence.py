"""What a target has not: declared, found by asking, or without Docker."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from harness.targets.absence import absent_services, cannot_run
from harness.targets.docker import docker_answers, docker_sockets
from harness.targets.registry import load
from harness.targets.target import OPTIONAL_SERVICES, Target

JSON = {"Content-Type": "application/json"}
THERE = (200, {}, b"{}")
UNKNOWN = (501, JSON, json.dumps({"__type": "NotImplemented"}).encode())
ANSWERS: Mapping[str, tuple[int, Mapping[str, str], bytes]] = {
    "rds": (200, {}, b"<DescribeDBInstancesResponse/>"),
    "ec2": (403, {}, b"<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>"),
    "codecommit": (400, JSON, b'{"error": "Unsupported service: codecommit"}'),
    "appconfig": UNKNOWN,
    "ecr": (500, JSON, b"{}"),
}


class _Emulator(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        """Answers by the service in the signature's scope, in which CloudWatch has another name; one that is called `codebuild` hangs up."""
        service = self.headers["Authorization"].split("/")[3].replace("monitoring", "cloudwatch")
        self.asked.append(service)
        if service == "codebuild":
            return
        status, headers, body = ANSWERS.get(service, THERE)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def emulator() -> Iterator[tuple[dict[str, str], list[str]]]:
    """The variables of an emulator, and the services that it was asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Emulator,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    key = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    try:
        yield {**key, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}"}, asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")


def test_what_is_answered_as_unknown_is_absent_and_anything_else_is_there(small: Target) -> None:
    with emulator() as (environment, asked):
        found = absent_services(small, environment)
    assert set(asked) == set(OPTIONAL_SERVICES)
    assert found == {
        "codecommit": 'codecommit ListRepositories is answered 400: {"error": "Unsupported service: codecommit"}',
        "appconfig": 'appconfig ListApplications is answered 501: {"__type": "NotImplemented"}',
    }


def test_neither_what_is_declared_nor_what_a_companion_has_is_asked_for(small_with: Callable[..., Target]) -> None:
    target = small_with(lacks=["appconfig"], companion=["codecommit", "codedeploy"])
    with emulator() as (environment, asked):
        assert absent_services(target, environment) == {"appconfig": "small has no appconfig, says its entry small"}
    assert set(asked) == set(OPTIONAL_SERVICES) - {"appconfig", "codecommit", "codedeploy"}


def test_what_runs_as_containers_only_is_absent_without_docker_and_not_asked_for(
    small_with: Callable[..., Target], no_docker: None
) -> None:
    target = small_with(runs={"lambda": "container", "ecs": "container", "rds": "container-or-record"})
    with emulator() as (environment, asked):
        found = absent_services(target, environment)
    assert found["ecs"] == "small runs ECS tasks as containers, and no Docker answers here"
    assert "ecs" not in asked
    assert "rds" not in found  # its API keeps records


@pytest.mark.parametrize("name", ["embedded", "aws"])
def test_what_our_supervisor_starts_and_aws_are_not_asked(name: str) -> None:
    with emulator() as (environment, asked):
        assert absent_services(load()[name], environment) == {}
    assert asked == []


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("process", ""),
        ("managed", ""),
        ("unknown", ""),
        ("record", "small runs no ECS tasks and no RDS databases"),
        ("container", "small runs ECS tasks and RDS databases as containers, and no Docker answers here"),
        ("container-or-record", "small runs ECS tasks and RDS databases as containers, and no Docker answers here"),
    ],
)
def test_a_workload_that_cannot_run_says_why(way: str, reason: str, small: Target, no_docker: None) -> None:
    assert cannot_run(replace(small, runs={"lambda": "process", "ecs": way, "rds": way}), "ecs", "rds") == reason


def _dockerd(path: Path) -> None:
    """Answers one ping at a socket, as Docker and Podman do."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def answer() -> None:
        with server, server.accept()[0] as connection:
            assert connection.recv(1000).startswith(b"GET /_ping ")
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nOK")

    threading.Thread(target=answer, daemon=True).start()


def test_docker_is_found_at_docker_host_without_its_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    assert not docker_answers()
    _dockerd(tmp_path / "docker.sock")
    assert docker_answers()


def test_podmans_socket_of_the_user_counts_where_docker_host_names_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "podman").mkdir()
    _dockerd(tmp_path / "podman" / "podman.sock")
    assert tmp_path / "podman" / "podman.sock" in docker_sockets()
    assert docker_answers()
