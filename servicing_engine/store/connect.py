"""Connecting to the engine's database."""

from typing import Any

import psycopg2

from servicing_engine.settings import Settings


def connect(settings: Settings) -> Any:
    """A new connection. Raises psycopg2.OperationalError."""
    return psycopg2.connect(
        host=settings.database_host,
        port=settings.database_port,
        dbname=settings.database_name,
        user=settings.database_username,
        password=settings.database_password,
        connect_timeout=10,
        application_name="servicing_engine",
    )
