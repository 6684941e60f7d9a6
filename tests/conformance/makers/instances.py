"""Database instances of RDS: asked for, described, and awaited."""

import uuid
from typing import Any

from harness.aws_clients import AwsClients
from harness.deadline import wait_for
from harness.terminal_states import DATABASE
from tests.conformance.makers.functions import require_runs

SECONDS_OF_AN_INSTANCE = 900
SMALL = {
    "DBInstanceClass": "db.t4g.micro", "Engine": "postgres", "MasterUsername": "conformance", "MasterUserPassword": uuid.uuid4().hex, "AllocatedStorage": 20,
    "EngineVersion": "17",  # as the system's own database: a container target then needs one image
}  # fmt: skip


def create_instance(aws: AwsClients, name: str, **options: Any) -> None:
    """Ask for a small instance. Unsupported where a target that runs databases as containers says that it has no room, and there is no Docker."""
    rds = aws.client("rds")
    try:
        rds.create_db_instance(DBInstanceIdentifier=name, **SMALL, **options)
    except rds.exceptions.InsufficientDBInstanceCapacityFault:
        require_runs(aws, "rds")
        raise


def described(rds: Any, name: str) -> dict[str, Any]:
    """Return the description of an instance."""
    [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    return dict(found)


def available(rds: Any, name: str) -> dict[str, Any]:
    """Wait until the instance takes changes, and return its description."""
    return wait_for(
        "the instance is available",
        lambda: described(rds, name),
        lambda found: found["DBInstanceStatus"] == "available",
        SECONDS_OF_AN_INSTANCE,
        ended=DATABASE,
    )
