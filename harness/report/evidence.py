"""Texts of a result document made fit to be shown: masked once more, without what no file may hold, links only where they are safe."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.results.document import Exchange, Run
from harness.scenarios.masking import masked_body, masked_headers

_CUT = re.compile(r"… \(\d+ characters\)\Z")
"""How a text ends that the recorder has cut."""
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/%&=?#:+,@!$*;-]*)?")


_OF_EVERY_EXCHANGE = re.compile(
    r"(user-agent|amz-sdk-.*|x-amz-date|authorization|content-length|accept|accept-encoding|expect|connection|date|server"
    r"|access-control-.*|x-amz-id-2|x-amzn?-request-?id|x-amz-crc32|x-amz-target|x-amzn-query-mode): .*"
    r"|content-type: (application/x-amz-json-1\.[01]|application/x-www-form-urlencoded.*)",
    re.IGNORECASE | re.DOTALL,
)
"""Headers of transport, signing, SDK and AWS's protocols: they are shown once for all exchanges."""


@dataclass(frozen=True)
class Shown:
    """An exchange as two blocks of text, one line on what came, and one on requests that are not shown before it."""

    title: str
    request: str
    response: str
    decided: bool = False
    left_out: str = ""


def shown(exchange: Exchange, decided: int = 4000, other: int = 700) -> Shown:
    """Return the exchange, masked: the one that decided with its own headers, of others only path and bodies.

    `decided` and `other` are the characters of a body that are shown; 0 leaves the title alone.
    """
    answer = "no answer" if exchange.status is None else f"HTTP {exchange.status}"
    status = answer if exchange.status is None else f"status {exchange.status}"
    requests = f"request{'s' if exchange.left_out > 1 else ''}"
    if exchange.decided:
        asked = _lines(f"{exchange.method} {masked(exchange.url)}", exchange.request_headers)
        came, longest = _lines(answer, exchange.response_headers), decided
    else:
        path = urlsplit(masked(exchange.url))._replace(scheme="", netloc="").geturl()
        asked, came, longest = [f"{exchange.method} {path}"] if path.strip("/") else [], [], other
    return Shown(
        title=f"{exchange.service} {exchange.operation}: {status} after {exchange.seconds} s",
        request=_block(asked, exchange.request_body, longest),
        response=_block(came, exchange.response_body, longest),
        decided=exchange.decided,
        left_out=f"{exchange.left_out} {requests} left out" if exchange.left_out else "",
    )


def of_every_exchange(run: Run) -> str:
    """Return, a line each, the headers that `shown` leaves out, with the values of the first exchange that has them."""
    lines: dict[str, str] = {}
    for scenario in run.scenarios.values():
        for exchange in scenario.exchanges:
            for name, value in {**exchange.request_headers, **exchange.response_headers}.items():
                if name.lower() not in lines and _OF_EVERY_EXCHANGE.fullmatch(f"{name}: {value}"):
                    lines[name.lower()] = f"{name}: {masked(masked_headers({name: value})[name])}"
    return printable("\n".join(lines.values()))


def masked(text: str) -> str:
    """The text without secret values, also where the recorder has cut it."""
    cut = _CUT.search(text)
    return masked_body(text[: cut.start()]) + cut.group() if cut else masked_body(text)


def printable(text: str) -> str:
    """Control characters, lone surrogates and marks that turn the direction of writing, as `\\u0000`; newline and tab stay."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", text.replace("\r\n", "\n"))


def safe_link(url: str) -> str:
    """The address where it is a plain https one, else ''."""
    return url if _LINK.fullmatch(url) else ""


def _lines(first: str, headers: Mapping[str, str]) -> list[str]:
    own = {name: value for name, value in headers.items() if not _OF_EVERY_EXCHANGE.fullmatch(f"{name}: {value}")}
    return [first, *(f"{name}: {value}" for name, value in masked_headers(own).items()), ""]


def _block(lines: list[str], body: str, longest: int) -> str:
    return printable("\n".join([*lines, _shortened(masked(body), longest)]).strip("\n")) if longest else ""


def _shortened(body: str, longest: int) -> str:
    return body if len(body) <= longest else f"{body[:longest]}… ({len(body)} characters)"
