"""Requests to the REST API: signed as its callers sign them, or not at all."""

import json
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from harness.scenarios.plain_http import ask
from harness.system import System

Answer = tuple[int, dict[str, Any], dict[str, str]]
"""Status, document and headers."""


def signed_call(system: System, method: str, path: str, body: object = None, **credentials: str) -> Answer:
    """One request signed by the deployer, or by other `credentials` (boto3's names). A `body` of bytes is sent as it is."""
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    request = AWSRequest(method, _url(system, path), data=data, headers={"Content-Type": "application/json"})
    signer = system.session(**credentials).get_credentials()
    SigV4Auth(signer, "execute-api", system.outputs["aws_region"]).add_auth(request)
    return _answer(method, request.url, data, dict(request.headers.items()))


def unsigned_call(system: System, method: str, path: str) -> Answer:
    """One request without any signature."""
    return _answer(method, _url(system, path), b"", {"Content-Type": "application/json"})


def _url(system: System, path: str) -> str:
    return f"{system.outputs['api_base_url']}{path}"


def _answer(method: str, url: str, data: bytes, headers: dict[str, str]) -> Answer:
    answer = ask("execute-api Invoke", method, url, data, headers, timeout=60)
    return answer.status, json.loads(answer.data or b"{}"), dict(answer.headers)
