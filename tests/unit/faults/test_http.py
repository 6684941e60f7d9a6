"""What HTTP demands of a hop: bodies whole or not at all, targets and headers as they came, connections that are kept."""

import re
import signal
import socket
import struct
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import psutil
import pytest

from harness.embedded import processes
from harness.faults.layer import FaultLayer
from harness.faults.rules import Rule
from tests.unit.faults.conftest import TOKEN, Faulty, start_layer

AT_ONCE = 40
SECONDS = 20.0


class _Upstream(BaseHTTPRequestHandler):
    """Answers each path in a way of its own, and keeps what it was sent: request line, headers, body."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, list[tuple[str, str]], bytes]]
    together: threading.Barrier

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.requestline, self.headers.items(), body))
        path = self.path.partition("?")[0].strip("/")
        getattr(self, f"_{path}", self._plain)()

    do_GET = do_HEAD = do_PUT = do_REPORT = do_POST

    def log_message(self, *_: object) -> None:
        pass

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _plain(self) -> None:
        self._send(200, {"Content-Length": "5"}, b"" if self.command == "HEAD" else b"hello")

    def _chunked(self) -> None:
        self._send(200, {"Transfer-Encoding": "chunked"}, b"2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n")

    def _empty(self) -> None:
        self._send(204, {})

    def _unchanged(self) -> None:
        self._send(304, {"ETag": '"x"'})

    def _endless(self) -> None:
        self._send(200, {}, b"hello")
        self.close_connection = True

    def _early(self) -> None:
        self._send(100, {})
        self._plain()

    def _idle(self) -> None:
        self._plain()
        self.close_connection = True  # which the answer does not say

    def _cut(self) -> None:
        self._send(200, {"Content-Length": "6"}, b"hello")
        self.close_connection = True

    def _cutchunks(self) -> None:
        self._send(200, {"Transfer-Encoding": "chunked"}, b"5\r\nhel")
        self.close_connection = True

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        raise ConnectionResetError

    def _together(self) -> None:
        self.together.wait(SECONDS)
        self._plain()

    def _stuck(self) -> None:
        self.together.wait(SECONDS)


class _Server(ThreadingHTTPServer):
    request_queue_size = 2 * AT_ONCE

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[ThreadingHTTPServer]:
    _Upstream.seen, _Upstream.together = [], threading.Barrier(AT_ONCE)
    server = _Server(("127.0.0.1", 0), _Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def hop(upstream: ThreadingHTTPServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, FaultLayer]]:
    """The layer's port, and its control."""
    control = processes.free_port()
    url = f"http://127.0.0.1:{upstream.server_port}"
    record, [endpoint] = start_layer(tmp_path_factory.mktemp("hop"), url, control=control)
    yield int(endpoint.rpartition(":")[2]), FaultLayer(control, TOKEN)
    processes.stop(record)


@pytest.fixture
def connection(hop: tuple[int, FaultLayer]) -> Iterator[HTTPConnection]:
    _Upstream.seen.clear()
    made = HTTPConnection("127.0.0.1", hop[0], timeout=SECONDS)
    yield made
    made.close()


