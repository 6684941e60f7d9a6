"""Calls to the target: clients by service, and a record of what was asked for, in order."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jmespath
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from harness.deadline import wait_for
from harness.environment import client

_CONFIG = Config(
    connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 3}, max_pool_connections=32
)
_READING = ("Get", "List", "Describe", "BatchGet", "Head")


@dataclass(frozen=True)
class Call:
    """One changing call: service, operation, parameters as sent, answer. Kept in memory only: a password may be among them."""

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)
    answer: Mapping[str, Any] = field(repr=False)


class Aws:
    """Clients from the environment (AWS_ENDPOINT_URL and its like, credentials, region). Safe for several threads."""

    def __init__(self, region: str, environment: Mapping[str, str] = os.environ) -> None:
        self._region, self._environment = region, environment
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._account = ""
        self.recorded: list[Call] = []

    @property
    def region(self) -> str:
        """The region that all calls go to."""
        return self._region

    @property
    def partition(self) -> str:
        """The partition of the region, with which ARNs begin: aws, aws-cn."""
        return str(self.client("sts").meta.partition)

    def account(self) -> str:
        """The account's number, asked for once: for ARNs that no answer gives."""
        if not self._account:
            self._account = str(self.call("sts", "GetCallerIdentity")["Account"])
        return self._account

    def client(self, service: str) -> Any:
        """The service's client, made once."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = client(service, {**self._environment, "AWS_REGION": self._region}, _CONFIG)
            return self._clients[service]

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """The answer to one operation, named as in the API (`CreateQueue`), streams read to their end. Raises botocore's ClientError."""
        client = self.client(service)
        try:
            answer = getattr(client, self._method(client, operation))(**parameters)
        except ClientError as error:
            error.response["Service"] = client.meta.service_model.service_id
            raise
        answer.pop("ResponseMetadata", None)
        answer = {name: value.read() if isinstance(value, StreamingBody) else value for name, value in answer.items()}
        if not operation.startswith(_READING):
            self.recorded.append(Call(service, operation, parameters, answer))
        return answer

    @staticmethod
    def _method(client: Any, operation: str) -> str:
        for method, name in client.meta.method_to_api_mapping.items():
            if name == operation:
                return str(method)
        raise LookupError(f"{client.meta.service_model.service_name} has no operation {operation}")

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of the caller's account and region."""
        return f"arn:{self.partition}:{service}:{self._region}:{self.account()}:{resource}"

    def request_shape(self, service: str, operation: str) -> Any:
        """botocore's shape of the request."""
        return self.client(service).meta.service_model.operation_model(operation).input_shape

    def answer_shape(self, service: str, operation: str) -> Any:
        """botocore's shape of the answer."""
        return self.client(service).meta.service_model.operation_model(operation).output_shape


def at(path: str, answer: Any) -> Any:
    """What stands at a JMESPath in an answer; the answer itself for ""."""
    return jmespath.search(path, answer) if path else answer


def error_code(error: ClientError) -> str:
    """The code of an AWS error, without a namespace before #."""
    return str(error.response.get("Error", {}).get("Code", "")).rpartition("#")[2]


def explained(error: ClientError) -> str:
    """Return the refused call and its answer, in the words of the registry's provider, so that one reader understands both."""
    answer = error.response
    service, status = answer.get("Service", "AWS"), answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    called = f"operation error {service}: {error.operation_name}, https response error StatusCode: {status}"
    return f"{called}, api error {error_code(error)}: {answer.get('Error', {}).get('Message', '')}"


wait_until = partial(wait_for, seconds=120, longest_pause=0.1)
"""`wait_for` as Terraform's resources need it."""
