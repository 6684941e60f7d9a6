"""Texts of a result document made fit to be shown: masked once more, without what no file may hold, links only where they are safe."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from harness.gate.results import Exchange
from harness.scenarios.masking import masked_body, masked_headers

_CUT = re.compile(r"… \(\d+ characters\)\Z")
"""How a text ends that the recorder has cut."""
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/%&=?#:+,@!$*;-]*)?")


@dataclass(frozen=True)
class Shown:
    """An exchange as two blocks of text, and one line on what came."""

    title: str
    request: str
    response: str


def shown(exchange: Exchange) -> Shown:
    """The exchange, masked."""
    came = "no answer" if exchange.status is None else f"status {exchange.status}"
    answer = came if exchange.status is None else f"HTTP {exchange.status}"
    return Shown(
        title=f"{exchange.service} {exchange.operation}: {came} after {exchange.seconds} s",
        request=_block(f"{exchange.method} {masked(exchange.url)}", exchange.request_headers, exchange.request_body),
        response=_block(answer, exchange.response_headers, exchange.response_body),
    )


def masked(text: str) -> str:
    """The text without secret values, also where the recorder has cut it."""
    cut = _CUT.search(text)
    return masked_body(text[: cut.start()]) + cut.group() if cut else masked_body(text)


def printable(text: str) -> str:
    """Control characters, lone surrogates and marks that turn the direction of writing, as `\\u0000`; newline and tab stay."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found.group()):04x}", text.replace("\r\n", "\n"))


def safe_link(url: str) -> str:
    """The address where it is a plain https one, else ''."""
    return url if _LINK.fullmatch(url) else ""


def _block(first: str, headers: Mapping[str, str], body: str) -> str:
    lines = [first, *(f"{name}: {value}" for name, value in masked_headers(headers).items())]
    return printable("\n".join([*lines, *(["", masked(body)] if body else [])]))
