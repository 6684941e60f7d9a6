"""Requests as boto3 makes them, caught before they are sent."""

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from harness.faults.messages import Request


def sent_by_boto3(service: str, method: str, parameters: dict[str, Any], secret: str = "secret") -> tuple[Request, str]:
    """The request that boto3 would send, signed by AKIDEXAMPLE with that secret, and the operation's name in its model."""
    session = boto3.Session("AKIDEXAMPLE", secret, region_name="us-east-1")
    config = Config(inject_host_prefix=False, parameter_validation=False)
    client: Any = session.client(service, endpoint_url="http://127.0.0.1:4566", config=config)
    sent: list[Any] = []

    def catch(request: Any, **_: object) -> AWSResponse:
        sent.append(request)
        raise InterruptedError

    client.meta.events.register("before-send", catch)
    with pytest.raises(InterruptedError):
        getattr(client, method)(**parameters)
    prepared = sent[0]
    decoded = {k: v.decode() if isinstance(v, bytes) else v for k, v in prepared.headers.items()}
    body = prepared.body or b""
    target = prepared.url.removeprefix("http://127.0.0.1:4566") or "/"
    body = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else body.read()
    operation = client.meta.method_to_api_mapping[method]
    return Request(prepared.method, target, [("Host", "127.0.0.1:4566"), *decoded.items()], body), operation
