"""Requests to a deployed REST API, at the address by which its target serves it."""

import json
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from harness.aws_clients import AwsClients
from harness.principals import Keys
from harness.scenarios.plain_http import ask
from harness.targets.identity import running
from harness.targets.registry import choose
from harness.targets.target import Target

STAGE = "live"
Answer = tuple[int, Any, dict[str, str]]


def ask_api(
    aws: AwsClients,
    api: str,
    path: str,
    method: str = "GET",
    body: Any = None,
    keys: Keys | None = None,
    **headers: str,
) -> Answer:
    """Return status, document (or text) and headers (in lower case) of a request to the stage; names of `headers` with _ for -.

    `body` goes as JSON. Signed where `keys` are given.
    """
    sent = {"Accept": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        sent["Content-Type"] = "application/json"
    request = AWSRequest(method, f"{_stage_url(aws, api)}{path}", headers=sent, data=data)
    if keys is not None:
        SigV4Auth(aws.session(**keys).get_credentials(), "execute-api", aws.region).add_auth(request)
    url, host = _reachable(request.url)
    answer = ask("execute-api Invoke", method, url, data, {**dict(request.headers.items()), **host}, timeout=30)
    text = answer.data.decode()
    return answer.status, _read(text), {name.lower(): value for name, value in answer.headers.items()}


def _stage_url(aws: AwsClients, api: str) -> str:
    endpoint, target = aws.endpoint("apigateway"), _target(aws.target)
    if endpoint and target.api_base_url_template:
        template = replace(target, endpoint=endpoint).filled(target.api_base_url_template, aws.region)
        return template % (api, STAGE)
    return f"https://{api}.execute-api.{aws.region}.amazonaws.com/{STAGE}"


@cache
def _target(name: str) -> Target:
    return running(choose(name))


def _reachable(url: str) -> tuple[str, dict[str, str]]:
    """Return the URL and a Host header: names below localhost are of this machine (RFC 6761), which few resolvers know."""
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith(".localhost"):
        return url, {}
    return parts._replace(netloc=f"127.0.0.1:{parts.port or 80}").geturl(), {"Host": parts.netloc}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
