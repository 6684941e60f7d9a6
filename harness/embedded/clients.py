"""boto3 clients of the embedded target, independent of the caller's own AWS configuration."""

from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config

from harness import environment
from harness.embedded.ministack import REGION, ROOT_ACCESS_KEY

CONFIG = Config(connect_timeout=3, read_timeout=20, retries={"max_attempts": 2, "mode": "standard"})


@dataclass(frozen=True)
class Credentials:
    """An access key; `session_token` for temporary ones."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    def variables(self) -> dict[str, str]:
        """Return the key as the environment variables from which AWS SDKs read one."""
        token = {"AWS_SESSION_TOKEN": self.session_token} if self.session_token else {}
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key, **token}


ROOT = Credentials(ROOT_ACCESS_KEY, "test")


def client(service: str, endpoint: str, credentials: Credentials) -> Any:
    """Return a client that talks to `endpoint` with these credentials and no others."""
    return environment.client(
        service, {**credentials.variables(), "AWS_REGION": REGION, "AWS_ENDPOINT_URL": endpoint}, CONFIG
    )
