"""Clients whose requests are answered here, without a target: by an error in the form of the service's protocol, or by a success."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse

from harness.faults.error_answers import error_answer, success
from harness.faults.operations import Call
from harness.scenarios.exchanges import record
from tests.conformance.requests import UNCHECKED

Answer = tuple[str, int]
"""Code and HTTP status; no code for a success."""
ACCOUNT = b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"


@dataclass
class _Body:
    content: bytes

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.content


class PlantedClients:
    """In place of AwsClients: `answer` says how every request is answered, but for those to STS."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.answer: Callable[[], Answer] = lambda: ("", 200)
        self._clients: dict[str, Any] = {}

    def endpoint(self, service: str) -> str:
        return "http://127.0.0.1:1"

    def client(self, service: str, *_: object) -> Any:
        """Return one client of a service, as making one takes long."""
        if service not in self._clients:
            session = boto3.Session("key", "secret", region_name=self.region)
            record(session.events, service)
            client = session.client(service, endpoint_url=self.endpoint(service), config=UNCHECKED)
            protocol = client.meta.service_model.metadata["protocol"]
            answered = self._identity if service == "sts" else partial(self._planted, protocol)
            client.meta.events.register_last("before-send", answered)
            self._clients[service] = client
        return self._clients[service]

    def _identity(self, **_: object) -> AWSResponse:
        return AWSResponse("", 200, {}, _Body(ACCOUNT))

    def _planted(self, protocol: str, event_name: str, **_: object) -> AWSResponse:
        code, status = self.answer()
        call = Call("", event_name.rpartition(".")[2], "", {"ec2": "query"}.get(protocol, protocol))
        made = error_answer(call, status, code, "planted") if code else success(call, status)
        return AWSResponse("", made.status, dict(made.headers), _Body(made.body))
