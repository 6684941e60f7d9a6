"""HTTP/1.1 requests and answers as the fault layer carries them: whole, headers in their order, bodies as bytes."""

from dataclasses import dataclass, field
from http.client import responses
from urllib.parse import urlsplit

Headers = list[tuple[str, str]]
HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
WITHOUT_BODY = (204, 304)


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
