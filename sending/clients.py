"""What the AWS clients of functions and engine have in common."""

from typing import Any

import boto3
from botocore.config import Config

CONFIG = Config(user_agent="asset-servicing", request_checksum_calculation="when_required")
"""botocore puts a default user agent together anew for each call, a tenth of the call's processor time."""


def client(service: str) -> Any:
    """Return a low-level client of a service."""
    return boto3.client(service, config=CONFIG)
