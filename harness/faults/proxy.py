"""The proxy: what answers at an endpoint that it stands before."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.faults.callers import Caller
from harness.faults.messages import Answer, Request
from harness.faults.passage import Passage
from harness.faults.planted import Planted
from harness.faults.signing import Keyring
from harness.faults.upstream import Upstream

TEXT_TYPES = ("json", "xml", "text/", "x-www-form-urlencoded")


@dataclass(frozen=True)
class Proxy:
    """Passes requests on to the plain-http endpoint `url`, changed by what is planted."""

    url: str
    planted: Planted
    keyring: Keyring

    @contextmanager
    def answering(self, port: int, caller: Caller) -> Iterator[Callable[[Request], Answer]]:
        """Give a client's connection an upstream connection of its own. `port`: where the proxy listens."""
        parts = urlsplit(self.url)
        with closing(Upstream(parts.hostname or "", parts.port or 80)) as upstream:
            passage = Passage(upstream, self.planted, self.keyring, caller)
            yield lambda request: _with_our_address(upstream.address, port, request, passage.answer(request))


def _with_our_address(inner: str, port: int, request: Request, answer: Answer) -> Answer:
    """URLs in an answer that lead past the proxy lead to it. What a user stored is not touched."""
    outer = f"{_host(request)}:{port}"
    answer.headers = [(name, value.replace(inner, outer)) for name, value in answer.headers]
    text = any(kind in answer.header("content-type") for kind in TEXT_TYPES)
    if text and inner.encode() in answer.body and not _carries_users_bytes(request):
        answer.body = answer.body.replace(inner.encode(), outer.encode())
        answer.headers = [pair for pair in answer.headers if pair[0].lower() != "x-amz-crc32"]
    return answer


def _host(request: Request) -> str:
    return request.header("host").partition(":")[0] or "127.0.0.1"


def _carries_users_bytes(request: Request) -> bool:
    """Objects of S3 and messages of SQS, whose digests would no longer fit."""
    of_s3 = "/s3/aws4_request" in request.header("authorization") or "X-Amz-Credential" in request.query
    return of_s3 or request.header("x-amz-target").endswith(".ReceiveMessage")
