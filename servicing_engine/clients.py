"""The AWS clients of one task, shared by its threads."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from sending.clients import CONFIG
from servicing_engine.publishing.announcing import Announcer
from servicing_engine.settings import Settings

PUBLISHING_THREADS = 16


@dataclass(frozen=True, slots=True)
class Clients:
    """Low-level clients (safe across threads)."""

    sqs: Any
    dynamodb: Any
    s3: Any
    events: Any
    appconfig: Any
    appconfigdata: Any

    @classmethod
    def make(cls) -> "Clients":
        """Make them from the environment alone: AWS_REGION, which boto3 itself does not read, and what any AWS client reads."""
        own = Config(max_pool_connections=2 * PUBLISHING_THREADS, retries={"mode": "standard", "max_attempts": 5})
        config = CONFIG.merge(own)
        session = boto3.session.Session(region_name=os.environ.get("AWS_REGION"))
        return cls(**{name: session.client(name, config=config) for name in cls.__dataclass_fields__})

    def announcer(self, settings: Settings) -> Announcer:
        """Return the announcer with its pool of threads, which all relays of a task share."""
        pool = ThreadPoolExecutor(max_workers=PUBLISHING_THREADS)
        return Announcer(self.s3, self.events, settings, pool)
