"""Clients of a target by the variables of `env`, each of whose requests is recorded for the scenario that made it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from harness.environment import endpoint_of
from harness.scenarios.exchanges import record

_CLIENT = Config(
    retries={"max_attempts": 4, "mode": "standard"}, max_pool_connections=64, connect_timeout=5, read_timeout=60
)
_MODELS = Loader()
"""The models of services, read once for all sessions: else most of a scenario's time goes into clients of new credentials."""
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
"""For a scenario about one answer: nothing is tried again behind its back."""


@dataclass(frozen=True)
class AwsClients:
    """`environment` as `make -s env` prints it."""

    target: str
    environment: Mapping[str, str] = field(repr=False)  # it holds secrets
    _clients: dict[tuple[object, ...], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def region(self) -> str:
        """The region of every client."""
        return self.environment["AWS_REGION"]

    def session(self, **credentials: str) -> boto3.Session:
        """A session of the deployer, or of other `credentials` (boto3's names)."""
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        own = {name: self.environment.get(name.upper()) for name in names}
        core = botocore.session.get_session()
        core.register_component("data_loader", _MODELS)
        return boto3.Session(region_name=self.region, botocore_session=core, **(credentials or own))

    def client(self, service: str, config: Config = _CLIENT, **credentials: str) -> Any:
        """A boto3 client of `service` at the target's endpoint; the same one each time, as making one takes long."""
        key = (service, id(config), *sorted(credentials.items()))
        if key not in self._clients:
            session = self.session(**credentials)
            record(session.events, service)
            self._clients[key] = session.client(service, endpoint_url=self.endpoint(service), config=config)
        return self._clients[key]

    def endpoint(self, service: str) -> str | None:
        """Return the endpoint of `service`; None for the SDK's default."""
        return endpoint_of(service, self.environment)
