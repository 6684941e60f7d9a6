"""The proxy's listeners: HTTP/1.1 with connections that are kept, one listener for each endpoint that it stands before."""

import asyncio
import logging
from dataclasses import dataclass

from harness.faults.messages import LONGEST_HEAD, Answer, MalformedError, Request, read_request
from harness.faults.passage import HungError, Passage

LOGGER = logging.getLogger(__name__)
TEXT_TYPES = ("json", "xml", "text/", "x-www-form-urlencoded")


@dataclass
class Listener:
    """Takes connections at 127.0.0.1:`port` and passes their requests on. `port` 0: any free one."""

    port: int
    passage: Passage

    async def start(self) -> asyncio.Server:
        """Listens from now on."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=LONGEST_HEAD)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await read_request(reader, writer):
                last = request.header("connection").lower() == "close"
                answer = self._with_our_address(request, await self.passage.answer(request))
                writer.write(answer.encoded(request.method))
                await writer.drain()
                if last:
                    break
        except (HungError, OSError, EOFError, MalformedError, ValueError) as ended:
            LOGGER.info("a connection ended without an answer: %s: %s", type(ended).__name__, ended)
        finally:
            writer.close()

    def _with_our_address(self, request: Request, answer: Answer) -> Answer:
        """URLs in an answer that lead past the proxy lead to it. What a user stored is not touched."""
        inner, outer = self.passage.upstream.address, f"{_host(request)}:{self.port}"
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
