"""What an engine task is told by its task definition, read and checked once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses, names and bounds; each field is the environment variable of the same name in capitals."""

    entitlement_requests_queue_url: str
    dead_letter_queue_url: str
    entitlements_table: str
    queue_state_table: str
    calculations_bucket: str
    reports_bucket: str
    event_bus_name: str
    appconfig_application_id: str
    appconfig_environment_id: str
    appconfig_withholding_rates_profile_id: str
    appconfig_market_calendars_profile_id: str
    rules_poll_seconds: str
    engine_workers: str
    database_host: str
    database_port: str
    database_name: str
    database_username: str
    database_password: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raises KeyError with every missing variable's name, ValueError where a number is none."""
        values = {name: environment.get(name.upper(), "") for name in cls.__dataclass_fields__}
        missing = sorted(name.upper() for name, value in values.items() if not value)
        if missing:
            raise KeyError(f"environment variables missing: {', '.join(missing)}")
        settings = cls(**values)
        for name in ("rules_poll_seconds", "engine_workers", "database_port"):
            if not getattr(settings, name).isdigit():
                raise ValueError(f"{name.upper()} must be a whole number")
        return settings
