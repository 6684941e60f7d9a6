"""`python -m harness.faults --listen PORT --upstream URL [--listen … --upstream …] --control PORT`.

Stands before plain-http endpoints and PostgreSQL servers until SIGTERM. The token of the control port comes from FAULT_TOKEN; without
that variable one is made and printed.
"""

import argparse
import logging
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from urllib.parse import urlsplit

from harness.failure import HarnessError
from harness.faults.control import ControlPort
from harness.faults.listener import Listener
from harness.faults.operations import DATABASE
from harness.faults.planted import Planted
from harness.faults.postgresql import PostgresListener
from harness.faults.proxy import Proxy
from harness.faults.signing import Keyring

TOKEN = "FAULT_TOKEN"
ENDS = (signal.SIGTERM, signal.SIGINT)


def serve(ports: Sequence[int], upstreams: Sequence[str], control: int, token: str | None) -> None:
    """Listen until SIGTERM or SIGINT. Requests that are on their way then get no answer."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    planted, keyring, secret = Planted(), Keyring(), token or secrets.token_urlsafe(24)
    for port, url in zip(ports, upstreams, strict=True):
        parts = urlsplit(url)
        if parts.scheme == DATABASE:
            listening = PostgresListener(port, (parts.hostname or "", parts.port or 5432), planted).port
        else:
            listening = Listener(port, Proxy(url, planted, keyring).answering).port
        print(f"{parts.scheme}://127.0.0.1:{listening} stands before {url}", flush=True)
    control = Listener(control, ControlPort(secret, planted, keyring).answering).port
    print(f"control port {control}" + ("" if token else f", token {secret}"), flush=True)
    signal.sigwait(ENDS)


def main(arguments: Sequence[str]) -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m harness.faults", description=__doc__)
    parser.add_argument(
        "--listen", type=int, action="append", default=[], help="a port of 127.0.0.1; 0 takes a free one"
    )
    parser.add_argument(
        "--upstream", action="append", required=True, help="http:// or postgresql://host:port; one for each --listen"
    )
    parser.add_argument("--control", type=int, default=0, help="the control port; 0 takes a free one")
    given = parser.parse_args(arguments)
    ports = given.listen or [0] * len(given.upstream)
    try:
        if len(ports) != len(given.upstream):
            raise HarnessError("give as many --listen as --upstream", exit_status=3)
        for url in given.upstream:
            if urlsplit(url).scheme not in ("http", DATABASE) or not urlsplit(url).hostname:
                raise HarnessError(f"--upstream {url!r}: a plain http or postgresql URL is wanted", exit_status=3)
        serve(ports, given.upstream, given.control, os.environ.get(TOKEN))
    except (HarnessError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_status if isinstance(error, HarnessError) else 2
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(main(sys.argv[1:]))
