"""Connections to what the proxy stands before, kept and used again."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

from harness.faults.messages import LONGEST_HEAD, Answer, Request, read_answer

LONGEST_IDLE_SECONDS = 2.0  # below the time after which servers end an idle connection themselves

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Upstream:
    """A plain-http endpoint."""

    url: str
    _idle: list[tuple[float, Connection]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """host:port."""
        return f"{self._host}:{self._port}"

    @property
    def _host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def _port(self) -> int:
        return urlsplit(self.url).port or 80

    async def send(self, request: Request) -> Answer:
        """Its answer to a request. Raises OSError or EOFError where there is none."""
        kept = self._take()
        if kept:
            try:
                return await self._exchange(kept, request)
            except (OSError, EOFError):
                pass  # ended while it was idle: asked again over a new one
        return await self._exchange(await asyncio.open_connection(self._host, self._port, limit=LONGEST_HEAD), request)

    async def _exchange(self, connection: Connection, request: Request) -> Answer:
        reader, writer = connection
        again = False
        try:
            writer.write(request.encoded())
            await writer.drain()
            answer, again = await read_answer(reader, request.method)
        finally:
            if again:
                self._idle.append((monotonic(), connection))
            else:
                writer.close()
        return answer

    def _take(self) -> Connection | None:
        while self._idle:
            since, connection = self._idle.pop()
            if monotonic() - since < LONGEST_IDLE_SECONDS and not connection[0].at_eof():
                return connection
            connection[1].close()
        return None
