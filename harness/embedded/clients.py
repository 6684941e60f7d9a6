"""boto3 clients of the embedded target, independent of the caller's own AWS configuration."""

from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

from harness.embedded.ministack import REGION, ROOT_ACCESS_KEY

CONFIG = Config(connect_timeout=3, read_timeout=20, retries={"max_attempts": 2, "mode": "standard"})


@dataclass(frozen=True)
class Credentials:
    """An access key; `session_token` for temporary ones."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


ROOT = Credentials(ROOT_ACCESS_KEY, "test")


def client(service: str, endpoint: str, credentials: Credentials) -> Any:
    """A client that talks to `endpoint` with these credentials and no others."""
    session = boto3.session.Session(
        aws_access_key_id=credentials.access_key_id,
        aws_secret_access_key=credentials.secret_access_key,
        aws_session_token=credentials.session_token,
        region_name=REGION,
    )
    return session.client(service, endpoint_url=endpoint, config=CONFIG)
