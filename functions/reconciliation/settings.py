"""What the function is told by its environment."""

from dataclasses import dataclass

from functions.environment import EnvironmentSettings


@dataclass(frozen=True, slots=True)
class Settings(EnvironmentSettings):
    """Names of the tables that the function reads, of the bucket that holds the reports, and of its metrics' namespace."""

    positions_table: str
    entitlements_table: str
    queue_state_table: str
    reports_bucket: str
    metrics_namespace: str