def _asked(connection: HTTPConnection, method: str, target: str, *more: Any, **named: Any) -> tuple[int, bytes]:
    connection.request(method, target, *more, **named)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_a_client_is_told_to_continue_before_it_sends_its_body(faulty: Faulty) -> None:
    """boto3 waits a second for it, at each PutObject."""
    port = int(faulty.endpoint.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
        client.sendall(b"PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"x")
        assert re.match(rb"HTTP/1\.1 4\d\d ", client.recv(100))


@pytest.mark.parametrize("path", ["plain", "chunked", "endless", "early", "idle"])
def test_each_form_of_an_answer_arrives_whole_over_a_connection_that_is_kept(
    connection: HTTPConnection, path: str
) -> None:
    assert _asked(connection, "GET", f"/{path}") == (200, b"hello")
    used = connection.sock
    assert _asked(connection, "GET", f"/{path}") == (200, b"hello")
    assert connection.sock is used


@pytest.mark.parametrize(
    ("method", "path", "status", "length"),
    [("HEAD", "plain", 200, "5"), ("GET", "empty", 204, None), ("GET", "unchanged", 304, None)],
)
def test_an_answer_without_a_body_ends_with_its_head(
    connection: HTTPConnection, method: str, path: str, status: int, length: str | None
) -> None:
    connection.request(method, f"/{path}")
    answer = connection.getresponse()
    assert (answer.status, answer.read(), answer.headers["Content-Length"]) == (status, b"", length)
    assert _asked(connection, "GET", "/plain") == (200, b"hello")


@pytest.mark.parametrize("path", ["cut", "cutchunks", "reset"])
def test_an_answer_that_is_cut_off_is_none(connection: HTTPConnection, path: str) -> None:
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        _asked(connection, "GET", f"/{path}")


def test_chunks_of_a_request_arrive_as_one_body_and_chunks_within_it_as_they_came(connection: HTTPConnection) -> None:
    within = b"3;chunk-signature=0\r\nabc\r\n0;chunk-signature=1\r\n\r\n"
    headers = {"Content-Encoding": "aws-chunked", "Transfer-Encoding": "chunked"}
    _asked(connection, "PUT", "/b/k", iter([within[:9], within[9:]]), headers, encode_chunked=True)
    [(_, sent, body)] = _Upstream.seen
    assert body == within
    assert ("Content-Encoding", "aws-chunked") in sent
    assert "transfer-encoding" not in [name.lower() for name, _ in sent]
    assert ("Content-Length", str(len(within))) in sent


@pytest.mark.parametrize("head", [b"Content-Length: 6\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n6\r\nhello"])
def test_a_request_that_is_cut_off_is_not_passed_on(connection: HTTPConnection, head: bytes) -> None:
    with socket.create_connection((connection.host, connection.port), SECONDS) as client:
        client.sendall(b"PUT /b/k HTTP/1.1\r\nHost: x\r\n" + head)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert _Upstream.seen == []


def test_a_request_arrives_as_it_came(connection: HTTPConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature covers path, headers and their order of values; objects have hundreds of headers of their own."""
    monkeypatch.setattr("http.client._MAXHEADERS", 1000)  # of the upstream here
    target, meta = "//a/../b//c%2Fd%20e?x=%2B+&y&prefix=", [(f"x-amz-meta-{n}", "\u00fc  b") for n in range(300)]
    lines = [f"REPORT {target} HTTP/1.1", "Host: some.where:80", *(f"{name}: {value}" for name, value in meta)]
    with socket.create_connection((connection.host, connection.port), SECONDS) as client:
        client.sendall("\r\n".join([*lines, "x-amz-meta-1: again", "", ""]).encode("latin-1"))
        assert client.recv(100).startswith(b"HTTP/1.1 200 OK")
    [(line, sent, _)] = _Upstream.seen
    assert line == lines[0]
    assert sent == [("Host", "some.where:80"), *meta, ("x-amz-meta-1", "again")]


def test_forty_clients_are_served_at_once_and_each_firing_is_counted(hop: tuple[int, FaultLayer]) -> None:
    port, layer = hop
    layer.plant([Rule("seen", {"kind": "headers", "in": "answer", "values": {"X-Planted": "1"}})])

    def ask(_: int) -> bytes:
        client = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        bodies = [_asked(client, "GET", path)[1] for path in ("/together", *["/plain"] * 5)]
        client.close()
        return b"".join(bodies)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert set(pool.map(ask, range(AT_ONCE))) == {b"hello" * 6}
    assert layer.counters() == {"seen": {"matched": 6 * AT_ONCE, "fired": 6 * AT_ONCE}}
    layer.clear()


def test_the_layer_stops_while_an_answer_is_awaited(
    upstream: ThreadingHTTPServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url, control = f"http://127.0.0.1:{upstream.server_port}", processes.free_port()
    record, [endpoint] = start_layer(tmp_path_factory.mktemp("stopped"), url, control=control)
    waiting = HTTPConnection("127.0.0.1", int(endpoint.rpartition(":")[2]), timeout=SECONDS)
    waiting.request("GET", "/stuck")
    layer = psutil.Process(record.pid)
    layer.send_signal(signal.SIGTERM)
    assert layer.wait(5) == 0
    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        waiting.getresponse()
