"""Requests without boto3, as callers of an API or holders of a presigned URL make them; they are evidence as those of boto3 are."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import urllib3

from harness.results.document import Exchange
from harness.scenarios.exchanges import LAST_EXCHANGES, cleans_up
from harness.scenarios.masking import masked_body, masked_headers

SECONDS = 10


def ask(
    call: str,
    method: str,
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> urllib3.BaseHTTPResponse:
    """Ask once, without following a redirect, and return the answer. `options`: more of urllib3.request, as `timeout` (SECONDS).

    `call` names the exchange in reports, as "s3 GetObject". Raises urllib3's HTTPError if no answer comes.
    """
    began, clean_up, options = perf_counter(), cleans_up(), {"timeout": SECONDS, **options}
    status, came, said = None, {}, ""
    try:
        answer = urllib3.request(method, url, body=body, headers=headers, retries=False, **options)
        status, came, said = answer.status, masked_headers(answer.headers), masked_body(answer.data)
    except urllib3.exceptions.HTTPError as error:
        said = f"{type(error).__name__}: {error}"
        raise
    finally:
        service, operation = call.split()
        exchange = Exchange(
            service=service,
            operation=operation,
            method=method,
            url=masked_body(url),
            request_headers=masked_headers(headers or {}),
            request_body=masked_body(body or _form(options)),
            status=status,
            response_headers=came,
            response_body=said,
            seconds=f"{perf_counter() - began:.4f}",
        )
        LAST_EXCHANGES.add(exchange, clean_up)
    return answer


def _form(options: Mapping[str, Any]) -> str:
    """Return the fields of a form, of a file its name."""
    return "&".join(
        f"{name}={value if isinstance(value, str) else value[0]}" for name, value in options.get("fields", ())
    )
