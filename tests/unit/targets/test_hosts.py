"""The host guard, on real sockets: what is refused never reaches the listener that waits for it."""

import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from botocore.config import Config

from harness.embedded.run_folder import CHECKOUT
from harness.failure import HarnessError
from harness.targets import hosts
from harness.targets.hosts import HostRefusedError, guard, hosts_of, refused_hosts, require_allowed, unguard
from harness.targets.registry import choose, load
from harness.targets.target import Target

TARGET = load()["ministack"]
NOT_OURS = "192.0.2.7"  # RFC 5737: of documentation, nobody's


@pytest.fixture(autouse=True)
def afterwards() -> Iterator[None]:
    yield
    unguard()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        yield server


def accepted(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except TimeoutError:
        return False
    return True


def test_a_connection_to_loopback_is_refused_before_it_is_made_where_the_target_is_elsewhere(
    listener: socket.socket,
) -> None:
    guard(TARGET, ["emulator.example"])
    with pytest.raises(HostRefusedError, match=r"target ministack: no connection to 127\.0\.0\.1"):
        socket.create_connection(listener.getsockname(), timeout=2)
    assert not accepted(listener)
    unguard()
    socket.create_connection(listener.getsockname(), timeout=2).close()
    assert accepted(listener)


def test_a_socket_that_connects_to_an_address_by_itself_is_refused_too(listener: socket.socket) -> None:
    guard(TARGET, ["emulator.example"])
    with socket.socket() as client, pytest.raises(HostRefusedError):
        client.connect(listener.getsockname())
    assert not accepted(listener)


def test_a_target_on_loopback_may_be_reached_on_all_of_loopback(listener: socket.socket) -> None:
    guard(TARGET, ["127.0.0.1"])
    socket.create_connection(("localhost", listener.getsockname()[1]), timeout=2).close()
    assert accepted(listener)


def test_the_error_names_host_target_and_remedy() -> None:
    guard(TARGET, ["127.0.0.1"])
    with pytest.raises(HostRefusedError) as refused:
        socket.create_connection((NOT_OURS, 443), timeout=2)
    assert str(refused.value) == (
        f"target ministack: no connection to {NOT_OURS}, which is not a host of it (127.0.0.1): give the client"
        " the target's endpoint, or name the host in its entry of targets.yaml (hosts)"
    )
    assert refused_hosts() == (NOT_OURS,)


def test_a_name_is_refused_before_it_is_resolved() -> None:
    guard(TARGET, ["127.0.0.1"])
    with pytest.raises(HostRefusedError):
        socket.getaddrinfo("s3.us-east-1.amazonaws.com", 443)
    with pytest.raises(HostRefusedError):
        socket.gethostbyname("s3.us-east-1.amazonaws.com")


def test_a_datagram_is_refused_too() -> None:
    guard(TARGET, ["127.0.0.1"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender, pytest.raises(HostRefusedError):
        sender.sendto(b"question", (NOT_OURS, 53))


def test_a_client_without_the_targets_endpoint_is_stopped_at_once_and_does_not_try_again() -> None:
    guard(TARGET, ["127.0.0.1"])
    client = boto3.Session("test", "test", region_name="us-east-1").client(
        "sqs", config=Config(retries={"total_max_attempts": 5}, connect_timeout=1)
    )
    with pytest.raises(HostRefusedError, match=r"sqs\.us-east-1\.amazonaws\.com"):
        client.list_queues()
    assert len(refused_hosts()) == 1


def test_it_holds_in_every_thread() -> None:
    guard(TARGET, ["127.0.0.1"])
    seen: list[BaseException] = []

    def connect() -> None:
        try:
            socket.create_connection((NOT_OURS, 443), timeout=2)
        except HostRefusedError as error:
            seen.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join(10)
    assert len(seen) == 1


def test_what_lies_below_an_allowed_name_is_allowed_and_what_only_ends_like_it_is_not() -> None:
    guard(TARGET, ["emulator.example"])
    require_allowed("bucket.emulator.example")
    with pytest.raises(HostRefusedError):
        require_allowed("notemulator.example")


def test_the_addresses_that_an_allowed_name_resolves_to_are_allowed(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    guard(TARGET, ["emulator.example"])
    port = listener.getsockname()[1]
    assert hosts._in_force is not None
    hosts._in_force = replace(hosts._in_force, allowed=frozenset({"localhost"}), loopback=False)
    with pytest.raises(HostRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
    socket.create_connection(("localhost", port), timeout=2).close()
    assert accepted(listener)


def test_real_aws_is_for_its_own_target_only_and_only_when_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENDPOINT", raising=False)
    monkeypatch.delenv("ASSET_SERVICING_AWS_CONFIRMED", raising=False)
    with pytest.raises(HarnessError, match="ASSET_SERVICING_AWS_CONFIRMED=1"):
        choose("aws")
    monkeypatch.setenv("ASSET_SERVICING_AWS_CONFIRMED", "1")
    guard(choose("aws"), ())
    require_allowed("sqs.us-east-1.amazonaws.com")
    for host in (
        "sqs.us-east-1.amazonaws.com.example",
        "amazonaws.com.example",
        "127.0.0.1",
        "localhost",
        "packages.example",
    ):
        with pytest.raises(HostRefusedError):
            require_allowed(host)


@pytest.mark.parametrize("target", [one for one in load().values() if not one.hosts], ids=lambda one: one.name)
def test_no_emulators_target_may_reach_aws(target: Target) -> None:
    guard(target, hosts_of({"AWS_ENDPOINT_URL": target.endpoint or "http://127.0.0.1:1"}))
    with pytest.raises(HostRefusedError):
        require_allowed("sts.amazonaws.com")


def test_the_hosts_of_a_target_are_those_of_its_endpoints_and_its_database() -> None:
    environment = {
        "AWS_ENDPOINT_URL": "https://Emulator.example:9297",
        "AWS_ENDPOINT_URL_CODECOMMIT": "http://127.0.0.1:5000",
        "PGHOST": "db.example",
        "AWS_REGION": "us-east-1",
    }
    assert hosts_of(environment) == {"emulator.example", "127.0.0.1", "db.example"}


def test_a_session_that_ends_with_a_refusal_ends_badly() -> None:
    """In a process of its own, as a judging session has it: nobody's `except Exception` hides it."""
    script = """
        import urllib.request
        from harness.targets.hosts import guard
        from harness.targets.registry import load
        guard(load()["ministack"], ["127.0.0.1"])
        try:
            urllib.request.urlopen("http://192.0.2.7/", timeout=2)
        except Exception as error:
            print("hidden", error)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert ran.returncode != 0
    assert "hidden" not in ran.stdout
    assert "HostRefusedError: target ministack: no connection to 192.0.2.7" in ran.stderr
