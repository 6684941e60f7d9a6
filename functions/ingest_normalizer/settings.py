"""What the function is told by its environment."""

from dataclasses import dataclass

from functions.environment import EnvironmentSettings


@dataclass(frozen=True, slots=True)
class Settings(EnvironmentSettings):
    """Names and addresses of the tables, queues and bucket that the function writes, and for how many days outcomes are kept."""

    positions_table: str
    queue_state_table: str
    entitlement_requests_queue_url: str
    dead_letter_queue_url: str
    reports_bucket: str
    queue_state_days: str
