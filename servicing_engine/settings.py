"""What an engine task is told by its task definition, read and checked once at start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field


class UnusableError(ValueError):
    """A setting or file that cannot be used. Its message is one line: what, what is wrong with it, and the remedy."""


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
    metrics_namespace: str
    appconfig_application_id: str
    appconfig_environment_id: str
    appconfig_withholding_rates_profile_id: str
    appconfig_market_calendars_profile_id: str
    rules_poll_seconds: str
    engine_workers: str
    outbox_days: str
    queue_state_days: str
    database_host: str
    database_port: str
    database_name: str
    database_username: str
    database_password: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings. Raises UnusableError with every missing variable's name, or the one that is no number."""
        values = {name: environment.get(name.upper(), "") for name in cls.__dataclass_fields__}
        missing = sorted(name.upper() for name, value in values.items() if not value)
        if missing:
            raise UnusableError(f"environment variables missing: {', '.join(missing)}; a task definition sets them")
        settings = cls(**values)
        for name in ("rules_poll_seconds", "engine_workers", "outbox_days", "queue_state_days", "database_port"):
            if not getattr(settings, name).isdigit():
                raise UnusableError(f"{name.upper()} is {getattr(settings, name)!r}: it must be a whole number")
        return settings
