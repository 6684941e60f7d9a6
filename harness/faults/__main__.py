"""`python -m harness.faults --listen PORT --upstream URL [--listen … --upstream …] --control PORT`.

Stands before plain-http endpoints until SIGTERM. The token of the control port comes from FAULT_TOKEN; without that variable one is made
and printed.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from harness.failure import HarnessError
from harness.faults.control import ControlPort
from harness.faults.passage import Passage
from harness.faults.planted import Planted
from harness.faults.proxy import Listener
from harness.faults.signing import Keyring
from harness.faults.upstream import Upstream

TOKEN = "FAULT_TOKEN"


async def serve(ports: Sequence[int], upstreams: Sequence[str], control: int, token: str | None) -> None:
    """Listens until SIGTERM or SIGINT."""
    ended, planted, keyring = asyncio.Event(), Planted(), Keyring()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    listeners = [
        Listener(port, Passage(Upstream(url), planted, keyring)) for port, url in zip(ports, upstreams, strict=True)
    ]
    port = ControlPort(control, token or secrets.token_urlsafe(24), planted, keyring)
    async with contextlib.AsyncExitStack() as stack:
        for start in [*(one.start for one in listeners), port.start]:
            stack.push_async_callback(_closed, await start())
        for listener, url in zip(listeners, upstreams, strict=True):
            print(f"http://127.0.0.1:{listener.port} stands before {url}", flush=True)
        print(f"control port {port.port}" + ("" if token else f", token {port.token}"), flush=True)
        await ended.wait()


async def _closed(server: asyncio.Server) -> None:
    server.close()


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harness.faults", description=__doc__)
    parser.add_argument(
        "--listen", type=int, action="append", default=[], help="a port of 127.0.0.1; 0 takes a free one"
    )
    parser.add_argument("--upstream", action="append", required=True, help="http://host:port; one for each --listen")
    parser.add_argument("--control", type=int, default=0, help="the control port; 0 takes a free one")
    given = parser.parse_args(arguments)
    ports = given.listen or [0] * len(given.upstream)
    try:
        if len(ports) != len(given.upstream):
            raise HarnessError("give as many --listen as --upstream", exit_status=3)
        for url in given.upstream:
            if urlsplit(url).scheme != "http" or not urlsplit(url).hostname:
                raise HarnessError(f"--upstream {url!r}: a plain http URL is wanted", exit_status=3)
        asyncio.run(serve(ports, given.upstream, given.control, os.environ.get(TOKEN)))
    except (HarnessError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status if isinstance(error, HarnessError) else 2
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(main(sys.argv[1:]))
