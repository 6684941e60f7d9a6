"""A passage before PostgreSQL (protocol 3.0, without TLS): its connections and statements are calls, which rules may be for.

Service `postgresql`; operations: Connect, a statement's first word (Insert, Select …), and of commits Commit where the transaction wrote
(its resource is the table that it wrote first) and CommitOfReads. Statements are those of simple queries, which is all that psycopg2
sends; COPY is not carried.
"""

import logging
import re
import select
import socket
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

from harness.faults.callers import Caller
from harness.faults.listener import HungError
from harness.faults.messages import Request
from harness.faults.operations import DATABASE, Call
from harness.faults.planted import Planted, PlantedRule

LOGGER = logging.getLogger(__name__)
_ENCRYPTION = (80877103, 80877104)
"""SSLRequest and GSSENCRequest, which `N` refuses: the client goes on without."""
_CHUNK = 1 << 16
_WORD = re.compile(r"\s*(\w+)")
_WRITES = re.compile(r"\b(?:INSERT\s+INTO|DELETE\s+FROM|(?<!FOR )(?<!KEY )UPDATE)\s+(?:ONLY\s+)?\"?(\w+)", re.I)


@dataclass
class _End:
    """One end of a connection, read a message at a time. Raises EOFError where it ended."""

    socket: socket.socket
    _kept: bytes = b""

    def startup(self) -> bytes:
        """Return the first message, which has no type: length and all."""
        return self._exactly(struct.unpack("!i", self._peek(4))[0])

    def message(self) -> bytes:
        """Return the next message: type, length and all."""
        return self._exactly(1 + struct.unpack("!i", self._peek(5)[1:])[0])

    @property
    def has_more(self) -> bool:
        """Return True if something was read that nobody took."""
        return bool(self._kept)

    def _peek(self, size: int) -> bytes:
        while len(self._kept) < size:
            chunk = self.socket.recv(_CHUNK)
            if not chunk:
                raise EOFError("the other end closed the connection")
            self._kept += chunk
        return self._kept[:size]

    def _exactly(self, size: int) -> bytes:
        content = self._peek(size)
        self._kept = self._kept[size:]
        return content


@dataclass
class Session:
    """A client's connection and that to the server. `status` is the transaction's: I none, T open, E failed."""

    client: _End
    server: _End
    planted: Planted
    caller: Caller
    status: bytes = b"I"
    _written: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Carry messages until an end closes. Raises EOFError, OSError or HungError then."""
        self._start()
        while True:
            ready = [end for end in (self.server, self.client) if end.has_more] or self._ready()
            if self.server in ready:  # unasked, such as that it shuts down
                self.client.socket.sendall(self.server.message())
            else:
                self._ask(self.client.message())

    def _ready(self) -> list[_End]:
        ends = {end.socket: end for end in (self.server, self.client)}
        return [ends[ready] for ready in select.select(list(ends), [], [])[0]]

    def _start(self) -> None:
        while (first := self.client.startup()) and struct.unpack("!i", first[4:8])[0] in _ENCRYPTION:
            self.client.socket.sendall(b"N")
        self._travel(Call(DATABASE, "Connect", "", DATABASE), "", first, self._authenticated)

    def _authenticated(self) -> bytes:
        """Carry authentication, in which both ends speak in turns, and return the last answer."""
        while True:
            told = self.server.message()
            if told[:1] == b"Z":
                return told
            self.client.socket.sendall(told)
            asks = told[:1] == b"R" and struct.unpack("!i", told[5:9])[0] not in (0, 12)  # AuthenticationOk, SASLFinal
            if asks:
                self.server.socket.sendall(self.client.message())

    def _ask(self, message: bytes) -> None:
        if message[:1] != b"Q":
            self.server.socket.sendall(message)
            return
        text = message[5:-1].decode("utf-8", "replace")
        word = _WORD.match(text)
        operation = word[1].capitalize() if word else ""
        if operation == "Commit":
            operation, text = ("Commit", f"COMMIT {self._written[0]}") if self._written else ("CommitOfReads", text)
        if operation in ("Commit", "CommitOfReads", "Rollback", "Begin"):
            self._written = []
        self._written += _WRITES.findall(text)
        self._travel(Call(DATABASE, operation, "", DATABASE), text, message, self._answered)

    def _answered(self) -> bytes:
        """Return all that the server says to a query, up to and with ReadyForQuery."""
        told = [self.server.message()]
        while told[-1][:1] != b"Z":
            told.append(self.server.message())
        self.status = told[-1][5:6]
        return b"".join(told)

    def _travel(self, call: Call, text: str, message: bytes, answer: Callable[[], bytes]) -> None:
        """Send a message unless a rule answers it, and the server's answer to the client unless a rule takes it."""
        request = Request("Q", "/", [], text.encode())
        rules = [one for one in self.planted.rules if one.is_for(call, request, "", self.caller)]
        for one in rules:
            if not one.rule.after_the_answer and one.takes(call, request) and self._disturbed(one):
                return
        self.server.socket.sendall(message)
        told = answer()
        for one in rules:
            if one.rule.after_the_answer and one.takes(call, request):
                self._disturbed(one)
        self.client.socket.sendall(told)

    def _disturbed(self, one: PlantedRule) -> bool:
        """Do what a rule says; return True if it answered. Raises HungError where the connection is to end."""
        change, kind = one.rule.change, one.rule.kind
        if kind == "answer":
            one.fired()
            self.client.socket.sendall(_error(change, self.status))
            return True
        if kind == "kill" and one.fired(self.caller.kill()):
            raise HungError
        if kind in ("delay", "hang"):
            one.fired()
            time.sleep(float(change["seconds"]))  # the planted defect
            if kind == "hang":
                raise HungError
        return False


def _error(change: Mapping[str, Any], status: bytes) -> bytes:
    """Return an ErrorResponse with the change's SQLSTATE, and that the next query may come: in a transaction it has failed."""
    said = (f"S{change.get('severity', 'ERROR')}", f"C{change['code']}", f"M{change.get('message', 'planted')}")
    fields = b"".join(text.encode() + b"\0" for text in said) + b"\0"
    ready = b"Z" + struct.pack("!i", 5) + (b"I" if status == b"I" else b"E")
    return b"E" + struct.pack("!i", len(fields) + 4) + fields + ready


class PostgresListener(ThreadingTCPServer):
    """Serves PostgreSQL's clients at 127.0.0.1:`port` from now on, before the server at `upstream`. A `port` of 0 is replaced by the port
    obtained."""

    allow_reuse_address = daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, upstream: tuple[str, int], planted: Planted) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.port, self.upstream, self.planted = int(self.server_address[1]), upstream, planted
        Thread(target=self.serve_forever, daemon=True).start()


class _Connection(BaseRequestHandler):
    server: PostgresListener
    request: socket.socket

    def handle(self) -> None:
        """Carry a client's connection until an end of it is closed."""
        try:
            with closing(socket.create_connection(self.server.upstream)) as upstream:
                for end in (self.request, upstream):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                caller = Caller(self.client_address[1], self.server.port)
                Session(_End(self.request), _End(upstream), self.server.planted, caller).run()
        except (HungError, OSError, EOFError, struct.error) as ended:
            LOGGER.info("a connection ended: %s: %s", type(ended).__name__, ended)
