"""What the function is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Names and addresses of the tables, queues and bucket that the function writes."""

    positions_table: str
    queue_state_table: str
    entitlement_requests_queue_url: str
    dead_letter_queue_url: str
    reports_bucket: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raises KeyError with the variable's name where one is missing or empty."""
        values = {name: environment.get(name.upper(), "") for name in cls.__dataclass_fields__}
        missing = sorted(name.upper() for name, value in values.items() if not value)
        if missing:
            raise KeyError(f"environment variables missing: {', '.join(missing)}")
        return cls(**values)
