"""HTTP/1.1 as it is spoken to clients: requests are read whole, and answered one by one over connections that are kept."""

import http.client
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread

from harness.faults.callers import Caller
from harness.faults.messages import Answer, Request

LOGGER = logging.getLogger(__name__)
LONGEST_LINE = 1 << 20
http.client._MAXHEADERS = 10_000  # type: ignore[attr-defined]  # an object of S3 may have more than 100 of its own

Answering = Callable[[int, Caller], AbstractContextManager[Callable[[Request], Answer]]]
"""Given the listener's port and who is at the other end, what answers the requests of one connection. It raises HungError to give no
answer."""


class HungError(Exception):
    """A request that is to get no answer."""


class Listener(ThreadingTCPServer):
    """Serves connections at 127.0.0.1:`port` from now on, each in a thread. A `port` of 0 is replaced by the port obtained."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, answering: Answering) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.port, self.answering = int(self.server_address[1]), answering
        Thread(target=self.serve_forever, daemon=True).start()


class _Connection(BaseHTTPRequestHandler):
    """A client's. `wfile` is not buffered: `100 Continue` goes out before the body is read."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def handle(self) -> None:
        caller = Caller(self.client_address[1], self.server.port)
        with self.server.answering(self.server.port, caller) as self._answer:
            super().handle()

    def handle_one_request(self) -> None:
        """Pass on whatever the method is. The target is taken from the request line, as `path` loses slashes."""
        try:
            self.raw_requestline = self.rfile.readline(LONGEST_LINE)
            if self.parse_request():
                headers = [(name, value.strip()) for name, value in self.headers.items()]
                request = Request(self.command, self.requestline.split()[1], headers, self._body())
                self.wfile.write(self._answer(request).encoded(request.method))
        except (HungError, OSError, EOFError, http.client.HTTPException, ValueError) as ended:
            LOGGER.info("a connection ended without an answer: %s: %s", type(ended).__name__, ended)
            self.close_connection = True

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        return self._exactly(int(self.headers.get("Content-Length") or 0))

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self._exactly(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _exactly(self, size: int) -> bytes:
        content = self.rfile.read(size)
        if len(content) < size:
            raise EOFError("the client ended its request within the body")
        return content
