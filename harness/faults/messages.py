"""HTTP/1.1 requests and answers as the fault layer carries them: whole, headers in their order, bodies as bytes."""

import asyncio
from dataclasses import dataclass, field
from http.client import responses
from urllib.parse import urlsplit

Headers = list[tuple[str, str]]
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
WITHOUT_BODY = (204, 304)
LONGEST_HEAD = 1 << 20


class MalformedError(ValueError):
    """Bytes that are no HTTP message."""


def header(headers: Headers, name: str) -> str:
    """The first value of a header, '' where it is absent."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), "")


def with_header(headers: Headers, name: str, value: str | None) -> Headers:
    """The headers with this one set (None: without it), in its old place where it had one."""
    wanted, found, changed = name.lower(), False, []
    for key, old in headers:
        if key.lower() != wanted:
            changed.append((key, old))
        elif value is not None and not found:
            changed.append((key, value))
            found = True
    return changed if found or value is None else [*changed, (name, value)]


@dataclass
class Request:
    """A request; `target` is path and query as they came."""

    method: str
    target: str
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        """The query, still percent-encoded."""
        return urlsplit(self.target).query

    def header(self, name: str) -> str:
        """The first value of a header, '' where it is absent."""
        return header(self.headers, name)

    @property
    def text(self) -> str:
        """The whole as text, header names in small letters: what patterns of a rule take names and values from."""
        headers = "".join(f"{name.lower()}: {value}\n" for name, value in self.headers)
        return f"{self.method} {self.target}\n{headers}\n{self.body.decode('utf-8', 'replace')}"

    def encoded(self) -> bytes:
        """As it goes to the next hop, over a connection that is kept."""
        kept = [(name, value) for name, value in self.headers if name.lower() not in HOP_BY_HOP]
        if self.body or header(kept, "content-length") or self.method in ("POST", "PUT", "PATCH"):
            kept = with_header(kept, "Content-Length", str(len(self.body)))
        return _head(f"{self.method} {self.target} HTTP/1.1", kept) + self.body


@dataclass
class Answer:
    """An answer. Of HEAD the body is empty and Content-Length says what GET would give."""

    status: int
    headers: Headers = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str:
        """The first value of a header, '' where it is absent."""
        return header(self.headers, name)

    def copy(self) -> "Answer":
        """One that can be changed by itself."""
        return Answer(self.status, list(self.headers), self.body)

    def encoded(self, method: str) -> bytes:
        """As it goes to the client that asked by `method`."""
        kept = [(name, value) for name, value in self.headers if name.lower() not in HOP_BY_HOP]
        if method != "HEAD" and self.status not in WITHOUT_BODY:
            kept = with_header(kept, "Content-Length", str(len(self.body)))
        return _head(f"HTTP/1.1 {self.status} {responses.get(self.status, '')}", kept) + self.body


def _head(first: str, headers: Headers) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def read_request(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    """The next request of a connection; None when the client has ended it. Answers `Expect: 100-continue`."""
    head = await _read_head(reader)
    if head is None:
        return None
    first, headers = head
    parts = first.split(" ")
    if len(parts) != 3:
        raise MalformedError(f"no request line: {first[:80]!r}")
    if header(headers, "expect").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
    body = await _read_body(reader, headers, to_end=False)
    return Request(parts[0], parts[1], headers, body)


async def read_answer(reader: asyncio.StreamReader, method: str) -> tuple[Answer, bool]:
    """An answer, and whether its connection may be used again. Raises EOFError where none comes."""
    head = await _read_head(reader)
    if head is None:
        raise EOFError("the connection was closed without an answer")
    first, headers = head
    version, _, rest = first.partition(" ")
    status = int(rest.split(" ")[0])
    if 100 <= status < 200:
        return await read_answer(reader, method)
    empty = method == "HEAD" or status in WITHOUT_BODY
    body = b"" if empty else await _read_body(reader, headers, to_end=True)
    known_end = empty or bool(header(headers, "content-length") or header(headers, "transfer-encoding"))
    keep = version == "HTTP/1.1" and header(headers, "connection").lower() != "close" and known_end
    return Answer(status, headers, body), keep


async def _read_head(reader: asyncio.StreamReader) -> tuple[str, Headers] | None:
    try:
        block = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as ended:
        if ended.partial.strip():
            raise MalformedError("the connection ended within a head") from ended
        return None
    first, *lines = block[:-4].decode("latin-1").lstrip("\r\n").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, [(name.strip(), value.strip()) for name, _, value in pairs]


async def _read_body(reader: asyncio.StreamReader, headers: Headers, to_end: bool) -> bytes:
    if "chunked" in header(headers, "transfer-encoding").lower():
        return await _read_chunks(reader)
    length = header(headers, "content-length")
    if length:
        return await reader.readexactly(int(length))
    return await reader.read(-1) if to_end else b""


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while True:
        size = int((await reader.readline()).split(b";")[0].strip() or b"0", 16)
        if size == 0:
            while (await reader.readline()).strip():
                pass
            return b"".join(parts)
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
