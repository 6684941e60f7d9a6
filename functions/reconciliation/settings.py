"""What the function is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the tables that the function reads and of the bucket that holds the reports."""

    positions_table: str
    entitlements_table: str
    queue_state_table: str
    reports_bucket: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raises KeyError with the variables' names where any is missing or empty."""
        values = {name: environment.get(name.upper(), "") for name in cls.__dataclass_fields__}
        missing = sorted(name.upper() for name, value in values.items() if not value)
        if missing:
            raise KeyError(f"environment variables missing: {', '.join(missing)}")
        return cls(**values)
